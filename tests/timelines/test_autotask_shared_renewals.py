"""Two customers of one company, each with a tenant of its own, on one Autotask contract that is renewed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast, override

import pytest

from plans.raw_answers import KeepRaw, forget_raw
from profiles.licences import Snapshot
from profiles.readings import Reading, Unknown, UnknownReason
from tests.oracle.facts import ONE_DAY
from tests.timelines.reader import SKU, SeatReader
from tests.timelines.test_autotask_following import LAST_DAY, RENEWED_ON, Renewing
from tests.timelines.world import AGREEMENT, CUSTOMER

NEIGHBOUR, THEIR_TENANT = "neighbour", "00000000-0000-4000-8000-000000000002"


@dataclass
class TwoTenants(SeatReader):
    """The neighbour's tenant has seats of its own, None where it does not answer."""

    theirs: int | None = 4

    @override
    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        if tenant_id != THEIR_TENANT:
            return await super().read_tenant(tenant_id, account_id, keep)
        if self.theirs is None:
            return Unknown(UnknownReason.UNREACHABLE, "Microsoft did not answer.")
        own, self.seats = self.seats, {SKU: self.theirs}
        try:
            return await super().read_tenant(tenant_id, account_id, keep)
        finally:
            self.seats = own


class Shared(Renewing):
    """The neighbour has the same licence by the same service on the contract."""

    def __init__(self, mode: str = "advance", theirs: int | None = 4) -> None:
        super().__init__("advance")
        disk = self.world.disk
        disk.customers[NEIGHBOUR] = replace(disk.customers[CUSTOMER], id=NEIGHBOUR, tenant_id=THEIR_TENANT)
        (mapping,) = disk.mappings[CUSTOMER]
        disk.mappings[NEIGHBOUR] = (replace(mapping, id="neighbour-spb", customer_id=NEIGHBOUR),)
        self.reader = TwoTenants(theirs=theirs)
        self.world.reader = self.reader
        self.world.outside = replace(self.world.outside, licences=self.reader)
        self.world.may_park = True

    @property
    def they_are_mapped_to(self) -> str:
        (mapping,) = self.world.disk.mappings[NEIGHBOUR]
        return mapping.agreement_id


def test_a_customer_that_could_not_be_read_follows_a_night_later() -> None:
    """Both are billed by services with our key. On 1 June only one tenant answers, and its line goes on alone."""
    story = Shared()
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=True)
    story.live_on(LAST_DAY, 10)
    story.reader.theirs = None
    story.live_on(RENEWED_ON, 10)
    assert (story.mapped_to, story.they_are_mapped_to) == (str(renewal), str(AGREEMENT))
    story.reader.theirs = 4
    story.live_on(RENEWED_ON + 2 * ONE_DAY, 10)
    assert story.they_are_mapped_to == str(renewal)


def test_a_line_that_never_billed_takes_nothing_over() -> None:
    """The neighbour has no seats and no service. Autotask copies no keys: the one service of the renewal is not its."""
    story = Shared(theirs=0)
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=False)
    story.live_on(RENEWED_ON, 10)
    assert (story.mapped_to, story.they_are_mapped_to) == (str(renewal), str(renewal))
    assert [each.mapping_id for each in story.world.disk.adoptions.values()] == ["customer-spb"]


def test_of_two_customers_services_one_that_is_left_is_nobodys() -> None:
    """10 and 4 seats by two services; somebody makes one of them on the renewal. Both lines wait for a person."""
    story = Shared()
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=False)
    for entity in ("ContractServices", "ContractServiceAdjustments", "ContractServiceUnits"):
        own = [row for row in story.records.all(entity) if row["contractID"] == renewal]
        last = max(row["id"] if entity == "ContractServices" else row["contractServiceID"] for row in own)
        story.records.all(entity)[:] = [
            row
            for row in story.records.all(entity)
            if (row["id"] if entity == "ContractServices" else row["contractServiceID"]) != last
        ]
    story.live_on(RENEWED_ON, 10)
    assert (story.mapped_to, story.they_are_mapped_to) == (str(AGREEMENT), str(AGREEMENT))
    assert not story.world.disk.adoptions
    assert all("nobody can tell for certain which of the additions there carries" in each for each in story.told)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"contractType": 1}, "could not be read: Contract 1202 is no recurring-service contract, so"),
        ({"id": 99999}, "is not in the PSA. Map the licence to the agreement that runs now."),
    ],
)
def test_a_renewal_that_is_not_read_says_why(changes: dict[str, Any], said: str) -> None:
    """Not that the next run looks again, which it does in vain."""
    story = Shared()
    story.live_on(date(2026, 5, 20), 10)
    contract = story.records.find("Contracts", story.renew())
    assert contract is not None
    contract.update(changes)
    story.live_on(RENEWED_ON, 10)
    assert [f"Agreement 1202, which renews it, {said}" in each for each in story.told] == [True, True]


@dataclass
class Books:
    """The books as the store keeps them, where a person changes the mapping after the run has read it first."""

    story: Shared
    books: Any
    change: dict[str, str]
    reads: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.books, name)

    async def read_desk(self, customer_id: str) -> Any:
        self.reads += 1
        if self.change and self.reads == 2:
            (mapping,) = self.story.world.disk.mappings[CUSTOMER]
            self.story.world.disk.mappings[CUSTOMER] = (replace(mapping, **self.change),)  # type: ignore[arg-type]
        return await self.books.read_desk(customer_id)


def test_what_a_person_maps_in_the_very_moment_is_planned_by_the_next_run() -> None:
    """On 1 June the licence is mapped to agreement 77 while its renewal is looked for: this run read nothing of that,
    and plans the line as it found it; it does not fall over."""
    story = Shared()
    story.live_on(date(2026, 5, 20), 10)
    story.renew()
    story.live_on(LAST_DAY, 10)
    outside = story.world.outside
    books = Books(story, outside.books, {"agreement_id": "77", "profile_id": "another"})
    story.world.outside = replace(outside, books=cast(Any, books))
    story.live_on(RENEWED_ON, 10)
    assert books.reads > 2 and story.mapped_to == "77"
    assert any("ended on 31 May 2026" in each for each in story.told), story.told
