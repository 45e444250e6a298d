"""A customer's settings in words: what going live would write, and what removing it leaves behind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from notify.wording import write_money
from plans.agreements import Addition, AgreementFacts
from plans.changes import Apply, Held
from plans.edits import is_open
from plans.ends import find_last_day
from plans.journal import LineJournal
from plans.places import Place, bill_places, list_taken
from plans.plan import AgreementPlan, LinePlan, hash_value
from plans.ports import Desk
from profiles.billing import BillableOption, Mapping
from profiles.money import round_money
from profiles.periods import share_month
from sync.summaries import price_month
from web.pages.customer_view import CustomerRecords, write_unread
from web.pages.diff_view import read_decision
from web.pages.names import StoryLink, name_run
from web.pages.standing import Standing
from web.wording import clean, hide_ids, write_number_of, write_quantity, write_short_day


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One line that the last plan would write, or would ask a person about."""

    licence: str
    agreement: str
    before: int
    after: int
    money: str
    note: str
    is_held: bool

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return f"{self.after - self.before:+,}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class LiveView:
    """What switching to live means. `shown` names exactly these plans; `is_planned` where a run planned it at all."""

    rows: tuple[PlannedRow, ...]
    sentence: str
    when: str
    button: str
    shown: str
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing before a customer can be written for, and the page on which it is put right."""

    sentence: str
    step: str
    address: str


@dataclass(frozen=True, slots=True)
class AdditionRow:
    """One open addition of ours."""

    story: StoryLink
    licence: str
    agreement: str
    quantity: str
    money: str
    last_day: str


@dataclass(frozen=True, slots=True)
class RemovalView:
    """What removing leaves behind. `endable` are the lines that could be ended first."""

    rows: tuple[AdditionRow, ...]
    total: str
    button: str
    endable: tuple[Mapping, ...]
    end_button: str
    cannot_end: str
    shown: str

    @property
    def can_end(self) -> bool:
        """Whether what bills can be ended first: then that is what is offered."""
        return bool(self.endable) and not self.cannot_end


def make_live(records: CustomerRecords) -> LiveView:
    """From the last plans of the customer."""
    planned = [
        row
        for each in records.agreements
        if (plan := records.plans.get(each.plan_hash)) is not None
        for row in list_planned(records, plan)
    ]
    writing = [row for row, _ in planned if not row.is_held]
    held = len(planned) - len(writing)
    monthly = [money for row, money in planned if not row.is_held]
    name = records.name
    return LiveView(
        rows=tuple(row for row, _ in sorted(planned, key=lambda each: (each[0].is_held, each[0].licence.casefold()))),
        sentence=write_plan(records, writing, monthly, held),
        when="" if records.run is None or not records.agreements else f"As planned by {name_run(records.run.id)}.",
        button=f"Switch {name} to live: {write_number_of(len(writing), 'line')} written by the next run"
        if writing
        else f"Switch {name} to live",
        shown=hash_value(sorted(each.plan_hash for each in records.agreements)),
        is_planned=bool(records.agreements),
    )


def list_lacks(records: CustomerRecords, *, is_connected: bool, is_reached: bool) -> tuple[Lack, ...]:
    """What is missing before live means anything, the first thing first. `is_connected`: its PSA connection is there;
    `is_reached`: the Microsoft account that reads it is."""
    found: list[Lack] = []
    if not is_connected:
        found.append(Lack("Its PSA is not connected.", "Connect the PSA", "/settings/connections"))
    if not is_reached:
        step = "Choose the account that reads it"
        found.append(Lack("No Microsoft account reads its licences.", step, f"{records.path}/account"))
    elif write_unread(records):
        found.append(Lack(write_unread(records), "See what to do", f"{records.path}/waiting"))
    elif records.in_run.standing is Standing.UNKNOWN:
        found.append(Lack("The last run could not read its licences.", "See what to do", f"{records.path}/waiting"))
    elif records.snapshot is None:
        found.append(Lack("No run has read its licences yet: Sync now does.", "See its licences", records.path))
    if not any(not each.is_ended and not each.is_excluded for each in records.overview.mappings):
        found.append(Lack("None of its licences is mapped, so nothing would be billed.", "Map them", records.path))
    return tuple(found)


def list_planned(records: CustomerRecords, plan: AgreementPlan) -> Iterator[tuple[PlannedRow, Decimal | None]]:
    """The lines of a plan that move, with what each moves in a month."""
    agreement = clean(records.agreement_names.get(plan.agreement_id, "")) or f"agreement {clean(plan.agreement_id)}"
    for line in plan.lines:
        if not isinstance(line.decision, Apply | Held):
            continue
        meaning = read_decision(line)
        if is_written(records, line, meaning.after):
            continue
        seats = meaning.after - line.quantity_billed
        money = price_month(plan, seats, line.unit_price)
        is_held = isinstance(line.decision, Held)
        note = f"Waits for approval: {meaning.rule}" if is_held else hide_ids(meaning.why, records.tenant_id)
        yield (
            PlannedRow(
                licence=clean(line.licence_name),
                agreement=agreement,
                before=line.quantity_billed,
                after=meaning.after,
                money="price not known" if money is None else write_money(money, records.currency, is_difference=True),
                note=note,
                is_held=is_held,
            ),
            money,
        )


def is_written(records: CustomerRecords, line: LinePlan, after: int) -> bool:
    """Whether the line bills by now what the plan would make of it: it was written since."""
    billed = records.overview.billed.get(line.mapping_id, line.quantity_billed)
    return billed != line.quantity_billed and billed == after


def write_plan(
    records: CustomerRecords, writing: Sequence[PlannedRow], monthly: Sequence[Decimal | None], held: int
) -> str:
    """The next run would write 3 lines, about +240.00 EUR a month; 1 waits for approval."""
    if not records.agreements:
        mapped = bool(records.overview.mappings)
        why = "No run has planned it yet" if mapped else "None of its licences is mapped yet"
        return (
            f"{why}, so what the next run would write is not worked out here; the preview of each mapping shows it. "
            "No limit of size holds the first addition of what a person mapped; what another brake holds waits under "
            "Approvals."
        )
    waits = f" {write_number_of(held, 'line')} would wait for your approval." if held else ""
    if not writing:
        return f"By the last plan the next run would write nothing.{waits}"
    return f"The next run would write {write_number_of(len(writing), 'line')}{write_sum(records, monthly)}.{waits}"


def write_sum(records: CustomerRecords, monthly: Sequence[Decimal | None]) -> str:
    """What the lines move in a month, as far as prices are known; a sum never hides that one is not."""
    known = [each for each in monthly if each is not None]
    unpriced = len(monthly) - len(known)
    if not known:
        return "; what they move is not known, because the PSA names the price when it makes them"
    money = f", about {write_money(sum(known, Decimal(0)), records.currency, is_difference=True)} a month (forecast)"
    return f"{money}, and {unpriced:,} of them at a price that is not known yet" if unpriced else money


def make_removal(records: CustomerRecords, desk: Desk, today: date) -> RemovalView:
    """The open additions of all lines, and what can be done with them."""
    found = sorted(
        list_additions(records, desk, today), key=lambda each: (each[0].licence.casefold(), each[0].quantity)
    )
    rows = tuple(row for row, _ in found)
    known = [money for _, money in found if money is not None]
    billing = {mapping_id for mapping_id, _ in list_billing(desk, today)}
    endable = tuple(each for each in desk.mappings if each.id in billing and not each.is_ended)
    additions = write_number_of(len(rows), "addition")
    return RemovalView(
        rows=rows,
        total=write_money(sum(known, Decimal(0)), records.currency) if known else "",
        button=f"Remove it, leave {additions} as {'it is' if len(rows) == 1 else 'they are'}" if rows else "Remove it",
        endable=endable,
        end_button=f"End {write_number_of(len(endable), 'licence')} with the period first",
        cannot_end="It is only observed: nothing is written for it. Switch it to live first, or end them in the PSA."
        if records.overview.customer.is_observed
        else "",
        shown=hash_value([[row.story.addition, row.quantity] for row in rows]),
    )


def write_last_day(
    records: CustomerRecords, journal: LineJournal, addition: Addition, agreement_id: str, today: date
) -> str:
    """Through which day an addition bills that ends with the period, as a night reckons it: by the newest plan of its
    agreement, and by the days on which its units were changed before (`plans.ends`)."""
    if addition.cancelled_on is not None:
        return write_short_day(addition.cancelled_on)
    facts, place = find_facts(records, agreement_id), Place(agreement_id, addition.product_id)
    taken = list_taken(journal, place, bill_places(journal, place)).get(place, frozenset())
    end = None if facts is None else find_last_day(facts, today, taken)
    return "not known" if facts is None or end is None else write_short_day(min(end, facts.ends_on or end))


def find_facts(records: CustomerRecords, agreement_id: str) -> AgreementFacts | None:
    """What the newest plan knows of an agreement."""
    return next((found for plan in records.plans.values() if (found := plan.facts_of(agreement_id))), None)


def share_price(records: CustomerRecords, agreement_id: str, price: Decimal, seats: Decimal) -> Decimal | None:
    """What an addition costs in a whole month: its share of a longer period; None where nobody knows the periods."""
    facts = find_facts(records, agreement_id)
    if facts is None or facts.grid is None:
        return None
    return round_money(share_month(price, facts.grid) * Fraction(seats))


def list_billing(desk: Desk, today: date) -> Iterator[tuple[str, str]]:
    """Mapping and addition of everything of ours that still bills."""
    for mapping in desk.mappings:
        for addition_id, each in desk.journals[mapping.id].written.items():
            if is_open(each.addition, today):
                yield mapping.id, addition_id


def list_additions(records: CustomerRecords, desk: Desk, today: date) -> Iterator[tuple[AdditionRow, Decimal | None]]:
    """The additions of ours that still bill, with what each costs in a month."""
    for mapping in desk.mappings:
        journal = desk.journals[mapping.id]
        for addition_id, each in journal.written.items():
            addition = each.addition
            if not is_open(addition, today):
                continue
            is_billed = addition.billable_option is BillableOption.BILLABLE
            money = None
            if is_billed and addition.unit_price is not None and addition.quantity is not None:
                money = share_price(
                    records, each.agreement_id, addition.unit_price, addition.quantity - addition.included
                )
            name = clean(records.agreement_names.get(each.agreement_id, ""))
            yield (
                AdditionRow(
                    story=records.link_story(addition_id),
                    licence=clean(mapping.licence_name),
                    agreement=name or f"agreement {clean(each.agreement_id)}",
                    quantity=write_quantity(addition.quantity),
                    money="not billed" if not is_billed else "not known" if money is None
                    else write_money(money, records.currency),
                    last_day=write_last_day(records, journal, addition, each.agreement_id, today),
                ),
                money,
            )  # fmt: skip
