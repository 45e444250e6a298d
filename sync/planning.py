"""The activity that plans one tenant, from its snapshot and the PSA reading to one row. Never writes to a PSA.

`plan_desk` is what previews share with it (`sync.previewing`): it reads, and keeps nothing.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from plans.agreements import Agreement
from plans.apart import list_posted_parts, see_agreement
from plans.approvals import sum_credited
from plans.basis import FetchedTenant, Night
from plans.connecting import find_psa
from plans.controls import Controls
from plans.counts import Count, record_count
from plans.edits import is_heard
from plans.errors import Misconfigured
from plans.inputs import LineInput, Surroundings
from plans.journal import LineJournal
from plans.ledger import bills_from, derive_billed
from plans.old_additions import find_line_profile, is_old_line, keep_quantity
from plans.plan import AgreementPlan
from plans.planning import plan_agreement
from plans.ports import Desk, Outside
from plans.results import AgreementResult
from plans.runs import CustomerState, Run, TenantState
from plans.terms import make_terms
from plans.timeline import Timeline
from profiles.billing import Mapping
from profiles.description import describe_line
from profiles.exclusions import exclude_halves, find_exclusion
from profiles.holdings import list_holdings
from profiles.licences import Snapshot
from profiles.quantity import bill_quantity, count_seats, count_suspended, doubt_count, is_present
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync.about import about
from sync.floors import find_lost_floor
from sync.messages import TenantRequest
from sync.pricing import AskPrices, list_unpriced, read_prices
from sync.readings import Agreements, find_payer, is_there, read_agreements_of
from sync.renewals import add_renewals, explain_absent, follow_renewals, know_adopted
from sync.rises import find_unmapped_rise
from sync.ruling import map_by_rule
from sync.searching import AskOthers, list_new, look_beside, search_others
from sync.seeing import Sight, see_tenant
from sync.summaries import summarise_plan
from sync.wishes import NotPlanned, end_wishes

LOG = logging.getLogger(__name__)


async def plan_tenant(outside: Outside, request: TenantRequest) -> None:
    """Plan every agreement of every customer that the tenant serves, into one row; a removed one is left out."""
    run_id, tenant_id = request["run_id"], request["tenant_id"]
    fetched = outside.just_read.take(run_id, tenant_id, outside.now()) or await find_fetched(outside, run_id, tenant_id)
    basis = await read_basis(outside, run_id)
    if fetched is None or basis is None:
        return
    row, snapshot = fetched.stamped.row, fetched.snapshot
    run, night = basis
    results: list[AgreementResult] = []
    sights: list[Sight] = []
    for customer_id in row.customer_ids:
        desk = await outside.books.read_desk(customer_id)
        if desk is None:
            LOG.info("Customer %s was removed since run %s queued its tenant; it is not planned", customer_id, run_id)
            continue
        with about(customer=customer_id):
            desk = await map_by_rule(outside, night.controls, night.profiles, desk, snapshot, night.day)
            ready = choose_modes(outside, exclude(desk, night.controls))
            planned, sight = await plan_customer(outside, run, night, ready, snapshot)
        results += planned
        sights.append(sight)
    ended = replace(
        see_tenant(row, night.day, snapshot, sights, night.controls.exclusions),
        customer_ids=tuple(sight.desk.customer.id for sight in sights),
        state=TenantState.PLANNED,
        agreements=tuple(results),
        sku_ids=tuple(licence.sku_id for licence in snapshot.licences),
        holdings=list_holdings(snapshot),
        ended_at=outside.now(),
    )
    if not await outside.runs.end_tenant(run_id, ended, fetched.stamped.stamp):
        LOG.info("Tenant %s of run %s was ended by somebody else while it was planned", tenant_id, run_id)


async def find_fetched(outside: Outside, run_id: str, tenant_id: str) -> FetchedTenant | None:
    """What an earlier step kept of a tenant that is still to be planned; None for any other."""
    stamped = await outside.runs.read_stamped(run_id, tenant_id)
    if stamped is None or stamped.row.state is not TenantState.QUEUED:
        return None
    snapshot = await outside.archive.read_snapshot(run_id, tenant_id)
    return None if snapshot is None else FetchedTenant(stamped, snapshot)


async def read_basis(outside: Outside, run_id: str) -> tuple[Run, Night] | None:
    """The run, and what planning all of its customers rests on; None where there is no such run."""
    async with outside.recent_night.turn:
        return outside.recent_night.recall(run_id, outside.now()) or await read_night(outside, run_id)


async def read_night(outside: Outside, run_id: str) -> tuple[Run, Night] | None:
    """The run, and what planning its customers rests on, as they are now: remembered for a moment."""
    run = await outside.runs.read_run(run_id)
    if run is None:
        return None
    night = Night(
        run.day,
        await outside.profiles.read_controls(),
        await outside.profiles.list_profiles(),
        await outside.archive.read_line_names(run_id),
        run_id,
    )
    outside.recent_night.keep(run, night, outside.now())
    return run, night


def exclude(desk: Desk, controls: Controls) -> Desk:
    """The desk with every mapping excluded that an administrator excluded everywhere, or with its tenant, and what only
    excluded ones take over from."""
    tenant_id, exclusions = desk.customer.tenant_id, controls.exclusions
    mappings = (
        replace(each, is_excluded=True) if find_exclusion(exclusions, tenant_id, each.sku_id) is not None else each
        for each in desk.mappings
    )
    return replace(desk, mappings=exclude_halves(tuple(mappings)))


def choose_modes(outside: Outside, desk: Desk) -> Desk:
    """The desk where every mapping says by itself whether an increase counts from its day: not where it, its customer
    or, if that says nothing, the PSA connection lets it wait for the next period."""
    psa = outside.connections.get(desk.customer.connection_id)
    is_usual = psa is None or psa.prorates
    prorates = is_usual if desk.customer.prorates is None else desk.customer.prorates
    mappings = (replace(mapping, prorates=mapping.prorates and prorates) for mapping in desk.mappings)
    return replace(desk, mappings=tuple(mappings))


async def plan_customer(
    outside: Outside, run: Run, night: Night, desk: Desk, snapshot: Snapshot
) -> tuple[list[AgreementResult], Sight]:
    """One plan per agreement that the customer's mappings name, or that a promise of theirs was sent to. They are kept,
    and so are tonight's counts, unless the customer is only observed. Beside them what was looked at for it.
    """
    connection_id = desk.customer.connection_id
    names = name_all_agreements(select_lines(desk), run.day)
    agreements = await read_agreements_of(outside, run, connection_id, names)
    agreements = await add_renewals(outside, run, connection_id, agreements)
    whole = await follow_renewals(outside, run, night, desk, agreements)
    desk = select_lines(whole)
    desk, fresh = add_counts(night.day, desk, snapshot, agreements)
    if fresh and not desk.customer.is_observed:
        await outside.books.save_counts(desk.customer.id, fresh)
    approved = frozenset(approval.line_hash for approval in desk.approvals)
    results = []
    ask_prices = partial(read_prices, outside, night.day, connection_id)
    # Nothing is written for an observed customer, and its lines stay new: every night would ask.
    ask_others = None if desk.customer.is_observed else partial(search_others, outside, desk.customer, agreements)
    plans = await plan_desk(outside, know_adopted(night, desk), desk, snapshot, agreements, ask_prices, ask_others)
    await end_wishes(outside, run, desk, plans)
    for planned in plans:
        match planned:
            case NotPlanned(agreement_id, sentence):
                results.append(fail_agreement(desk, agreement_id, sentence))
            case AgreementPlan():  # pragma: no branch - there is nothing else
                results.append(summarise_plan(planned, await outside.archive.save_plan(planned), approved))
    read = tuple(each.value for each in agreements.values() if is_there(each))
    return results, Sight(whole, read, tuple(each for each in plans if isinstance(each, AgreementPlan)))


def select_lines(desk: Desk) -> Desk:
    """The desk without mappings that name no agreement: licences that were excluded before they were ever mapped."""
    return replace(desk, mappings=tuple(mapping for mapping in desk.mappings if mapping.agreement_id))


async def plan_desk(
    outside: Outside,
    night: Night,
    desk: Desk,
    snapshot: Snapshot,
    agreements: Agreements,
    ask_prices: AskPrices,
    ask_others: AskOthers | None,
) -> list[AgreementPlan | NotPlanned]:
    """The plan of every agreement of a customer, whose journals have the day's counts already. Keeps nothing.

    `ask_prices` answers what the PSA's own prices are; it is asked where a plan cannot be weighed without them.
    `ask_others` answers what the company's other agreements bill; it is asked where a line is to be billed for the
    first time, and None where nobody wants to know.
    """
    try:
        psa = find_psa(outside, desk.customer.connection_id)
    except Misconfigured as error:
        return [NotPlanned(agreement_id, str(error)) for agreement_id in sorted(group_by_agreement(desk))]
    payer_id, agreements = await find_payer(psa, desk.customer.company_id, agreements, night.run_id)
    around = Surroundings(
        today=night.day,
        company_id=desk.customer.company_id,
        connection_id=desk.customer.connection_id,
        line_names=night.line_names,
        translate=psa.translate,
        agreements={name: each.value for name, each in agreements.items() if is_there(each)},
        journals=desk.journals,
        thresholds=night.controls.thresholds,
        mappings={mapping.id: mapping for mapping in desk.mappings},
        payer_id=payer_id,
        absent=explain_absent(agreements),
    )
    doubt = find_doubt(desk, snapshot)
    prepared: dict[str, list[LineInput] | Unknown] = {
        agreement_id: await prepare_lines(outside, night, desk, snapshot, mappings, agreements, doubt)
        for agreement_id, mappings in sorted(group_by_agreement(desk).items())
    }
    known = [line for lines in prepared.values() if not isinstance(lines, Unknown) for line in lines]
    around = replace(around, lines={line.mapping.id: line for line in known})
    if ask_others is not None:
        around = await look_beside(partial(plan_safely, desk), list_new(desk), prepared, around, ask_others)
    plans: list[AgreementPlan | NotPlanned] = []
    for agreement_id, lines in prepared.items():
        if isinstance(lines, Unknown):
            plans.append(NotPlanned(agreement_id, lines.detail))
            continue
        planned = plan_safely(desk, agreement_id, lines, around)
        if isinstance(planned, AgreementPlan) and (unpriced := list_unpriced(planned)):
            around = replace(around, prices=await ask_prices(unpriced))
            planned = plan_safely(desk, agreement_id, lines, around)
        if isinstance(planned, AgreementPlan) and any(line.proposals for line in planned.lines):
            planned = plan_safely(desk, agreement_id, await add_credited(outside, desk, lines), around)
        plans.append(planned)
    return plans


async def add_credited(outside: Outside, desk: Desk, lines: Sequence[LineInput]) -> list[LineInput]:
    """The lines with what people gave back for them already: read only where something more would be proposed."""
    credited = sum_credited(await outside.open_items.list_settled(desk.customer.id))
    return [replace(line, credited=credited.get(line.mapping.id, Timeline())) for line in lines]


def plan_safely(
    desk: Desk, agreement_id: str, lines: Sequence[LineInput], around: Surroundings
) -> AgreementPlan | NotPlanned:
    """The plan of one agreement. Where planning it fails, that is ours to mend, and stops no other agreement (R11)."""
    is_observed = desk.customer.is_observed
    try:
        return plan_agreement(desk.customer.id, agreement_id, lines, around, is_observed=is_observed)
    except Exception as error:
        LOG.exception("Planning agreement %s of customer %s failed", agreement_id, desk.customer.id)
        return NotPlanned(
            agreement_id,
            f"Agreement {agreement_id} could not be planned ({type(error).__name__}): that is a mistake in Seatledger. "
            "Nothing is written to it. Send the log of this run to whoever looks after Seatledger.",
        )


def group_by_agreement(desk: Desk) -> dict[str, list[Mapping]]:
    """The mappings to plan on each agreement: those that name it, and those with a promise that was sent to it."""
    by_agreement: dict[str, list[Mapping]] = defaultdict(list)
    for mapping in desk.mappings:
        promised_to = {intent.agreement_id for intent in desk.journals[mapping.id].open_intents}
        for agreement_id in {mapping.agreement_id} | promised_to:
            by_agreement[agreement_id].append(mapping)
    return by_agreement


def find_doubt(desk: Desk, snapshot: Snapshot) -> str | None:
    """Why the customer's reading may be wrong although it is complete: one doubtful count holds the whole customer."""
    for mapping in desk.mappings:
        doubt = doubt_count(snapshot, mapping)
        if doubt is not None:
            return f"the count of {mapping.licence_name} is in doubt. {doubt}"
    return None


async def prepare_lines(
    outside: Outside,
    night: Night,
    desk: Desk,
    snapshot: Snapshot,
    mappings: Sequence[Mapping],
    agreements: Agreements,
    doubt: str | None,
) -> list[LineInput] | Unknown:
    """What planning looks at for each mapping; Unknown where one of them cannot be planned, and then none is."""
    lines = []
    for mapping in mappings:
        unread = next(
            (each for each in touched_by(mapping, desk, agreements, night.day) if isinstance(each, Unknown)), None
        )
        if unread is not None:
            return unread
        journal = desk.journals[mapping.id]
        profile = find_line_profile(night.profiles, mapping, journal, desk.customer.connection_id)
        if profile is None:
            sentence = f"{mapping.licence_name} is mapped to a billing profile that does not exist. Map it again."
            return Unknown(UnknownReason.INCOMPLETE, sentence)
        kept = keep_quantity(mapping, journal)
        quantity = bill_quantity(snapshot, mapping) if kept is None else Known(kept)
        if isinstance(quantity, Unknown):
            return quantity
        lines.append(
            LineInput(
                mapping=mapping,
                profile=profile,
                quantity=quantity.value,
                seats=count_raw(snapshot, mapping) if kept is None else kept,
                journal=journal,
                description=describe_line(snapshot, mapping, find_text_limit(outside, agreements, mapping)),
                doubt=doubt,
                unmapped_rise=await find_unmapped_rise(outside, night.controls, desk, journal, snapshot),
                approved_hashes=frozenset(each.line_hash for each in desk.approvals if each.mapping_id == mapping.id),
                undo_sequence=desk.undos.get(mapping.id),
                suspended_seats=count_suspended(snapshot, mapping) if kept is None else 0,
                lost_floor=await find_lost_floor(outside, desk, mapping, journal, snapshot) if kept is None else 0,
            )
        )
    return lines


def find_text_limit(outside: Outside, agreements: Agreements, mapping: Mapping) -> int:
    """How long a line's text may be: as its PSA says, where it says so."""
    home = agreements.get(mapping.agreement_id)
    limit = home.value.facts.text_limit if home is not None and is_there(home) else None
    usual = outside.limits.description_length
    return usual if limit is None else min(limit, usual)


def touched_by(mapping: Mapping, desk: Desk, agreements: Agreements, today: date) -> list[Reading[Agreement | None]]:
    """Every agreement that planning a mapping looks at, as it was read."""
    return [agreements[each] for each in sorted(name_agreements(mapping, desk.journals[mapping.id], today))]


def name_agreements(mapping: Mapping, journal: LineJournal, today: date = date.min) -> set[str]:
    """The agreements that a mapping names, was promised to, or has additions on that `today` is not too late for."""
    promised = {intent.agreement_id for intent in journal.open_intents}
    billing = {each.agreement_id for each in journal.written.values() if is_heard(each.addition, today)}
    return ({mapping.agreement_id} | promised | billing) - {""}


def count_raw(snapshot: Snapshot, mapping: Mapping) -> int:
    """The raw count behind a quantity: 0 where the tenant has no such licence."""
    return count_seats(snapshot, mapping) if is_present(snapshot, mapping) else 0


def add_counts(
    day: date, desk: Desk, snapshot: Snapshot, agreements: Agreements
) -> tuple[Desk, dict[str, tuple[Count, ...]]]:
    """The desk with the day's counts in its journals, and those that are new or were moved by it, by mapping."""
    journals, there = dict(desk.journals), [each.value for each in agreements.values() if is_there(each)]
    fresh: dict[str, tuple[Count, ...]] = {}
    for mapping in desk.mappings:
        quantity = bill_quantity(snapshot, mapping)
        if isinstance(quantity, Unknown) or not is_counted(mapping, desk, day):
            continue
        home, journal = agreements[mapping.agreement_id], journals[mapping.id]
        facts = see_agreement(home.value, journal).facts if is_there(home) else None
        parts = list_posted_parts(home.value, journal, day, there) if is_there(home) else None
        through = None if facts is None else facts.invoiced_through
        terms = None if facts is None else make_terms(mapping, facts)
        raw = count_raw(snapshot, mapping)
        read = Count(day, quantity.value, day, through, raw, terms, read_at=snapshot.read_at, posted_parts=parts)
        counts = record_count(journal.counts, read)
        journals[mapping.id] = replace(journal, counts=counts)
        changed = tuple(count for count in counts if count not in journal.counts)
        if changed:
            fresh[mapping.id] = changed
    return replace(desk, journals=journals), fresh


def is_counted(mapping: Mapping, desk: Desk, day: date) -> bool:
    """Whether a mapping's seats are counted: an ended one's as long as it still bills for those that follow it; an old
    addition has none at Microsoft."""
    if is_old_line(mapping):
        return False
    if not mapping.is_ended:
        return True
    billed = derive_billed(desk.journals[mapping.id].ledger)
    is_followed = any(mapping.id in each.follows for each in desk.mappings)
    return is_followed and bills_from(billed, day)


def name_all_agreements(desk: Desk, today: date) -> list[str]:
    """Every agreement that the customer's lines touch."""
    return sorted({name for each in desk.mappings for name in name_agreements(each, desk.journals[each.id], today)})


def fail_agreement(desk: Desk, agreement_id: str, sentence: str) -> AgreementResult:
    """What stands in the run for an agreement that could not be planned."""
    return AgreementResult(
        desk.customer.id, desk.customer.connection_id, agreement_id, "", CustomerState.FAILED, 0, (sentence,)
    )
