"""Mappings that move, split, merge and adopt, played from the first reading to the last (`tests.oracle.transfers`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date

from plans.adoption import Adopter, adopt
from plans.agreements import Agreement
from plans.changes import HoldRule
from plans.journal import Adoption, HistoryEntry
from plans.runs import next_extra_run_id
from profiles.billing import Basis, BillableOption, BillingProfile, Mapping
from tests.oracle.facts import ONE_DAY
from tests.oracle.journeys import PRODUCTS
from tests.oracle.transfers import Account, Journey, Spot, Strand
from tests.timelines.invoicing import Accountant, SimulatedInvoice
from tests.timelines.playing import Story
from tests.timelines.world import APPROVED_RULES, CONNECTION, CUSTOMER, World, make_agreement, make_price

type Invoices = dict[int, list[SimulatedInvoice]]


@dataclass(frozen=True)
class JourneyStory:
    """A played journey: its story as any other's, and the invoices of each agreement that is invoiced by itself."""

    journey: Journey
    story: Story
    invoices: Invoices

    def find(self, spot: Spot, number: int) -> SimulatedInvoice:
        """What the invoice of that number asks for one product of one agreement."""
        account = self.journey.account(spot[0])
        whole = self.invoices[account.number if account.parent is None else account.parent][number]
        lines = (line for line in whole.lines if (line.addition["agreementId"], line.addition["product"]["id"]) == spot)
        return replace(whole, lines=tuple(lines))


class JourneyWorld:
    """One customer with several mappings and agreements around the world of a single mapping."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.world = world = World(journey.frame)
        world.approved_rules = APPROVED_RULES | {HoldRule.FIRST_AFTER_ADOPTION}
        world.may_park = any(account.last_day is not None for account in journey.accounts)
        world.disk.mappings[CUSTOMER] = ()
        for product in PRODUCTS:
            world.disk.profiles[str(product)] = BillingProfile(
                str(product), "A product", CONNECTION, str(product), BillableOption.BILLABLE, make_price(journey.frame)
            )
        world.psa.agreements.clear()
        for account in journey.accounts:
            world.psa.agreements[account.number] = self.make_row(account)
            world.psa.additions[account.number] = []
        self.accountants = {
            account.number: Accountant(
                world.psa,
                account.number,
                journey.frame.mode == "arrears",
                journey.frame.anchor,
                tuple(child.number for child in journey.accounts if child.parent == account.number),
            )
            for account in journey.accounts
            if account.parent is None
        }
        for strand in journey.strands:
            if strand.adopted is not None:
                self.type_addition(strand, strand.adopted)

    def make_row(self, account: Account) -> dict[str, object]:
        """The agreement's row before its first invoice."""
        row = make_agreement(self.journey.frame) | {"id": account.number}
        row["parentAgreement"] = None if account.parent is None else {"id": account.parent}
        if account.last_day is not None:
            row |= {"noEndingDateFlag": False, "endDate": f"{account.last_day.isoformat()}T00:00:00Z"}
        return row

    async def decide(self, run: int) -> None:
        """What people decide before a run: which mappings there are, and where they go."""
        mappings = {mapping.id: mapping for mapping in self.world.disk.mappings[CUSTOMER]}
        for strand in self.journey.strands:
            if strand.first == run:
                mappings[strand.name] = self.make_mapping(strand)
            if strand.end == run:
                mappings[strand.name] = replace(mappings[strand.name], is_ended=True)
            for moved, (number, product) in strand.moves:
                if moved == run:
                    there = replace(mappings[strand.name], agreement_id=str(number), profile_id=str(product))
                    mappings[strand.name] = there
        self.world.disk.mappings[CUSTOMER] = tuple(mappings.values())
        for strand in self.journey.strands:
            if strand.adopted is not None and strand.first == run:
                await self.adopt(strand)

    def make_mapping(self, strand: Strand) -> Mapping:
        """The mapping where it begins."""
        number, product = strand.moves[0][1]
        return Mapping(
            strand.name,
            CUSTOMER,
            name_sku(strand),
            strand.name,
            str(product),
            str(number),
            Basis.PURCHASED,
            gives_credits=self.journey.frame.credits_on,
            follows=strand.follows,
        )

    def type_addition(self, strand: Strand, since: date) -> None:
        """What a person typed before there was a mapping."""
        number, product = strand.moves[0][1]
        body = {"product": {"id": product}, "quantity": strand.seats[0], "billCustomer": "Billable"}
        row = {"effectiveDate": f"{since.isoformat()}T00:00:00Z", "serialNumber": ""}
        made = self.world.psa.create(number, body | row)
        self.accountants[number].billed_through[made["id"]] = self.journey.accounts[0].invoices[0].period - ONE_DAY

    async def adopt(self, strand: Strand) -> None:
        """A person's own addition becomes the mapping's, on the day of the first run."""
        number = strand.moves[0][1][0]
        (agreement,) = await self.world.outside.connections[CONNECTION].read_agreements([str(number)])
        journal = await self.world.outside.books.read_line(CUSTOMER, strand.name)
        assert isinstance(agreement, Agreement)
        day = self.journey.frame.readings[strand.first].day
        adoption = adopt(journal, agreement, agreement.additions, Adopter("A person", day, "It is ours."))
        assert isinstance(adoption, Adoption)
        history = HistoryEntry(self.world.clock, strand.name, 0, "", "Adopted.")
        await self.world.outside.books.adopt(CUSTOMER, adoption, history)

    async def read(self, run: int) -> None:
        """One run, after what was decided before it. A licence stays in the tenant when its mapping has ended."""
        await self.decide(run)
        reading = self.journey.frame.readings[run]
        there = [each for each in self.journey.strands if each.first <= run]
        seats = {name_sku(each): each.seats[run] or 0 for each in there}
        await self.world.read_on(reading.day, None if reading.quantity is None else seats)

    def invoice(self, run: int) -> None:
        """The invoices that have seen so many runs."""
        for account in self.journey.accounts:
            for _ in [each for each in account.invoices if each.seen == run and account.parent is None]:
                self.accountants[account.number].invoice()


def name_sku(strand: Strand) -> str:
    """The licence of a mapping."""
    return f"sku-{strand.name}"


def play_journey(journey: Journey) -> JourneyStory:
    """Play it. The same journey always has the same story."""
    return asyncio.run(tell_journey(journey))


async def tell_journey(journey: Journey) -> JourneyStory:
    """Each run with the invoices that come before it, and the last one once more (R3)."""
    player = JourneyWorld(journey)
    world, readings = player.world, journey.frame.readings
    for run in range(len(readings)):
        player.invoice(run)
        await player.read(run)
    before = world.psa.writes
    await world.run(next_extra_run_id(readings[-1].day, frozenset(world.disk.runs)))
    rewrites = world.psa.writes - before
    player.invoice(len(readings))
    invoices = {number: accountant.invoices for number, accountant in player.accountants.items()}
    story = Story(journey.frame, (), tuple(world.troubles), world.proposals, rewrites, world.runs, world.psa.writes)
    return JourneyStory(journey, story, invoices)
