"""What happened when in one run: its log. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plans.runs import RunPhase, TenantState
from web.csv_files import Cell
from web.pages.attention import KIND_OF_STATE
from web.pages.changes import make_changes
from web.pages.counting import Counts, write_proof
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_chips, make_columns, write_how_many
from web.pages.names import name_customer
from web.pages.night_view import Moment, write_headline
from web.pages.run_view import RunRecords, count_decided
from web.pages.view import Tone
from web.wording import hide_ids, write_number_of


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
        yield make.row(
            run.closed_at, LogKind.CLOSED, f"{write_headline(Counts(run.totals), count_decided(records))} {proof}"
        )


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
