"""One change that waits, with everything that an approval of it would write. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from plans.agreements import Agreement
from plans.approvals import OpenHold
from plans.ledger import effect_of
from plans.plan import AgreementPlan, LinePlan
from web.pages.approval_list import Around, HoldRow, make_row
from web.pages.change_words import FieldChange, WriteWords, describe_change
from web.pages.first_invoice import name_first_invoice
from web.pages.hold_counts import CountsView, MicrosoftCounts, make_counts_view
from web.pages.names import name_run
from web.wording import clean, write_count, write_short_day

LOST_PLAN = "The plan is not kept any more. The next night makes a new one."
NO_WRITES = "There is nothing that an approval could write."


@dataclass(frozen=True, slots=True)
class Rests:
    """One fact that the plan rests on: if it moves, an approval writes nothing."""

    word: str
    value: str


@dataclass(frozen=True, slots=True)
class HoldView:
    """The page. `sentence` says why there are no writes, where there are none. `counts` are Microsoft's, None where no
    run kept them; `change` is what becomes of the line: seats, day, invoice and money.
    """

    row: HoldRow
    counts: CountsView | None
    change: tuple[FieldChange, ...]
    writes: tuple[WriteWords, ...]
    rests: tuple[Rests, ...]
    sentence: str
    first_run: str
    first_run_address: str


def make_hold_view(
    hold: OpenHold, plan: AgreementPlan | None, counts: MicrosoftCounts | None, zone: ZoneInfo, currency: str
) -> HoldView:
    """The change as it was planned last."""
    line = (
        None if plan is None else next((each for each in plan.lines if each.mapping_id == hold.line.mapping_id), None)
    )
    writes = () if line is None else tuple(describe_change(change, currency) for change in line.wanted)
    sentence = LOST_PLAN if line is None else "" if writes else NO_WRITES
    row = make_row(hold, Around(zone, currency, ticks_all=True))
    return HoldView(
        row=row,
        counts=None if counts is None else make_counts_view(counts),
        change=tuple(list_change(row, plan, line)),
        writes=writes,
        rests=() if plan is None else list_rests(plan),
        sentence=sentence,
        first_run=name_run(hold.run_id),
        first_run_address=f"/runs/{hold.run_id}/changes?customer={hold.customer_id}",
    )


def list_change(row: HoldRow, plan: AgreementPlan | None, line: LinePlan | None) -> Iterator[FieldChange]:
    """What becomes of the line once it is approved."""
    before, after = write_count(row.before), write_count(row.after)
    yield FieldChange("Seats billed", "" if before == after else before, after)
    if plan is not None and line is not None and line.wanted:
        day = min(effect_of(change)[0] for change in line.wanted)
        if day > date.min:
            yield FieldChange("From", "", write_short_day(day))
            facts = plan.facts_of(plan.agreement_id)
            place = plan.connection_id, plan.agreement_id
            agreement = None if facts is None else Agreement(*place, "", "", facts, ())
            yield FieldChange("First invoice it changes", "", name_first_invoice(agreement, day))
    yield FieldChange("A month (forecast)", "", row.monthly or "not known")


def list_rests(plan: AgreementPlan) -> tuple[Rests, ...]:
    """The facts of the agreement, in words."""
    facts = plan.facts_of(plan.agreement_id)
    if facts is None:
        return ()
    days = (
        ("Invoiced through", facts.invoiced_through),
        ("Next invoice", facts.next_invoice_on),
        ("Agreement ends", facts.ends_on),
    )
    told = [Rests(word, write_short_day(day)) for word, day in days if day is not None]
    told.append(Rests("Proration", "on" if facts.prorates else "off"))
    return (Rests("Agreement", clean(plan.agreement_id)), *told)
