"""From a run's records to what the page shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from notify.wording import write_money
from plans.runs import Run, RunPhase, is_night
from web.pages import nights
from web.pages.aftermath import MovedMoney, add_up_money
from web.pages.attention import count_customers, list_cases, make_need
from web.pages.changes import list_changes
from web.pages.counting import Counts, count_open_run, make_unmapped_tile, write_proof
from web.pages.home_count import count_home, make_home_tiles
from web.pages.progress import make_progress
from web.pages.records import NightRecords, NoRecords
from web.pages.view import FirstNightView, NightView, Tone, cut_page
from web.wording import (
    write_clock,
    write_day,
    write_duration,
    write_number_of,
    write_short_day,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where the page is looked at."""

    now: datetime
    zone: ZoneInfo
    night_start_hour: int
    currency: str = ""


def make_view(records: NightRecords, moment: Moment, needs_page: int, changes_page: int) -> NightView:
    """Everything the page says about the run."""
    run = records.run
    is_open = run.phase is not RunPhase.CLOSED
    counts = count_open_run(records.tenants, records.aftermath) if is_open else Counts(run.totals)
    home = counts if is_open else count_home(records, counts)
    troubles = [trouble for each in records.standings.values() for trouble in each.troubles]
    cases = list_cases(troubles, records.customers, records.needed_since, run.day)
    changes = (
        list_changes(records.tenants, records.pushes, records.customers)
        if is_open or not records.syncs
        else list_changes(
            [tenant for each in records.syncs for tenant in each.tenants],
            [push for each in records.syncs for push in each.pushes],
            records.customers,
        )
    )
    proof, proof_tone = write_proof(home.totals if records.syncs else counts.totals, is_open=is_open)
    money = add_up_money(records.tenants, records.aftermath)
    agreements = sum(len(each.agreements) for each in records.tenants)
    return NightView(
        run_id=run.id,
        headline=write_open_headline(run, len(records.in_need))
        if is_open
        else write_night_headline(records, home, money, moment.currency),
        tone=choose_tone(home, is_open=is_open),
        when=write_when(run, moment),
        notices=write_notices(records, moment, is_open=is_open),
        tiles=(
            *make_home_tiles(records, counts, is_open=is_open),
            *make_unmapped_tile(records.unmapped),
        ),
        counted=write_counted(records),
        proof=proof,
        proof_tone=proof_tone,
        money=write_money_moved(money, moment.currency),
        scheduled=write_scheduled(records),
        progress=make_progress(run, records.tenants, records.aftermath),
        needs=cut_page(cases, needs_page).show(
            lambda case: make_need(case, run.day, records.customers, records.accounts)
        ),
        changes=cut_page(changes, changes_page),
        needing=write_needing(count_customers(cases), len(cases)),
        refused=write_refused(sum(each.is_decided for each in records.standings.values())),
        nothing_changed=write_nothing_changed(home, agreements, is_open=is_open),
        next_night=nights.write_next_night(moment.now, moment.zone, moment.night_start_hour),
    )


def make_first_view(records: NoRecords, moment: Moment) -> FirstNightView:
    """What to say before the first night."""
    next_night = nights.write_first_night(moment.now, moment.zone, moment.night_start_hour)
    if records.customer_count == 0:
        return FirstNightView(
            "No night has run yet, and no customer is set up.",
            "Connect your PSA and a Microsoft partner account, then add a customer and map its licences. "
            "A night without customers has nothing to read.",
            next_night,
        )
    ready = write_number_of(records.customer_count, "customer")
    return FirstNightView(
        "No night has run yet.",
        f"{ready} {'is' if records.customer_count == 1 else 'are'} set up; nothing needs you. "
        "Come back in the morning: what was read, what changed and what needs you will stand here.",
        next_night,
    )


def write_headline(counts: Counts, decided: int = 0) -> str:
    """25 customers right; 2 need you. `decided` are held by what a person refused alone: they need nobody."""
    if counts.totals.customers == 0:
        return "There was no customer to read."
    right = f"{write_number_of(counts.right, 'customer') if counts.right else 'No customer'} right"
    refused = f"; {decided:,} {'is' if decided == 1 else 'are'} held because somebody refused" if decided else ""
    match counts.in_need - decided:
        case 0:
            return f"{right}; nothing needs you{refused}."
        case 1:
            return f"{right}; 1 needs you{refused}."
        case many:
            return f"{right}; {many:,} need you{refused}."


def write_night_headline(records: NightRecords, counts: Counts, money: MovedMoney, currency: str) -> str:
    """The sentence of the morning; before the first night, what syncs have read so far."""
    if not records.syncs:
        return write_home_headline(counts, money, currency)
    read = f"syncs have read {counts.totals.read:,} of {write_number_of(len(records.customers), 'customer')}"
    need = f"{counts.in_need:,} {'needs' if counts.in_need == 1 else 'need'} you" if counts.in_need else ""
    return f"No night has run yet; {read}{'; ' if need else ''}{need}."


def write_home_headline(counts: Counts, money: MovedMoney, currency: str) -> str:
    """25 customers right; 2 need you; +312.00 EUR a month. Where prices are missing it says of how many lines."""
    headline = write_headline(counts)
    if not money.priced:
        return headline
    moved = f"{write_money(money.monthly, currency, is_difference=True)} a month"
    known = f" of the {write_number_of(money.priced, 'line')} whose price is known" if money.unpriced else ""
    return f"{headline.removesuffix('.')}; {moved}{known}."


def write_money_moved(money: MovedMoney, currency: str) -> str:
    """What the verified changes move in a whole month, as far as prices are known; nothing where none moved."""
    unpriced = f"{write_number_of(money.unpriced, 'changed line')} without a known price"
    if not money.priced:
        return f"What this moves is not known: {unpriced}." if money.unpriced else ""
    if money.unpriced and not money.monthly:
        return f"What this moves is not known: {unpriced}, and no money by the others."
    rest = f"; {unpriced} {'is' if money.unpriced == 1 else 'are'} not in it" if money.unpriced else ""
    moved = write_money(money.monthly, currency, is_difference=True)
    return f"Forecast: {moved} in a whole month{rest}. The PSA's amount counts."


def write_scheduled(records: NightRecords) -> str:
    """3 lines are scheduled, the next for 1 Dec 2026."""
    lines = [line for tenant in records.tenants for agreement in tenant.agreements for line in agreement.scheduled]
    if not lines:
        return ""
    next_day = min(line.takes_effect_on for line in lines)
    verb = "is" if len(lines) == 1 else "are"
    when = "for" if len(lines) == 1 else "the next for"
    return f"{write_number_of(len(lines), 'change')} {verb} scheduled, {when} {write_short_day(next_day)}."


def write_open_headline(run: Run, in_need: int) -> str:
    """Like the sentence of the morning, as far as it is known."""
    what = "The night is running" if is_night(run.id) else "A sync is running"
    match in_need:
        case 0:
            return f"{what}; nothing needs you so far."
        case 1:
            return f"{what}; 1 customer needs you so far."
        case many:
            return f"{what}; {many:,} customers need you so far."


def choose_tone(counts: Counts, *, is_open: bool) -> Tone:
    """Whether the sentence is good news."""
    if is_open:
        return Tone.BUSY
    return Tone.LOOK if counts.in_need or counts.totals.customers == 0 else Tone.GOOD


def write_counted(records: NightRecords) -> str:
    """What the numbers count: customers, as the run left them; licences that nobody mapped."""
    left = "as the last sync of each left them" if records.syncs else "as this run left them"
    unmapped = "; Unmapped counts licences" if records.unmapped else ""
    return f"Each number counts customers, {left}{unmapped}."


def write_needing(customers: int, rows: int) -> str:
    """3 customers; 26 customers in 4 rows, where some are told together or one has several causes."""
    counted = write_number_of(customers, "customer")
    return counted if customers == rows else f"{counted} in {write_number_of(rows, 'row')}"


def write_refused(customers: int) -> str:
    """Who is in no number of those that need somebody, though something of it is held."""
    if not customers:
        return ""
    has, is_counted = ("has", "is") if customers == 1 else ("have", "are")
    refused = f"{write_number_of(customers, 'customer')} {has} only changes that somebody refused"
    return f"{refused}, and {is_counted} not counted here."


def write_when(run: Run, moment: Moment) -> str:
    """Sunday 22 November 2026, 02:00 to 02:14 (Europe/Dublin), took 14 min 5 s."""
    started = run.started_at.astimezone(moment.zone)
    day = write_day(started.date())
    if run.closed_at is None:
        length = write_duration(moment.now - run.started_at)
        return f"{day}, started at {write_clock(started)} ({moment.zone.key}), {length} ago"
    closed = run.closed_at.astimezone(moment.zone)
    length = write_duration(run.closed_at - run.started_at)
    return f"{day}, {write_clock(started)} to {write_clock(closed)} ({moment.zone.key}), took {length}"


def write_notices(records: NightRecords, moment: Moment, *, is_open: bool) -> tuple[str, ...]:
    """What is wrong with the night itself: one that never came, one that does not end."""
    missed = nights.write_missed_night(moment.now, moment.zone, moment.night_start_hour, records.last_night)
    age = moment.now - records.run.started_at
    stuck = (
        f"This run has been open for {write_duration(age)} and may have stopped. Nothing is written twice when it "
        "goes on. Check that the Function App is running."
        if is_open and age > nights.LONGEST_NIGHT
        else None
    )
    return tuple(notice for notice in (missed, stuck) if notice is not None)


def write_nothing_changed(counts: Counts, agreements: int, *, is_open: bool) -> str:
    """What stands where no line changed: what was looked at, of how much."""
    totals = counts.totals
    if is_open:
        return "Nothing has changed so far."
    if not totals.customers:
        return "Nothing changed, for there was no customer to look at."
    of_all = "" if totals.read == totals.customers else f" of {totals.customers:,}"
    looked = f"The licences of {totals.read:,}{of_all} {'customer' if totals.customers == 1 else 'customers'} were read"
    if not totals.read:
        return f"Nothing changed: no licence of {write_number_of(totals.customers, 'customer')} could be read."
    if not agreements:
        return f"Nothing changed. {looked}, and none of them is mapped to an agreement."
    compared = f"{looked} and compared with {write_number_of(agreements, 'agreement')}"
    if totals.unchanged == totals.customers:
        says = "which says what it owes" if agreements == 1 else "each of which says what it owes"
        return f"Nothing changed. {compared}, {says}."
    return f"Nothing changed. {compared}."
