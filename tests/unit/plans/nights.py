"""Nights in memory: readings come in, plans are made with ConnectWise's own translation and applied, invoices are made.

A seat costs 20.00 and April has 30 days. The customer has one or more agreements and one or more mapped licences; every
night is planned twice, and the second plan must write nothing (R3).
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from plans.agreements import Addition
from plans.beside import OtherAgreement
from plans.brakes import Thresholds
from plans.changes import AdjustUnits, Apply, Change, CreateAddition, Held, SetAddition, Unchanged
from plans.collecting import understand_refusal
from plans.counts import Count, record_count
from plans.inputs import LineInput, Surroundings
from plans.journal import Adoption, Ending, Evidence, Intent, LineJournal, Refusal
from plans.keys import name_addition, name_line
from plans.ledger import LedgerEntry, Proof, bills_from, derive_billed, make_entry, sum_additions
from plans.plan import AgreementPlan, LinePlan, hash_line
from plans.planning import plan_agreement
from plans.terms import make_terms
from plans.timeline import Timeline
from profiles.billing import Basis, BillableOption, BillingProfile, Mapping, Price, PsaPrice
from profiles.exclusions import exclude_halves
from profiles.periods import ONE_DAY
from profiles.readings import Reading
from psa.connectwise.lines import translate_line
from tests.unit.plans.agreements import HOME, PRICE, Kept, Psa

FAR = timedelta(days=120)
SPB = "spb"


def april(day: int) -> date:
    return date(2026, 4, day)


def may(day: int) -> date:
    return date(2026, 5, day)


def june(day: int) -> date:
    return date(2026, 6, day)


@dataclass
class World:
    """A customer with its agreements, mappings and journals."""

    psas: dict[str, Psa] = field(default_factory=lambda: {HOME: Psa()})
    mappings: dict[str, Mapping] = field(default_factory=dict)
    profiles: dict[str, BillingProfile] = field(default_factory=dict)
    journals: dict[str, LineJournal] = field(default_factory=dict)
    approved: set[str] = field(default_factory=set)
    plans: dict[str, AgreementPlan] = field(default_factory=dict)
    thresholds: Thresholds = field(default_factory=Thresholds)
    prices: dict[str, Decimal] = field(default_factory=dict)
    rises: dict[str, str] = field(default_factory=dict)
    suspended: dict[str, int] = field(default_factory=dict)
    lost_floors: dict[str, int] = field(default_factory=dict)
    undos: dict[str, int] = field(default_factory=dict)
    credited: dict[str, Timeline] = field(default_factory=dict)
    doubt: str | None = None
    others: Reading[tuple[OtherAgreement, ...]] | None = None
    writes: int = 0

    def map(
        self, mapping_id: str = SPB, agreement_id: str = HOME, product_id: str = "501", price: Price | None = None
    ) -> Mapping:
        """Map a licence of that name."""
        mapping = Mapping(
            mapping_id, "contoso", f"sku-{mapping_id}", mapping_id, mapping_id, agreement_id, Basis.PURCHASED
        )
        self.mappings[mapping_id] = mapping
        self.journals.setdefault(mapping_id, LineJournal(mapping_id))
        self.profiles[mapping_id] = BillingProfile(
            mapping_id, mapping_id, "connectwise", product_id, BillableOption.BILLABLE, price or PsaPrice()
        )
        return mapping

    def change(self, mapping_id: str = SPB, **fields: object) -> None:
        """What a person changes about a mapping."""
        self.mappings[mapping_id] = replace(self.mappings[mapping_id], **fields)  # type: ignore[arg-type]

    def sell(self, mapping_id: str = SPB, **fields: object) -> None:
        """What a person changes about a mapping's profile."""
        self.profiles[mapping_id] = replace(self.profiles[mapping_id], **fields)  # type: ignore[arg-type]

    def decide(self) -> dict[str, Mapping]:
        """The mappings as a night plans them: what only excluded ones take over from is excluded as well."""
        return {mapping.id: mapping for mapping in exclude_halves(tuple(self.mappings.values()))}

    def read(self, today: date, readings: MappingOf[str, int]) -> None:
        """Record what a night read of each mapping: seats that are billed as they are counted."""
        mappings = self.decide()
        for mapping_id, seats in readings.items():
            mapping = mappings[mapping_id]
            if mapping.is_ended and not self.still_bills(mapping_id, today):
                continue
            facts = self.psas[mapping.agreement_id].facts
            terms = make_terms(mapping, facts)
            read = Count(today, self.clamp(mapping, seats), today, facts.invoiced_through, seats, terms)
            journal = self.journals[mapping_id]
            self.journals[mapping_id] = replace(journal, counts=record_count(journal.counts, read))

    def still_bills(self, mapping_id: str, today: date) -> bool:
        """Whether an ended mapping that others follow bills on a day or later."""
        billed = derive_billed(self.journals[mapping_id].ledger)
        is_followed = any(mapping_id in each.follows for each in self.mappings.values())
        return is_followed and bills_from(billed, today)

    def clamp(self, mapping: Mapping, seats: int) -> int:
        if mapping.is_excluded:
            return 0
        quantity = max(seats - mapping.included, mapping.minimum, 0) if seats else 0
        return quantity if mapping.maximum is None else min(quantity, mapping.maximum)

    def make_input(self, mapping_id: str) -> LineInput:
        journal, mapping = self.journals[mapping_id], self.decide()[mapping_id]
        newest = journal.counts[-1] if journal.counts else None
        return LineInput(
            mapping=mapping,
            profile=self.profiles[mapping_id],
            quantity=0 if newest is None else newest.quantity,
            seats=0 if newest is None else newest.seats,
            journal=journal,
            doubt=self.doubt,
            unmapped_rise=self.rises.get(mapping_id),
            approved_hashes=frozenset(self.approved),
            undo_sequence=self.undos.get(mapping_id),
            credited=self.credited.get(mapping_id, Timeline()),
            suspended_seats=self.suspended.get(mapping_id, 0),
            lost_floor=self.lost_floors.get(mapping_id, 0),
        )

    def surround(self, today: date) -> Surroundings:
        adopted = {
            name_addition("connectwise", adoption.agreement_id, addition.id)
            for journal in self.journals.values()
            for adoption in journal.adoptions
            for addition in adoption.additions
        }
        return Surroundings(
            today=today,
            company_id="42",
            connection_id="connectwise",
            line_names=frozenset({*(name_line(each) for each in self.mappings), *adopted}),
            translate=translate_line,
            agreements={psa.id: psa.agreement for psa in self.psas.values()},
            journals=self.journals,
            thresholds=self.thresholds,
            prices=self.prices,
            others=self.others,
            mappings=self.decide(),
            lines={mapping_id: self.make_input(mapping_id) for mapping_id in self.mappings},
        )

    def plan(self, today: date) -> dict[str, LinePlan]:
        """Plan every agreement that is mapped; the plan of each line."""
        around = self.surround(today)
        by_agreement: dict[str, list[LineInput]] = {}
        for mapping_id, mapping in self.mappings.items():
            intents = self.journals[mapping_id].open_intents
            for agreement_id in {mapping.agreement_id, *(each.agreement_id for each in intents)}:
                by_agreement.setdefault(agreement_id, []).append(self.make_input(mapping_id))
        self.plans = {
            agreement_id: plan_agreement("contoso", agreement_id, lines, around)
            for agreement_id, lines in by_agreement.items()
        }
        return {line.mapping_id: line for plan in self.plans.values() for line in plan.lines}

    def night(self, today: date, seats: int | None = None, **readings: int) -> LinePlan:
        """Read, plan, apply what may be written, and see that a second plan has nothing to write. The only line's plan.

        `seats` are those of the licence `spb`; others are named. Without any, the tenant could not be read.
        """
        if seats is not None:
            readings[SPB] = seats
        if not readings:
            raise AssertionError("a night that read nothing plans nothing")
        self.read(today, readings)
        lines = self.plan(today)
        for line in lines.values():
            self.apply(line, today)
        again = self.plan(today)
        for line in again.values():
            assert not isinstance(line.decision, Apply), (today, tell(line))
            if isinstance(line.decision, Unchanged) and not line.scheduled:
                self.check_law(line)
        return lines[SPB] if SPB in lines else next(iter(lines.values()))

    def check_law(self, line: LinePlan) -> None:
        """For every day that no agreement of the line is invoiced for, its additions sum to what is owed."""
        mapping = self.mappings[line.mapping_id]
        through = [psa.invoiced_through for psa in self.psas.values()]
        if mapping.is_ended or mapping.follows or None in through:
            return
        written = self.journals[line.mapping_id].written
        own = [kept.addition for psa in self.psas.values() for kept in psa.kept if kept.addition.id in written]
        billed, first = sum_additions(own), max(each for each in through if each is not None) + ONE_DAY
        for offset in range(FAR.days):
            day = first + timedelta(days=offset)
            assert billed.on(day) == line.owed.on(day), (day, billed.on(day), line.owed.on(day))

    def apply(self, line: LinePlan, today: date) -> None:
        if isinstance(line.decision, Apply):
            for change in line.decision.changes:
                self.write(line, change, today)

    def write(self, line: LinePlan, change: Change, today: date) -> None:
        """What the PSA does with it, and the evidence."""
        journal = self.journals[line.mapping_id]
        assert change.sequence == journal.next_sequence
        psa = self.psas[change.agreement_id]
        addition = self.act(psa, change)
        billed = journal.find_billed(change.agreement_id, psa.facts.invoiced_through)
        proof = Proof(addition.id, psa.facts.invoiced_through)
        evidence = Evidence(
            mapping_id=line.mapping_id,
            sequence=change.sequence,
            run_id=today.isoformat(),
            plan_hash=f"plan of {line.changes[0].sequence}",
            ending=Ending.VERIFIED,
            ended_at=datetime(today.year, today.month, today.day, tzinfo=UTC),
            change=change,
            before=line.before,
            after=addition,
            ledger=make_entry(line.mapping_id, change, billed, proof),
            sentence="Done.",
        )
        self.journals[line.mapping_id] = replace(journal, evidence=(*journal.evidence, evidence))
        self.writes += 1

    def act(self, psa: Psa, change: Change) -> Addition:
        match change:
            case CreateAddition():
                addition = psa.put(change.quantity, change.effective_on, change.product_id, change.key, change.ends_on)
                price = PRICE if change.unit_price is None else change.unit_price
                addition = replace(addition, unit_price=price, billable_option=change.billable_option)
                psa.kept[-1] = Kept(addition)
                return addition
            case SetAddition(before=before, after=after):
                kept = next(each for each in psa.kept if each.addition.id == before.id)
                assert kept.addition == before
                kept.addition = after
                return after
            case AdjustUnits():
                raise AssertionError("ConnectWise knows no adjustments")

    def promise(self, line: LinePlan, change: Change, today: date) -> None:
        """An intent that nobody ended: what was sent may have arrived or not."""
        journal = self.journals[line.mapping_id]
        moment = datetime(today.year, today.month, today.day, tzinfo=UTC)
        intent = Intent(
            line.mapping_id, change.sequence, 0, "connectwise", today.isoformat(), "hash", moment, change, line.before
        )
        self.journals[line.mapping_id] = replace(journal, open_intents=(intent,))

    def approve(self, mapping_id: str = SPB) -> str:
        """A person approves what is held of a line; the hash they approved."""
        plan, line = self.find_planned(mapping_id)
        assert isinstance(line.decision, Held), line.decision
        assert line.decision.changes
        self.approved.add(hash_line(plan, line))
        return hash_line(plan, line)

    def refuse(self, today: date, mapping_id: str = SPB) -> None:
        """A person refuses what is held of a line."""
        _, line = self.find_planned(mapping_id)
        assert isinstance(line.decision, Held)
        refusal = Refusal(mapping_id, line.quantity_owed, line.quantity_billed, today, "Ada", "It is a mistake.")
        journal = self.journals[mapping_id]
        self.journals[mapping_id] = replace(journal, refusal=understand_refusal(refusal, journal))

    def find_planned(self, mapping_id: str) -> tuple[AgreementPlan, LinePlan]:
        found = [(plan, line) for plan in self.plans.values() for line in plan.lines if line.mapping_id == mapping_id]
        return found[0]

    def adopt(
        self, additions: Iterable[Addition], today: date, agreement_id: str = HOME, mapping_id: str = SPB
    ) -> None:
        """A person makes additions the line's own, as they are."""
        journal, psa = self.journals[mapping_id], self.psas[agreement_id]
        chosen = tuple(additions)
        levels = sum_additions(chosen)
        start = levels.days[0] if levels.steps else today
        entry = LedgerEntry(mapping_id, start, journal.next_sequence, levels, chosen[0].id, psa.facts.invoiced_through)
        adoption = Adoption(mapping_id, journal.next_sequence, agreement_id, chosen, entry, today, "Ada")
        self.journals[mapping_id] = replace(journal, adoptions=(*journal.adoptions, adoption))


def make_world(*, in_arrears: bool = True, prorates: bool = True, price: Price | None = None) -> World:
    """One licence on one agreement: nothing is counted yet, March is invoiced."""
    world = World({HOME: Psa(in_arrears=in_arrears, prorates=prorates)})
    world.map(price=price)
    return world


def in_arrears(seats: int = 10, *, prorates: bool = True) -> World:
    """So many seats since 1 April; April's invoice is made in May."""
    world = make_world(prorates=prorates)
    assert tell(world.night(april(1), seats)) == [f"{seats} from 2026-04-01"]
    return world


def in_advance(seats: int = 10) -> World:
    """So many seats since 1 April; April's invoice is made on that day, May's on 1 May."""
    world = make_world(in_arrears=False)
    world.night(april(1), seats)
    assert world.psas[HOME].invoice() == PRICE * seats
    return world


def tell(line: LinePlan) -> list[str]:
    """What is written of a line, in few words: `2 from 2026-04-10`, `1201: 10→8, through 2026-04-30`."""
    return [tell_change(change) for change in line.decision.changes] if isinstance(line.decision, Apply) else []


def tell_change(change: Change) -> str:
    match change:
        case CreateAddition():
            price = "" if change.unit_price is None else f" at {change.unit_price}"
            end = "" if change.ends_on is None else f" through {change.ends_on}"
            return f"{change.quantity} from {change.effective_on}{end}{price}"
        case SetAddition(before=before, after=after):
            parts = []
            if before.quantity != after.quantity:
                parts.append(f"{before.quantity}→{after.quantity}")
            if before.cancelled_on != after.cancelled_on:
                parts.append("no end" if after.cancelled_on is None else f"through {after.cancelled_on}")
            if before.unit_price != after.unit_price:
                parts.append(f"at {after.unit_price}")
            return f"{before.id}: {', '.join(parts)}"
        case AdjustUnits():
            return f"{change.units_before}→{change.units_after} from {change.effective_on}"


def is_still(line: LinePlan) -> bool:
    """Whether nothing is written, nothing waits, and nobody is asked."""
    return (line.decision, line.scheduled, line.proposals) == (Unchanged(), (), ())


def held_by(line: LinePlan) -> str:
    """The rule that holds the line; empty where none does."""
    return line.decision.rule.value if isinstance(line.decision, Held) else ""
