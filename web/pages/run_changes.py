"""The diff of a run: only the agreements of one screen are fetched from the archive."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plans.errors import Bug
from plans.plan import AgreementPlan
from plans.ports import Outside
from plans.results import AgreementResult
from web.csv_files import Cell
from web.pages.diff_view import About, AgreementView, LineView, find_standing, make_agreement, name_products
from web.pages.listing import Ask, Listing, cut_listing, find, make_chips, write_how_many
from web.pages.names import name_customer
from web.pages.run_view import RunRecords
from web.pages.shelf import AgreementNames
from web.pages.standing import ORDER, WORDS, Standing
from web.pages.view import Tone
from web.wording import write_number_of

LOGGER = logging.getLogger(__name__)

READ_AT_ONCE = 16
CUSTOMER = "customer"
PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Planned:
    """One agreement of the run before its plan is fetched."""

    result: AgreementResult
    tenant_id: str
    customer_name: str
    standing: Standing

    @property
    def kinds(self) -> frozenset[str]:
        """Every chip that lets the agreement through: how it stands, and what of it waits besides."""
        scheduled = {Standing.SCHEDULED.value} if self.result.scheduled else set()
        proposed = {PROPOSED} if self.result.proposals else set()
        return frozenset({self.standing.value} | scheduled | proposed)

    @property
    def is_still(self) -> bool:
        """Whether nothing of it moves or waits."""
        return self.kinds == {Standing.UNCHANGED.value}


def collect(records: RunRecords, ask: Ask) -> list[Planned]:
    """The agreements of the run, the worst first; of one customer where the address names one."""
    only = dict(ask.extra).get(CUSTOMER)
    found = []
    for tenant in records.tenants:
        for result in tenant.agreements:
            if only is not None and result.customer_id != only:
                continue
            standing = find_standing(result, records.aftermath)
            name = name_customer(records.customers, result.customer_id)
            found.append(Planned(result, tenant.tenant_id, name, standing))
    return sorted(found, key=lambda each: (ORDER[each.standing], each.customer_name.casefold()))


def select_agreements(records: RunRecords, ask: Ask) -> list[Planned]:
    """What search and chip leave. Agreements where nothing moves are shown where they are asked for."""
    found = find(collect(records, ask), ask.search, lambda each: each.customer_name.casefold())
    return [each for each in found if is_shown(each, ask)]


def is_shown(planned: Planned, ask: Ask) -> bool:
    """Whether the address asks for this agreement."""
    if ask.state:
        return ask.state in planned.kinds
    return not planned.is_still or CUSTOMER in dict(ask.extra)


def list_agreements(records: RunRecords, ask: Ask) -> Listing[Planned]:
    """One screen of agreements, still without their plans."""
    everything = collect(records, ask)
    found = find(everything, ask.search, lambda each: each.customer_name.casefold())
    chosen = [each for each in found if is_shown(each, ask)]
    counts = Counter(kind for each in found for kind in each.kinds)
    kinds = [
        *((standing.value, *WORDS[standing]) for standing in Standing),
        (PROPOSED, "With credit proposals", Tone.LOOK),
    ]
    shown_at_first = sum(not each.is_still or CUSTOMER in dict(ask.extra) for each in found)
    chips = make_chips(ask, shown_at_first, kinds, counts, "All" if shown_at_first == len(found) else "What moves")
    return cut_listing(ask, chosen, chips, (), write_how_many(len(chosen), len(everything), "agreement"))


def write_nothing(records: RunRecords) -> str:
    """What stands where no agreement is to be shown: what was looked at."""
    agreements = sum(len(tenant.agreements) for tenant in records.tenants)
    if agreements:
        looked = write_number_of(agreements, "agreement was", "agreements were")
        return f"Nothing moves: {looked} looked at, and what is owed stands there. Choose “Unchanged” to see."
    if not records.is_closed:
        return "No agreement has been looked at so far."
    if not records.tenants:
        return "Nothing moves: the run had no customer to look at."
    return "Nothing moves: no licence that was read is mapped to an agreement. Map licences for the next run to plan."


def name_only(records: RunRecords, ask: Ask) -> str:
    """The customer to whom the address restricts the diff; nothing where it does not."""
    customer_id = dict(ask.extra).get(CUSTOMER)
    return "" if customer_id is None else name_customer(records.customers, customer_id)


async def read_plan(outside: Outside, result: AgreementResult) -> AgreementPlan | None:
    """The plan of an agreement; None where there is none, or it is not what was judged. A page shows the rest."""
    if not result.plan_hash:
        return None
    try:
        return await outside.archive.read_plan(result.plan_hash)
    except Bug as error:
        LOGGER.warning("A plan cannot be shown: %s", error)
        return None


async def read_agreements(
    names: AgreementNames, currency: str, records: RunRecords, chosen: Sequence[Planned], outside: Outside
) -> tuple[AgreementView, ...]:
    """The plans behind these agreements, a few at a time."""
    gate = asyncio.Semaphore(READ_AT_ONCE)
    products = name_products((await outside.profiles.list_profiles()).values())

    async def read(planned: Planned) -> AgreementView:
        result = planned.result
        async with gate:
            plan = await read_plan(outside, result)
            name = await names.find(outside, records.run, result.connection_id, result.agreement_id)
        overview = records.overviews.get(result.customer_id)
        about = About(
            customer_id="" if overview is None else result.customer_id,
            customer_name=planned.customer_name,
            tenant_id=planned.tenant_id,
            agreement_name=name,
            licences={} if overview is None else {each.id: each.licence_name for each in overview.mappings},
            currency=currency,
            products=products,
        )
        return make_agreement(result, plan, records.aftermath, about)

    return tuple(await asyncio.gather(*(read(each) for each in chosen)))


CSV_HEADER = (
    "Customer", "Agreement", "Licence", "Product", "Seats before", "Seats after", "From", "State", "Held by", "Why",
    "Outcome", "Writes", "Scheduled", "Credit proposals", "Transfer",
)  # fmt: skip


def make_csv_rows(agreement: AgreementView) -> Iterator[tuple[Cell, ...]]:
    """One row for each line; one for an agreement without lines."""
    who = (agreement.customer_name, agreement.agreement)
    for line in (*agreement.moving, *agreement.unchanged):
        seats = (line.before, line.after, line.effective_on)
        yield *who, line.licence_name, line.product, *seats, line.word, *make_csv_reasons(line)
    if agreement.sentence:
        nothing = ("", "", None, None, None)
        yield *who, *nothing, agreement.word, "", agreement.sentence, "", "", "", "", ""


def make_csv_reasons(line: LineView) -> tuple[Cell, ...]:
    """What stands below a line on the page; the writes say whether they were made."""
    writes = f"{line.writes_word}: {' '.join(line.writes)}" if line.writes else ""
    return (
        line.rule, line.why, line.outcome, writes, " ".join(line.scheduled), " ".join(line.proposals), line.transfer,
    )  # fmt: skip
