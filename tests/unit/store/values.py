"""Small values to keep: one customer, one line, and everything that may happen to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from plans.agreements import Addition
from plans.approvals import Approval, HeldLine, OpenHold, OpenProposal, ProposedLine
from plans.changes import AdjustUnits, Apply, Change, CreateAddition, CreditProposal, HoldRule, SetAddition
from plans.counts import Count
from plans.journal import Adoption, Ending, Evidence, HistoryEntry, Intent, Refusal, Settlement
from plans.keys import make_key
from plans.ledger import LedgerEntry
from plans.plan import AgreementPlan, LinePlan
from plans.ports import Books, Desk
from plans.standing import Standing
from plans.timeline import make_timeline
from profiles.billing import Basis, BillableOption, Customer, Mapping

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
CUSTOMER = "contoso"
MAPPING = "contoso-spb"
CONNECTION = "connectwise"
AGREEMENT = "1201"
CONTOSO = Customer(CUSTOMER, "Contoso", "tenant-1", CONNECTION, "42")
NASTY = ["o'neill", "' or RowKey ne '", "a and b", "@partition", "@from0 or @to0", "ünï – ø", "x" * 200, "a:b", "%27"]


def make_mapping(mapping_id: str = MAPPING, customer_id: str = CUSTOMER, agreement_id: str = AGREEMENT) -> Mapping:
    return Mapping(mapping_id, customer_id, "sku-spb", "Business Premium", "spb", agreement_id, Basis.PURCHASED)


def make_addition(
    addition_id: str = "9001", quantity: str | None = "10", effective_on: date | None = TODAY
) -> Addition:
    units = None if quantity is None else Decimal(quantity)
    return Addition(addition_id, "501", units, effective_on, None, BillableOption.BILLABLE, "")


def make_change(sequence: int = 0, mapping_id: str = MAPPING, quantity: int = 10) -> CreateAddition:
    key = make_key(mapping_id, sequence)
    return CreateAddition(AGREEMENT, sequence, key, "501", quantity, TODAY, BillableOption.BILLABLE)


def make_set(sequence: int = 0) -> SetAddition:
    before = make_addition(effective_on=None)
    after = replace(before, quantity=Decimal("12.5"), unit_price=Decimal("20.10"), description="Two users")
    return SetAddition(AGREEMENT, sequence, make_key(MAPPING, sequence), before, after, TODAY)


def make_adjustment(sequence: int = 0) -> AdjustUnits:
    return AdjustUnits(AGREEMENT, sequence, make_key(MAPPING, sequence), "9001", TODAY, 10, 12)


def make_intent(change: Change, attempt: int = 0, mapping_id: str = MAPPING) -> Intent:
    return Intent(mapping_id, change.sequence, attempt, CONNECTION, "2026-11-22", "hash", NOW, change, ())


def make_ledger(sequence: int = 0, mapping_id: str = MAPPING, effective_on: date = TODAY) -> LedgerEntry:
    levels = make_timeline([(effective_on, 10), (date(2027, 1, 1), 8)])
    return LedgerEntry(mapping_id, effective_on, sequence, levels, "9001", date(2026, 11, 30))


def make_evidence(
    sequence: int = 0,
    mapping_id: str = MAPPING,
    ending: Ending = Ending.VERIFIED,
    change: Change | None = None,
    after: Addition | None = None,
) -> Evidence:
    change = make_change(sequence, mapping_id) if change is None else change
    ledger = make_ledger(sequence, mapping_id) if ending is Ending.VERIFIED else None
    return Evidence(mapping_id, sequence, "2026-11-22", "hash", ending, NOW, change, (), after, ledger, "Done.")


def make_history(sequence: int = 0, mapping_id: str = MAPPING, minutes: int = 0, sentence: str = "") -> HistoryEntry:
    at = NOW + timedelta(minutes=minutes)
    return HistoryEntry(at, mapping_id, sequence, "2026-11-22", sentence or f"entry {sequence}")


def settle_with(
    evidence: Evidence, parked: str | None = None, minutes: int = 0, agreement_ids: tuple[str, ...] = (AGREEMENT,)
) -> Settlement:
    history = make_history(evidence.sequence, evidence.mapping_id, minutes)
    return Settlement(evidence, history, 10, parked, agreement_ids)


def make_adoption(
    sequence: int = 0, mapping_id: str = MAPPING, agreement_id: str = AGREEMENT, additions: tuple[str, ...] = ("77",)
) -> Adoption:
    kept = tuple(make_addition(addition_id, effective_on=None) for addition_id in additions)
    ledger = make_ledger(sequence, mapping_id, date.min)
    return Adoption(mapping_id, sequence, agreement_id, kept, ledger, TODAY, "ada", "It is ours.")


def make_count(day: int, quantity: int = 10) -> Count:
    return Count(date(2026, 11, day), quantity, date(2026, 11, day + 1), date(2026, 10, 31), quantity + 1)


def make_approval(line_hash: str = "abc", mapping_id: str = MAPPING, by: str = "ada") -> Approval:
    return Approval(mapping_id, line_hash, by, NOW, "Looks right.")


def make_refusal(level: int = 10, mapping_id: str = MAPPING) -> Refusal:
    return Refusal(mapping_id, 12, level, TODAY, "ada", "Not yet.")


def make_hold(
    customer_id: str = CUSTOMER, mapping_id: str = MAPPING, minutes: int = 0, run_id: str = "2026-11-22"
) -> OpenHold:
    line = HeldLine(mapping_id, "E3", "abc", "hash", HoldRule.LARGE_DROP, "Look.", 10, 2, Decimal("-160.00"))
    return OpenHold(customer_id, "Contoso", CONNECTION, AGREEMENT, NOW + timedelta(minutes=minutes), run_id, line)


def make_proposal(mapping_id: str = MAPPING, minutes: int = 0, seats: int = 2) -> OpenProposal:
    days = CreditProposal(TODAY, date(2026, 11, 30), seats, Decimal("12.34"), "Give it back.")
    since = NOW + timedelta(minutes=minutes)
    return OpenProposal(CUSTOMER, "Contoso", AGREEMENT, since, ProposedLine(mapping_id, "E3", days))


def make_plan() -> AgreementPlan:
    standing = Standing(AGREEMENT, (make_addition("77", quantity="0.5"),))
    billed, owed = make_timeline([(TODAY, 10)]), make_timeline([(TODAY, 10), (date(2026, 12, 1), 12)])
    decision = Apply((make_change(), make_set(1), make_adjustment(2)))
    line = LinePlan(MAPPING, "E3", "501", 10, 12, 12, (standing,), billed, owed, decision)
    return AgreementPlan(CUSTOMER, CONNECTION, AGREEMENT, (), (line,))


async def read_desk(books: Books, customer_id: str) -> Desk:
    """The desk of a customer that is there."""
    desk = await books.read_desk(customer_id)
    assert desk is not None
    return desk
