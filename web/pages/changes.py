"""What changed, and was verified. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plans.results import PushResult, TenantResult
from plans.runs import CustomerState
from profiles.billing import Customer
from web.pages.names import link_story, name_customer
from web.pages.view import ChangeView
from web.wording import clean, hide_ids, write_short_day


def list_changes(
    tenants: Sequence[TenantResult],
    pushes: Sequence[PushResult],
    customers: Mapping[str, Customer],
) -> list[ChangeView]:
    """One entry per verified line, by customer and licence."""
    tenant_of = {each: tenant.tenant_id for tenant in tenants for each in tenant.customer_ids}
    entries: list[ChangeView] = []
    for push in pushes:
        name = name_customer(customers, push.customer_id)
        customer = customers.get(push.customer_id)
        connection_id = "" if customer is None else customer.connection_id
        found = make_changes(push, name, tenant_of.get(push.customer_id, push.customer_id), connection_id)
        entries += found if customer is not None else (replace(each, customer_id="") for each in found)
    return sorted(entries, key=lambda each: (each.customer_name.casefold(), each.licence_name.casefold(), each.after))


def make_changes(push: PushResult, customer_name: str, tenant_id: str, connection_id: str = "") -> Iterator[ChangeView]:
    """The lines of one push; without a connection they lead to no story.

    Other sentences belong to what needs a person, unless all went well.
    """
    for change in push.changes:
        story = connection_id and change.addition_id
        yield ChangeView(
            push.customer_id,
            customer_name,
            clean(change.licence_name),
            change.quantity_before,
            change.quantity_after,
            detail=f"from {write_short_day(change.effective_on)} · addition {change.addition_id}",
            day=f"from {write_short_day(change.effective_on)}",
            story=link_story(push.customer_id, connection_id, change.addition_id) if story else None,
        )
    if push.state is CustomerState.CHANGED:
        for sentence in push.sentences:
            yield ChangeView(push.customer_id, customer_name, sentence=hide_ids(sentence, tenant_id))
