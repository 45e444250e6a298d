"""From one run's records to its page: the opening and its customers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plans.approvals import ScheduledLine
from plans.ports import CustomerOverview
from plans.results import PushResult, TenantResult
from plans.runs import Run, RunPhase, Waiting
from plans.traffic import Traffic
from profiles.billing import Customer
from web.csv_files import Cell
from web.pages.aftermath import Aftermath
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
from web.wording import hide_ids, write_duration

NEEDED, NOT_RIGHT = "needed", "not-right"


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
    needs_a_person: bool = False


def make_opening(records: RunRecords, moment: Moment, here: str) -> Opening:
    """The sentence, the numbers and the tabs."""
    run, is_open = records.run, not records.is_closed
    counts = count_open_run(records.tenants, records.aftermath) if is_open else Counts(run.totals)
    decided = count_decided(records)
    proof, proof_tone = write_proof(counts.totals, is_open=is_open)
    return Opening(
        title=write_title(run),
        headline=write_open_headline(run, counts.in_need - decided) if is_open else write_headline(counts, decided),
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


def count_decided(records: RunRecords) -> int:
    """The customers that the run counts as held for what a person refused alone: they need nobody."""
    return sum(each.is_decided for each in find_customers(records.tenants, records.aftermath).values())


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
        needs_a_person=found.needs_a_person,
    )


def list_results(records: RunRecords, ask: Ask) -> Listing[ResultRow]:
    """The tab of customers as the address asks for it."""
    rows = make_results(records)
    found = find(rows, ask.search, lambda row: row.name.casefold())
    counts = Counter(row.standing.value for row in found)
    counts[NEEDED] = sum(row.needs_a_person for row in found)
    counts[NOT_RIGHT] = sum(row.standing in NEEDS for row in found)
    if counts[NOT_RIGHT] == counts[NEEDED] and ask.state != NOT_RIGHT:
        counts[NOT_RIGHT] = 0
    kinds = [
        (NEEDED, "Need you", Tone.LOOK),
        (NOT_RIGHT, "Not right", Tone.PLAIN),
        *((each.value, *WORDS[each]) for each in Standing),
    ]
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
    match ask.state:
        case "":
            return found
        case "needed":
            return [row for row in found if row.needs_a_person]
        case "not-right":
            return [row for row in found if row.standing in NEEDS]
        case state:
            return [row for row in found if row.standing == state]


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
