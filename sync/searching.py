"""What bills the product of a new line already, on other agreements of its company (billing rules, 5).

It is read when the first addition of a line is about to be made, and never for a line of which something was written:
nights of unchanged customers ask for nothing more (promise P1). Could not read is never none there: it is a reading.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace

from plans.beside import OtherAgreement, is_new, pick_products
from plans.changes import CreateAddition
from plans.connecting import find_psa
from plans.errors import Misconfigured, Retry
from plans.inputs import LineInput, Surroundings
from plans.plan import AgreementPlan, LinePlan
from plans.ports import Desk, Outside
from plans.strangers import is_decided
from profiles.billing import Customer
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync.readings import Agreements, is_there
from sync.wishes import NotPlanned

LOG = logging.getLogger(__name__)

type Prepared = Mapping[str, list[LineInput] | Unknown]
type Draft = Callable[[str, Sequence[LineInput], Surroundings], AgreementPlan | NotPlanned]
type AskOthers = Callable[[frozenset[str]], Awaitable[Reading[tuple[OtherAgreement, ...]]]]


async def search_others(
    outside: Outside, customer: Customer, agreements: Agreements, product_ids: frozenset[str]
) -> Reading[tuple[OtherAgreement, ...]]:
    """The active agreements of the customer's company, and of the parent that the PSA invoices for it, with what bills
    these products. `agreements` are those that were read already: they are not asked for again.

    Unknown where one of them cannot be read, or all of them not within the time for it.
    """
    known = {name: each.value for name, each in agreements.items() if is_there(each)}
    psa = find_psa(outside, customer.connection_id)
    limit = outside.limits.longest_search
    try:
        async with asyncio.timeout(limit.total_seconds()):
            payer = await psa.read_payer(customer.company_id)
            company_ids = (customer.company_id,) if payer is None else (customer.company_id, payer.company_id)
            found = await psa.search_products(company_ids, product_ids, known.keys())
    except TimeoutError:
        sentence = f"Reading the company's other agreements took longer than {limit.total_seconds():g} seconds."
        return Unknown(UnknownReason.NOT_READ_IN_TIME, sentence)
    except (Retry, Misconfigured) as error:
        LOG.warning("The other agreements of customer %s cannot be read: %s", customer.id, error)
        return Unknown(UnknownReason.UNREACHABLE, f"The PSA said: {error}")
    active = (each for each in known.values() if each.facts.is_active)
    return Known((*(pick_products(each, product_ids) for each in active), *found))


def ask_once(ask: AskOthers) -> AskOthers:
    """The same, where the same products are asked for once: the days of a preview look at the same agreements."""
    answers: dict[frozenset[str], Reading[tuple[OtherAgreement, ...]]] = {}

    async def answer(product_ids: frozenset[str]) -> Reading[tuple[OtherAgreement, ...]]:
        if product_ids not in answers:
            answers[product_ids] = await ask(product_ids)
        return answers[product_ids]

    return answer


async def look_beside(
    draft: Draft, new_ids: Collection[str], prepared: Prepared, around: Surroundings, ask_others: AskOthers
) -> Surroundings:
    """With the company's other agreements, where a first addition would be made by what `draft` plans of the prepared
    lines: before anything is decided, for the halves of a transfer look at each other. What a person refused is
    decided, until somebody approves something of it all the same."""
    known = {name: lines for name, lines in prepared.items() if new_ids and not isinstance(lines, Unknown)}
    drafts = [draft(name, lines, around) for name, lines in known.items()]
    lines = [line for plan in drafts if isinstance(plan, AgreementPlan) for line in plan.lines]
    decided = {each.mapping.id for inputs in known.values() for each in inputs if is_decided(each)}
    product_ids = list_unsearched(lines, set(new_ids) - decided)
    return replace(around, others=await ask_others(product_ids)) if product_ids else around


def list_new(desk: Desk) -> frozenset[str]:
    """The mappings of which nothing was ever written or adopted."""
    return frozenset(mapping.id for mapping in desk.mappings if is_new(desk.journals[mapping.id]))


def list_unsearched(lines: Collection[LinePlan], new_ids: Collection[str]) -> frozenset[str]:
    """The products of these lines whose first addition would be made now, or once a person approves it."""
    return frozenset(line.product_id for line in lines if line.mapping_id in new_ids and makes_one(line))


def makes_one(line: LinePlan) -> bool:
    """Whether a line's writes make an addition."""
    return any(isinstance(each, CreateAddition) for each in line.wanted)
