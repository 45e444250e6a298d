"""What saving changed mappings of one customer would do, today: by the very planning of a night. It keeps nothing.

Licences come from the newest snapshot that is kept, agreements are read from the PSA now. Every call that is made here
reads (promise R7: a preview cannot write). Brakes of the whole night are not judged: they look at all customers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from plans.agreements import Addition, Agreement, UnreadableAgreement
from plans.basis import Night
from plans.changes import Change, Unchanged
from plans.connecting import find_psa
from plans.editing import MappingChange
from plans.edits import select_own
from plans.errors import Misconfigured, Retry
from plans.journal import LineJournal
from plans.plan import AgreementPlan, LinePlan
from plans.ports import Desk, Outside
from profiles.billing import Mapping as LicenceMapping
from profiles.description import describe_line
from profiles.licences import Snapshot
from profiles.periods import ONE_DAY
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync.planning import (
    add_counts,
    choose_modes,
    exclude,
    find_text_limit,
    name_all_agreements,
    plan_desk,
    select_lines,
)
from sync.preview_money import NOTHING_MOVES, MoneyMoved, add_money, weigh_changes, weigh_scheduled
from sync.readings import Agreements, is_there, judge_reading
from sync.searching import AskOthers, ask_once, search_others
from sync.strangers import list_bundled, list_strangers, read_line_names
from sync.wishes import NotPlanned


@dataclass(frozen=True, slots=True)
class PreviewedLine:
    """One changed mapping. `line` is None where it could not be planned, and `sentence` says why.

    `plan` is the one the line is part of. `description` is the invoice text as it will print, None for the product's
    own. `strangers` are the additions of its product on its agreement that no line has: adoption can be offered.
    `bundled` is what bundles bill of it there. `money` is what this line moves by itself.
    """

    mapping: LicenceMapping
    plan: AgreementPlan | None
    line: LinePlan | None
    sentence: str
    description: str | None
    strangers: tuple[Addition, ...] = ()
    bundled: tuple[Addition, ...] = ()
    money: MoneyMoved = NOTHING_MOVES


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen: every changed mapping in the order in which they were given, and the money they move together.

    It is planned by the `snapshot`. `agreements` are those that were read now, by id. `confirmed` is what the night
    after would do where a decrease waits for a second night that sees it.
    """

    today: date
    snapshot: Snapshot
    lines: tuple[PreviewedLine, ...]
    money: MoneyMoved
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    confirmed: Preview | None = None

    @property
    def read_at(self) -> datetime:
        """When the licences were read."""
        return self.snapshot.read_at


type ReadAgreements = Callable[[Outside, Desk, date], Awaitable[Agreements]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What both days of a preview rest on."""

    outside: Outside
    night: Night
    snapshot: Snapshot
    agreements: Agreements
    changed: tuple[LicenceMapping, ...]
    prices: Mapping[str, Decimal]
    ask_others: AskOthers


async def preview_mappings(
    outside: Outside,
    desk: Desk,
    changes: Sequence[MappingChange],
    prices: Mapping[str, Decimal],
    read: ReadAgreements | None = None,
) -> Reading[Preview]:
    """What saving these changes would do. `prices` are the PSA's own, by product, as far as they are known; `read` is
    how agreements are read where those of several customers are read at once (`read_together`).

    Unknown where the tenant has no reading, or the customer's PSA connection is not there.
    """
    customer, today = desk.customer, outside.local_day()
    if customer.connection_id not in outside.connections:
        return Unknown(UnknownReason.UNREACHABLE, "The PSA connection of this customer does not exist any more.")
    reading = await read_licences(outside, desk, today)
    if isinstance(reading, Unknown):
        return reading
    controls = await outside.profiles.read_controls()
    profiles = await outside.profiles.list_profiles()
    desk = choose_modes(outside, select_lines(exclude(put_in(desk, changes), controls)))
    night = Night(today, controls, profiles, await read_line_names(outside, desk))
    agreements = await (read or read_agreements_now)(outside, desk, today)
    changed = tuple(wanted for _, wanted in changes)
    ask_others = ask_once(partial(search_others, outside, customer, agreements))
    ground = Ground(outside, night, reading.value, agreements, changed, prices, ask_others)
    counted, _ = add_counts(today, desk, ground.snapshot, agreements)
    preview = await preview_day(ground, counted)
    if any(waits_for_confirmation(each.line) for each in preview.lines):
        tomorrow = replace(night, day=today + ONE_DAY)
        read_then = replace(ground.snapshot, read_at=ground.snapshot.read_at + ONE_DAY)
        counted, _ = add_counts(tomorrow.day, counted, read_then, agreements)
        preview = replace(preview, confirmed=await preview_day(replace(ground, night=tomorrow), counted))
    return Known(preview)


async def read_licences(outside: Outside, desk: Desk, today: date) -> Reading[Snapshot]:
    """The newest snapshot that is kept; where none is, the tenant is read now."""
    customer = desk.customer
    kept = await outside.archive.find_snapshot_before(customer.tenant_id, today + ONE_DAY)
    if kept is not None:
        return Known(kept)
    return await outside.licences.read_tenant(customer.tenant_id, customer.partner_account_id)


def put_in(desk: Desk, changes: Sequence[MappingChange]) -> Desk:
    """The desk as it would be."""
    wanted = {mapping.id: mapping for _, mapping in changes}
    kept = tuple(wanted.pop(mapping.id, mapping) for mapping in desk.mappings)
    journals = desk.journals | {mapping_id: LineJournal(mapping_id) for mapping_id in wanted}
    return replace(desk, mappings=(*kept, *wanted.values()), journals=journals)


async def read_agreements_now(outside: Outside, desk: Desk, today: date) -> Agreements:
    """Every agreement that the customer's lines touch, as the PSA has it now; Unknown where it does not answer."""
    return await read_named(outside, desk.customer.connection_id, name_all_agreements(desk, today))


async def read_together(
    outside: Outside, wishes: Sequence[tuple[Desk, Sequence[MappingChange]]], today: date
) -> ReadAgreements:
    """The same for several customers, with one question to each PSA. What a preview asks for beyond it is read then."""
    wanted: dict[str, set[str]] = {}
    for desk, changes in wishes:
        if desk.customer.connection_id in outside.connections:
            names = name_all_agreements(put_in(desk, changes), today)
            wanted.setdefault(desk.customer.connection_id, set()).update(names)
    kept = {each: await read_named(outside, each, sorted(names)) for each, names in wanted.items()}

    async def read(outside: Outside, desk: Desk, today: date) -> Agreements:
        connection_id, names = desk.customer.connection_id, name_all_agreements(desk, today)
        known = {name: kept[connection_id][name] for name in names if name in kept.get(connection_id, {})}
        missing = [name for name in names if name not in known]
        return {**known, **await read_named(outside, connection_id, missing)}

    return read


async def read_named(outside: Outside, connection_id: str, names: Sequence[str]) -> Agreements:
    """The named agreements of one PSA, as it has them now; Unknown where it does not answer."""
    try:
        read = await find_psa(outside, connection_id).read_agreements(names) if names else ()
    except (Retry, Misconfigured) as error:
        return dict.fromkeys(names, Unknown(UnknownReason.UNREACHABLE, f"The PSA did not answer: {error}"))
    found: dict[str, Agreement | UnreadableAgreement] = {each.id: each for each in read}
    return {name: judge_reading(found, name, connection_id) for name in names}


async def preview_day(ground: Ground, desk: Desk) -> Preview:
    """What the night of one day would do, on the counts that the desk's journals have."""
    outside, agreements = ground.outside, ground.agreements

    async def know_prices(_: frozenset[str]) -> Mapping[str, Decimal]:
        return ground.prices

    plans = await plan_desk(outside, ground.night, desk, ground.snapshot, agreements, know_prices, ground.ask_others)
    there = {name: each.value for name, each in agreements.items() if is_there(each)}
    planned = (preview_line(ground, desk, mapping, plans, there) for mapping in ground.changed)
    lines = tuple(replace(each, money=weigh_lines((each,), desk, there, ground.prices)) for each in planned)
    return Preview(
        today=ground.night.day,
        snapshot=ground.snapshot,
        lines=lines,
        money=weigh_lines(lines, desk, there, ground.prices),
        agreements=there,
    )


def preview_line(
    ground: Ground,
    desk: Desk,
    mapping: LicenceMapping,
    plans: Sequence[AgreementPlan | NotPlanned],
    there: Mapping[str, Agreement],
) -> PreviewedLine:
    """One changed mapping on its own agreement."""
    own = next((each for each in plans if each.agreement_id == mapping.agreement_id), None)
    plan = own if isinstance(own, AgreementPlan) else None
    line = None if plan is None else next(each for each in plan.lines if each.mapping_id == mapping.id)
    bills = not mapping.is_ended and not mapping.is_excluded
    length = find_text_limit(ground.outside, ground.agreements, mapping)
    strangers, bundled = find_strangers(ground.night, desk, mapping, there) if bills else ((), ())
    return PreviewedLine(
        mapping=mapping,
        plan=plan,
        line=line,
        sentence=own.sentence if isinstance(own, NotPlanned) else "",
        description=describe_line(ground.snapshot, mapping, length) if bills else None,
        strangers=strangers,
        bundled=bundled,
    )


def find_strangers(
    night: Night, desk: Desk, mapping: LicenceMapping, there: Mapping[str, Agreement]
) -> tuple[tuple[Addition, ...], tuple[Addition, ...]]:
    """The additions beside which a first write would be held, and what is inside bundles of them."""
    agreement, profile = there.get(mapping.agreement_id), night.profiles.get(mapping.profile_id)
    if agreement is None or profile is None:
        return (), ()
    own = select_own(agreement, mapping.id, desk.journals[mapping.id].written)
    strangers = list_strangers(agreement, profile.product_id, own, night.line_names, night.day)
    return strangers, list_bundled(agreement, profile.product_id)


def waits_for_confirmation(line: LinePlan | None) -> bool:
    """Whether fewer seats were counted than are billed, and a second night has to see it first."""
    if line is None or not isinstance(line.decision, Unchanged) or line.scheduled:
        return False
    return line.quantity_owed < line.quantity_billed


def weigh_lines(
    lines: Sequence[PreviewedLine], desk: Desk, there: Mapping[str, Agreement], prices: Mapping[str, Decimal]
) -> MoneyMoved:
    """What all the changed mappings move together, on every agreement that their writes touch."""
    planned = [each.line for each in lines if each.line is not None]
    by_agreement: dict[str, list[Change]] = {}
    for line in planned:
        for change in line.wanted:
            by_agreement.setdefault(change.agreement_id, []).append(change)
    created = list_created(desk)
    parts = [
        weigh_changes(there[agreement_id], changes, created, prices)
        for agreement_id, changes in sorted(by_agreement.items())
        if agreement_id in there
    ]
    parts += [
        weigh_scheduled(each.plan, each.line)
        for each in lines
        if each.plan is not None and each.line is not None and each.line.scheduled and not each.line.wanted
    ]
    return add_money(parts)


def list_created(desk: Desk) -> dict[str, date | None]:
    """P as it was when each addition of the customer's lines was made, by its id: what was made after the last invoice
    is caught up by the next one."""
    return {
        name: written.created_invoiced_through
        for journal in desk.journals.values()
        for name, written in journal.written.items()
    }
