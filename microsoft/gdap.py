"""Delegated admin relationships: which tenants the partner may reach, until when, and with which roles.

Graph docs `tenantrelationship-list-delegatedadminrelationships` and `resources/delegatedadminrelationship`
(reference microsoft.md 1.6): `$top` is 300 at most, the list is in the global cloud only.
"""

from __future__ import annotations

from pydantic import ValidationError

from microsoft.graph import Rows, TellCount, count_for_nobody, follow_pages, incomplete, read_body
from microsoft.rows import Row, describe_misfit, parse_moment
from microsoft.signed import SignedClient
from profiles.partners import GdapRelationship
from profiles.readings import Known, Reading, Unknown

RELATIONSHIPS = "/v1.0/tenantRelationships/delegatedAdminRelationships?$filter=status%20eq%20%27active%27&$top=300"
NAME = "GDAP relationships"
ACTIVE = "active"
LEFTOVER_PREFIX = "MLT_"
NOT_EXTENDED = frozenset({None, "", "P0D", "PT0S"})


class CustomerPart(Row):
    tenant_id: str
    display_name: str | None = None


class RolePart(Row):
    role_definition_id: str


class AccessPart(Row):
    unified_roles: list[RolePart]


class RelationshipRow(Row):
    id: str
    display_name: str
    status: str
    end_date_time: str
    customer: CustomerPart
    access_details: AccessPart
    auto_extend_duration: str | None = None


async def read_relationships(
    graph: SignedClient, tell: TellCount = count_for_nobody
) -> Reading[tuple[GdapRelationship, ...]]:
    """Every active relationship of the partner. Raises Retry where Graph does not answer."""
    first = await read_body(graph, "The list of GDAP relationships", RELATIONSHIPS, {})
    if isinstance(first, Unknown):
        return first
    rows = await follow_pages(graph, NAME, first.value, {}, tell)
    return rows if isinstance(rows, Unknown) else make_relationships(rows.value)


def make_relationships(rows: Rows) -> Reading[tuple[GdapRelationship, ...]]:
    """The active ones. What is left of Microsoft's own transition (`MLT_`) grants nothing and is skipped."""
    try:
        parsed = [RelationshipRow.model_validate(row) for row in rows]
        made = [make_relationship(row) for row in parsed if is_wanted(row)]
    except (ValidationError, ValueError) as error:
        return incomplete(describe_misfit(error))
    return Known(tuple(made))


def is_wanted(row: RelationshipRow) -> bool:
    """Whether the relationship is in force and no leftover."""
    return row.status == ACTIVE and not row.display_name.startswith(LEFTOVER_PREFIX)


def make_relationship(row: RelationshipRow) -> GdapRelationship:
    """One relationship. Raises ValueError on an end that is no moment."""
    tenant_id = row.customer.tenant_id.lower()
    return GdapRelationship(
        id=row.id,
        name=row.display_name,
        tenant_id=tenant_id,
        tenant_name=row.customer.display_name or tenant_id,
        ends_at=parse_moment(row.end_date_time),
        role_ids=tuple(sorted({role.role_definition_id.lower() for role in row.access_details.unified_roles})),
        extends_itself=row.auto_extend_duration not in NOT_EXTENDED,
    )
