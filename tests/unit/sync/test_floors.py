"""A floor of committed seats from one night's reading to the next (billing rules, 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from plans.changes import HoldRule
from plans.counts import Count
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry
from plans.ports import Desk, Outside
from plans.timeline import make_timeline
from profiles.billing import Basis, CountOptions, Mapping
from profiles.licences import BillingType, LicensedUser, PartnerStatus, PartnerSubscription, Snapshot, Term
from sync.floors import find_lost_floor
from tests.unit.plans.nights import SPB, World, april, in_advance
from tests.unit.sync.test_attacked_wishes import CONTOSO, Shelf, make_snapshot, run_night

FLOOR = CountOptions(committed_floor=True)


def make_reading(assigned: int, committed: int | None) -> Snapshot:
    """So many users; so many seats committed for a year, None where only the directory was read."""
    users = tuple(
        LicensedUser(f"u-{each}", f"{each}@contoso", f"{each}", True, ("sku-spb",)) for each in range(assigned)
    )
    read = replace(make_snapshot(spb=10), users=users)
    if committed is None:
        return read
    year = PartnerSubscription(
        "sub-spb", "SPB", "sku-spb", PartnerStatus.ACTIVE, BillingType.LICENSE, committed, is_trial=False,
        is_new_commerce=True, term=Term.ANNUAL, auto_renews=True, renews_on=None, cancellable_until=None,
    )  # fmt: skip
    return replace(read, partner_subscriptions=(year,))


def make_world(count: CountOptions = FLOOR) -> World:
    world = in_advance(10)
    world.mappings[SPB] = replace(world.mappings[SPB], basis=Basis.ASSIGNED, count=count)
    return world


async def test_ten_committed_are_billed_while_eight_are_assigned() -> None:
    """10 are billed. 8 users and 10 committed change nothing, 12 users are 2 more. 9 committed are 1 less."""
    (result,), _ = await run_night(make_world(), april(12), snapshot=make_reading(8, 10))
    assert (result.writing, result.held) == ((), ())
    (result,), _ = await run_night(make_world(), april(12), snapshot=make_reading(12, 10))
    assert [line.seats for line in result.writing] == [2]
    world = make_world()
    world.night(april(11), 9)
    (result,), _ = await run_night(world, april(12), snapshot=make_reading(8, 9))
    assert [line.seats for line in result.writing] == [-1] and result.held == ()


async def test_a_mapping_of_before_there_was_a_floor_counts_as_it_did() -> None:
    world = make_world(CountOptions())
    world.night(april(11), 9)
    (result,), _ = await run_night(world, april(12), snapshot=make_reading(9, 10))
    assert [line.seats for line in result.writing] == [-1] and result.held == ()


async def test_a_floor_that_an_account_without_partner_center_cannot_tell_is_held(monkeypatch: Any) -> None:
    """10 committed, 9 assigned. On the 11th only the directory is read: 10 → 9 is held, and approving it is a
    person's. Where the directory alone was read before as well, nobody knew a floor, and 9 are written."""
    for before, rules in ((make_reading(9, 10), [HoldRule.FLOOR_UNREAD]), (make_reading(10, None), [])):

        async def find(self: Shelf, *_: object, found: Snapshot = before) -> Snapshot:
            return found

        monkeypatch.setattr(Shelf, "find_snapshot_before", find)
        world = make_world()
        world.night(april(11), 9)
        (result,), _ = await run_night(world, april(12), snapshot=make_reading(9, None))
        assert [each.rule for each in result.held] == rules
        assert [line.seats for line in result.writing] == ([] if rules else [-1])


async def test_a_rise_below_the_floor_does_not_hide_that_it_was_lost(monkeypatch: Any) -> None:
    """10 committed, 8 assigned, 10 billed. From 11 April on only the directory is read: 8, held, and 9 on the 13th:
    10 → 9 is as unread as 10 → 8 was."""

    async def find(self: Shelf, _: str, day: date) -> Snapshot:
        return make_reading(8, 10 if day <= april(11) else None)

    monkeypatch.setattr(Shelf, "find_snapshot_before", find)
    world = make_world()
    world.lost_floors[SPB] = 10
    world.night(april(11), 8)
    world.night(april(12), 8)
    world.night(april(13), 9)
    (result,), _ = await run_night(world, april(14), snapshot=make_reading(9, None))
    assert [each.rule for each in result.held] == [HoldRule.FLOOR_UNREAD] and result.writing == ()


@dataclass
class Nights:
    """The readings that are kept, by their nights."""

    readings: dict[date, Snapshot]
    asked: int = 0

    async def find_snapshot_before(self, _: str, day: date) -> Snapshot | None:
        self.asked += 1
        return next((self.readings[each] for each in sorted(self.readings, reverse=True) if each < day), None)


def ask(nights: Nights, mapping: Mapping, billed: int, counts: list[Count], tonight: Snapshot) -> int:
    entry = LedgerEntry(mapping.id, april(1), 0, make_timeline([(april(1), billed)]), "1", None)
    adoption = Adoption(mapping.id, 0, mapping.agreement_id, (), entry, april(1), "Ada")
    journal = LineJournal(mapping.id, adoptions=(adoption,), counts=tuple(counts))
    outside = cast(Outside, SimpleNamespace(archive=nights))
    desk = Desk(CONTOSO, (mapping,), {mapping.id: journal}, (), {})
    found = find_lost_floor(outside, desk, mapping, journal, tonight)
    try:
        found.send(None)
    except StopIteration as ended:
        return cast(int, ended.value)
    raise AssertionError("nothing here waits")


@given(
    readings=st.lists(st.tuples(st.integers(1, 12), st.none() | st.integers(0, 12)), min_size=1, max_size=8),
    last=st.integers(0, 12),
    has_floor=st.booleans(),
)
def test_no_fall_below_a_known_floor_comes_of_reading_less(
    readings: list[tuple[int, int | None]], last: int, has_floor: bool
) -> None:
    """Whatever was read before: where the newest count with terms was held up by its floor, and tonight terms are not
    told and fewer are counted, that floor is found. Without terms before, or without the option, none is."""
    mapping = replace(make_world().mappings[SPB], count=CountOptions(committed_floor=has_floor))
    counts, kept = [], {}
    for place, (assigned, committed) in enumerate([*readings, (last, None)]):
        day = april(place + 1)
        kept[day] = make_reading(assigned, committed)
        quantity = max(assigned, committed or 0) if has_floor else assigned
        counts.append(Count(day, quantity, day, None, quantity))
    nights, tonight = Nights(kept), make_reading(last, None)
    billed = counts[-2].quantity
    lost = ask(nights, mapping, billed, counts, tonight)
    committed = readings[-1][1]
    if has_floor and committed is not None and billed > last:
        assert lost >= committed
    if not has_floor or billed <= last or all(each is None for _, each in readings):
        assert lost == 0
    if not has_floor or billed <= last:
        assert nights.asked == 0, "nothing is looked up for a line that does not fall"
    assert ask(nights, mapping, billed, counts, make_reading(last, 0)) == 0, "terms that were read are known"
    assert ask(nights, mapping, billed, [], tonight) == 0
