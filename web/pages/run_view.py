"""From one run's records to its page: the opening, its customers and its log. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plans.approvals import ScheduledLine
from plans.ports import CustomerOverview
from plans.results import PushResult, TenantResult
from plans.runs import Run, RunPhase, TenantState, Waiting
from plans.traffic import Traffic
from profiles.billing import Customer
from web.csv_files import Cell
from web.pages.aftermath import Aftermath
from web.pages.attention import KIND_OF_STATE
from web.pages.changes import make_changes
from web.pages.counting import Counts, count_open_run, make_tiles, write_proof
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_chips, make_columns, write_how_many
from web.pages.names import name_customer
from web.pages.night_view import Moment, choose_tone, write_headline, write_open_headline, write_when
from web.pages.progress import make_progress
from web.pages.run_asking import write_traffic, write_waiting
from web.pages.run_list import find_times, write_title
from web.pages.standing import NEEDS, NOTHING_MAPPED, ORDER, WORDS, CustomerInRun, Standing, find_customers
from web.pages.view import ChangeView, ProgressView, Tab, Tile, Tone
from web.wording import hide_ids, write_duration, write_number_of

NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class RunRecords:
    """One run with its rows and the customers' names."""

    run: Run
    tenants: tuple[TenantResult, ...]
    pushes: tuple[PushResult, ...]
    aftermath: Aftermath
    customers: Mapping[str, Customer]
    overviews: Mapping[str, CustomerOverview]
    traffic: Traffic
    waiting: tuple[Waiting, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether nothing of it moves any more."""
        return self.run.phase is RunPhase.CLOSED

    @property
    def tenant_of(self) -> dict[str, str]:
        """The tenant of each customer of the run."""
        return {customer_id: tenant.tenant_id for tenant in self.tenants for customer_id in tenant.customer_ids}


@dataclass(frozen=True, slots=True)
class Opening:
    """What stands above every tab of a run."""

    title: str
    headline: str
    tone: Tone
    when: str
    phases: str
    traffic: str
    waiting: tuple[str, ...]
    tiles: tuple[Tile, ...]
    proof: str
    proof_tone: Tone
    progress: ProgressView | None
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One customer's result. `customer_id` is empty where it is gone; `has_lines` says whether anything is mapped."""

    customer_id: str
    name: str
    standing: Standing
    word: str
    tone: Tone
    lines: tuple[ChangeView, ...]
    sentences: tuple[str, ...]
    has_lines: bool = True


class LogKind(StrEnum):
    """What a line of the log is about, in the order in which it happens."""

    OPENED = "opened"
    READ = "read"
    NOT_READ = "not-read"
    JUDGED = "judged"
    WRITTEN = "written"
    CLOSED = "closed"


LOG_WORDS = {
    LogKind.OPENED: ("Opened", Tone.PLAIN),
    LogKind.READ: ("Read and planned", Tone.PLAIN),
    LogKind.NOT_READ: ("Not read", Tone.LOOK),
    LogKind.JUDGED: ("Judged", Tone.PLAIN),
    LogKind.WRITTEN: ("Written", Tone.GOOD),
    LogKind.CLOSED: ("Closed", Tone.PLAIN),
}
LOG_PHASE = {
    LogKind.OPENED: 0,
    LogKind.READ: 1,
    LogKind.NOT_READ: 1,
    LogKind.JUDGED: 2,
    LogKind.WRITTEN: 3,
    LogKind.CLOSED: 4,
}


@dataclass(frozen=True, slots=True)
class LogRow:
    """One thing that happened; `at` is None where an older run did not keep the time."""

    at: datetime | None
    clock: str
    kind: LogKind
    tone: Tone
    customer_id: str
    name: str
    sentence: str

    @property
    def word(self) -> str:
        """What it is about."""
        return LOG_WORDS[self.kind][0]


def make_opening(records: RunRecords, moment: Moment, here: str) -> Opening:
    """The sentence, the numbers and the tabs."""
    run, is_open = records.run, not records.is_closed
    counts = count_open_run(records.tenants, records.aftermath) if is_open else Counts(run.totals)
    proof, proof_tone = write_proof(counts.totals, is_open=is_open)
    return Opening(
        title=write_title(run),
        headline=write_open_headline(run, counts.in_need) if is_open else write_headline(counts),
        tone=choose_tone(counts, is_open=is_open),
        when=write_when(run, moment),
        phases=write_phases(run, moment.now),
        traffic=write_traffic(records.traffic),
        waiting=tuple(write_waiting(run, records.waiting, moment)),
        tiles=make_tiles(counts, is_open=is_open, run_id=run.id),
        proof=proof,
        proof_tone=proof_tone,
        progress=make_progress(run, records.tenants, records.aftermath),
        tabs=tuple(
            Tab(word, f"/runs/{run.id}{path}", path == here)
            for word, path in (("Customers", ""), ("Changes", "/changes"), ("Log", "/log"))
        ),
    )


def write_phases(run: Run, now: datetime) -> str:
    """Reading 11 min 2 s, writing 3 min 3 s."""
    times = find_times(run, now)
    known: list[tuple[str, timedelta | None]] = [("reading", times.reading), ("writing", times.writing)]
    return ", ".join(f"{word} {write_duration(length)}" for word, length in known if length is not None)


def make_results(records: RunRecords) -> list[ResultRow]:
    """Every customer of the run, the worst first, then by name."""
    found = find_customers(records.tenants, records.aftermath)
    pushes: dict[str, list[PushResult]] = {}
    for push in records.pushes:
        pushes.setdefault(push.customer_id, []).append(push)
    scheduled: dict[str, list[ScheduledLine]] = {}
    for agreement in (each for tenant in records.tenants for each in tenant.agreements):
        scheduled.setdefault(agreement.customer_id, []).extend(agreement.scheduled)
    tenant_of = records.tenant_of
    rows = [
        make_result(
            each,
            records,
            pushes.get(customer_id, ()),
            scheduled.get(customer_id, ()),
            tenant_of[customer_id],
            has_lines=customer_id in scheduled,
        )
        for customer_id, each in found.items()
    ]
    return sorted(rows, key=lambda row: (ORDER[row.standing], row.name.casefold()))


def make_result(
    found: CustomerInRun,
    records: RunRecords,
    pushes: Sequence[PushResult],
    scheduled: Sequence[ScheduledLine],
    tenant_id: str,
    *,
    has_lines: bool,
) -> ResultRow:
    """One customer: what was written for it, why somebody has to look, and what is scheduled."""
    name = name_customer(records.customers, found.customer_id)
    customer = records.customers.get(found.customer_id)
    connection_id = "" if customer is None else customer.connection_id
    is_bare = found.standing is Standing.UNCHANGED and not has_lines
    word, tone = NOTHING_MAPPED if is_bare else WORDS[found.standing]
    waiting = [*(each.sentence for each in found.troubles), *(each.sentence for each in scheduled)]
    sentences = dict.fromkeys(hide_ids(each, tenant_id) for each in waiting)
    return ResultRow(
        customer_id=found.customer_id if found.customer_id in records.customers else "",
        name=name,
        standing=found.standing,
        word="Changing" if found.standing is Standing.CHANGED and not records.is_closed else word,
        tone=tone,
        lines=tuple(line for push in pushes for line in make_changes(push, name, tenant_id, connection_id)),
        sentences=tuple(sentences),
        has_lines=has_lines,
    )


def list_results(records: RunRecords, ask: Ask) -> Listing[ResultRow]:
    """The tab of customers as the address asks for it."""
    rows = make_results(records)
    found = find(rows, ask.search, lambda row: row.name.casefold())
    counts = Counter(row.standing.value for row in found)
    counts[NEEDED] = sum(row.standing in NEEDS for row in found)
    kinds = [(NEEDED, "Need you", Tone.LOOK), *((each.value, *WORDS[each]) for each in Standing)]
    chosen = select_results(rows, ask)
    heads = (Head("Customer"), Head("State"), Head("What happened"))
    return cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), kinds, counts),
        make_columns(ask, heads, ()),
        write_how_many(len(chosen), len(rows), "customer"),
    )


def select_results(rows: Sequence[ResultRow], ask: Ask) -> list[ResultRow]:
    """The rows that search and chip leave."""
    found = find(rows, ask.search, lambda row: row.name.casefold())
    return [
        row
        for row in found
        if not ask.state or row.standing == ask.state or (ask.state == NEEDED and row.standing in NEEDS)
    ]


RESULT_CSV_HEADER = ("Customer", "State", "Licence", "Seats before", "Seats after", "What happened")


def make_result_csv_rows(row: ResultRow) -> Iterator[tuple[Cell, ...]]:
    """One line for each thing that the page shows of a customer; one at least."""
    for line in row.lines:
        if line.sentence:
            yield row.name, row.word, "", None, None, line.sentence
        else:
            yield row.name, row.word, line.licence_name, line.before, line.after, line.detail
    for sentence in row.sentences or (("",) if not row.lines else ()):
        yield row.name, row.word, "", None, None, sentence


def make_log(records: RunRecords, moment: Moment) -> list[LogRow]:
    """What happened when, from the run's rows."""
    rows = [*log_run(records, moment), *log_tenants(records, moment), *log_pushes(records, moment)]
    latest = datetime.max.replace(tzinfo=moment.zone)
    return sorted(rows, key=lambda row: (LOG_PHASE[row.kind], row.at or latest, row.name.casefold()))


def log_run(records: RunRecords, moment: Moment) -> Iterator[LogRow]:
    """The run itself."""
    run = records.run
    make = LogMaker(records, moment)
    tenants = write_number_of(len(records.tenants), "tenant")
    pieces = sum(count for _, count in run.shard_counts)
    psa = f" The PSA's agreements are read in {write_number_of(pieces, 'piece')}." if pieces else ""
    yield make.row(run.started_at, LogKind.OPENED, f"The run opened with {tenants} to read.{psa}")
    if run.judged_at is not None or run.phase is not RunPhase.READING:
        allowed = sum(records.aftermath.has_to_push(each) for tenant in records.tenants for each in tenant.agreements)
        sentence = (
            f"Every plan was judged together: {write_number_of(allowed, 'agreement')} to write."
            if allowed
            else "Every plan was judged together: there was nothing to write."
        )
        held = sum(map(len, records.aftermath.held.values()))
        stopped = [f"{write_number_of(held, 'line')} held back."] if held else []
        words = " ".join([sentence, *stopped, *records.aftermath.brakes])
        yield make.row(run.judged_at, LogKind.JUDGED, words, tone=Tone.LOOK if held else None)
    if run.closed_at is not None:
        proof, _ = write_proof(run.totals, is_open=False)
        yield make.row(run.closed_at, LogKind.CLOSED, f"{write_headline(Counts(run.totals))} {proof}")


def log_tenants(records: RunRecords, moment: Moment) -> Iterator[LogRow]:
    """How reading and planning each tenant ended."""
    make = LogMaker(records, moment)
    for tenant in records.tenants:
        for customer_id in tenant.customer_ids:
            own = [each for each in tenant.agreements if each.customer_id == customer_id]
            match tenant.state:
                case TenantState.UNKNOWN:
                    sentence = hide_ids(tenant.sentence or "The tenant was not read.", tenant.tenant_id)
                    yield make.row(tenant.ended_at, LogKind.NOT_READ, sentence, customer_id, Tone.LOOK)
                case TenantState.PLANNED:
                    changes = sum(each.change_count for each in own)
                    what = f"{write_number_of(changes, 'change')} planned." if changes else "nothing to change."
                    reasons = [hide_ids(each, tenant.tenant_id) for result in own for each in result.sentences]
                    sentence = " ".join([f"{write_number_of(len(own), 'agreement')}: {what}", *reasons])
                    tone = Tone.LOOK if reasons else Tone.PLAIN
                    yield make.row(tenant.ended_at, LogKind.READ, sentence, customer_id, tone)
                case TenantState.QUEUED:
                    continue


def log_pushes(records: RunRecords, moment: Moment) -> Iterator[LogRow]:
    """How every write ended."""
    make = LogMaker(records, moment)
    tenant_of = records.tenant_of
    for push in records.pushes:
        tenant_id = tenant_of.get(push.customer_id, push.customer_id)
        for line in make_changes(push, "", tenant_id):
            words = line.sentence or (
                f"{line.licence_name} {line.before:,}→{line.after:,} ({line.difference}), {line.detail}, "
                "read back and verified."
            )
            yield make.row(push.ended_at, LogKind.WRITTEN, words, push.customer_id)
        if push.state in KIND_OF_STATE:
            for sentence in push.sentences:
                words = hide_ids(sentence, tenant_id)
                yield make.row(push.ended_at, LogKind.WRITTEN, words, push.customer_id, Tone.LOOK)


@dataclass(frozen=True, slots=True)
class LogMaker:
    """Makes lines of one run's log."""

    records: RunRecords
    moment: Moment

    def row(
        self, at: datetime | None, kind: LogKind, sentence: str, customer_id: str = "", tone: Tone | None = None
    ) -> LogRow:
        """One line; `tone` where it is not that of its kind."""
        customers = self.records.customers
        clock = "" if at is None else f"{at.astimezone(self.moment.zone):%H:%M:%S}"
        return LogRow(
            at=at,
            clock=clock,
            kind=kind,
            tone=tone or LOG_WORDS[kind][1],
            customer_id=customer_id if customer_id in customers else "",
            name=(name_customer(customers, customer_id) if customer_id else ""),
            sentence=sentence,
        )


def list_log(records: RunRecords, ask: Ask, moment: Moment) -> Listing[LogRow]:
    """The tab of the log as the address asks for it."""
    rows = make_log(records, moment)
    found = find(rows, ask.search, found_by)
    counts = Counter(row.kind.value for row in found)
    kinds = [(kind.value, *LOG_WORDS[kind]) for kind in LogKind]
    chosen = select_log(rows, ask)
    heads = (Head("When", is_number=True), Head("What"), Head("Customer"), Head("How it went"))
    return cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), kinds, counts),
        make_columns(ask, heads, ()),
        write_how_many(len(chosen), len(rows), "entry", "entries"),
    )


def select_log(rows: Sequence[LogRow], ask: Ask) -> list[LogRow]:
    """The lines that search and chip leave."""
    return [row for row in find(rows, ask.search, found_by) if not ask.state or row.kind == ask.state]


def found_by(row: LogRow) -> str:
    """What a search of the log looks at."""
    return f"{row.name} {row.sentence}".casefold()


LOG_CSV_HEADER = ("When ({zone})", "What", "Customer", "How it went")


def make_log_csv_row(row: LogRow, moment: Moment) -> tuple[Cell, ...]:
    """The columns of the page."""
    at = None if row.at is None else row.at.astimezone(moment.zone).replace(tzinfo=None)
    return at, row.word, row.name, row.sentence
