"""Mapping many lines in one go: each becomes what a single mapping is, with its history and in the change log.

Customers are kept one after the other, each as one commit: what somebody decided meanwhile is left out, and named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from starlette.requests import Request

from plans.administration import Administration
from plans.editing import MappingChange
from plans.mapping_changes import MappedLicence, add_changes, begin_wish, find_licence
from plans.ports import Desk, Outside
from plans.preferences import Preferences
from profiles.billing import BillingProfile
from profiles.parts import Part
from web.actions.asking import Actor
from web.actions.mapping import save_changes
from web.actions.mapping_words import MappingNames

CUSTOMERS_AT_ONCE = 8
# One commit takes a hundred rows, and a mapping with its history takes two.
LINES_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class LineToMap:
    """One line of one customer, and where it is billed from now on. `why` stays on the mapping."""

    customer_id: str
    sku_id: str
    licence: str
    part: Part
    profile: BillingProfile
    agreement_id: str
    agreement_name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class MappedMany:
    """How many lines were mapped, and the customers of those that were left out."""

    count: int
    left_out: tuple[str, ...] = ()


async def map_many(
    outside: Outside,
    administration: Administration,
    request: Request,
    actor: Actor,
    lines: Sequence[LineToMap],
    preferences: Preferences,
) -> MappedMany:
    """Keep all lines of each customer; those that are decided about by now are left out."""
    by_customer: dict[str, list[LineToMap]] = {}
    for line in lines:
        by_customer.setdefault(line.customer_id, []).append(line)
    gate = asyncio.Semaphore(CUSTOMERS_AT_ONCE)

    async def keep(own: Sequence[LineToMap]) -> MappedMany:
        async with gate:
            parts = [own[start : start + LINES_AT_ONCE] for start in range(0, len(own), LINES_AT_ONCE)]
            return add_up(
                [await map_customer(outside, administration, request, actor, part, preferences) for part in parts]
            )

    return add_up(await asyncio.gather(*(keep(own) for own in by_customer.values())))


def add_up(parts: Iterable[MappedMany]) -> MappedMany:
    """Several together; a customer is named once for every line of it that was left out."""
    found = list(parts)
    return MappedMany(sum(each.count for each in found), tuple(name for each in found for name in each.left_out))


async def map_customer(
    outside: Outside,
    administration: Administration,
    request: Request,
    actor: Actor,
    lines: Sequence[LineToMap],
    preferences: Preferences,
) -> MappedMany:
    """The lines of one customer, as one commit."""
    customer_id = lines[0].customer_id
    desk = await outside.books.read_desk(customer_id)
    if desk is None:
        return MappedMany(0, (customer_id,) * len(lines))
    changes = make_all_changes(desk, lines, preferences, outside.local_day())
    names = MappingNames(
        {line.profile.id: line.profile.name for line in lines},
        {line.agreement_id: line.agreement_name for line in lines},
    )
    if changes and not await save_changes(administration, request, actor, desk, changes, names):
        return MappedMany(0, (customer_id,) * len(lines))
    return MappedMany(len(changes), (customer_id,) * (len(lines) - len(changes)))


def make_all_changes(
    desk: Desk, lines: Sequence[LineToMap], preferences: Preferences, today: date
) -> tuple[MappingChange, ...]:
    """What mapping these lines of one customer changes; nothing for those that are decided about by now."""
    licences: dict[str, MappedLicence] = {}
    changes: list[MappingChange] = []
    for line in lines:
        key = line.sku_id.lower()
        licence = licences.get(key) or find_licence(desk, line.sku_id, line.licence)
        wish = begin_wish(line.profile, preferences, [(line.part, line.agreement_id)], line.why)
        made = add_changes(licence, wish, today)
        licences[key] = take_in(licence, made)
        changes += made
    return tuple(changes)


def take_in(licence: MappedLicence, changes: Iterable[MappingChange]) -> MappedLicence:
    """The licence as it is once these are kept."""
    wanted = {mapping.id: mapping for _, mapping in changes}
    kept = tuple(wanted.pop(mapping.id, mapping) for mapping in licence.mappings)
    return replace(licence, mappings=(*kept, *wanted.values()))
