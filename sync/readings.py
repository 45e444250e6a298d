"""Agreements of one customer as they were read, and whether those of another company may bill it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from plans.agreements import Agreement, UnreadableAgreement
from plans.errors import Misconfigured, Retry
from plans.ports import Outside, Psa
from plans.runs import Run, choose_shard
from profiles.readings import Known, Reading, Unknown, UnknownReason

type Agreements = dict[str, Reading[Agreement | None]]
"""Agreements as they were read, by id: Known(None) where the PSA has none."""


def is_there(reading: Reading[Agreement | None]) -> TypeGuard[Known[Agreement]]:
    """Whether an agreement was read and is in the PSA."""
    return isinstance(reading, Known) and reading.value is not None


async def read_agreements_of(
    outside: Outside, run: Run, connection_id: str, agreement_ids: Sequence[str]
) -> Agreements:
    """The agreements as this run read them. One that it never asked for is unknown: a person mapped to it meanwhile."""
    shards: dict[int, dict[str, Agreement | UnreadableAgreement] | None] = {}
    shard_count = dict(run.shard_counts).get(connection_id, 1)
    found: Agreements = {}
    for agreement_id in agreement_ids:
        shard = choose_shard(agreement_id, shard_count)
        if shard not in shards:
            kept = await outside.archive.read_agreements(run.id, connection_id, shard, agreement_ids)
            shards[shard] = None if kept is None else {each.id: each for each in kept}
        reading = judge_reading(shards[shard], agreement_id, connection_id)
        if reading == Known(None):
            asked = await outside.archive.list_asked(run.id, connection_id, shard)
            if asked is not None and agreement_id not in asked:
                reading = Unknown(UnknownReason.NOT_READ_IN_TIME, describe_unasked(agreement_id))
        found[agreement_id] = reading
    return found


def describe_unasked(agreement_id: str) -> str:
    """Why nothing is planned on an agreement that the run did not ask for, as a sentence."""
    return f"Agreement {agreement_id} was mapped after this run had read the PSA. The next run reads it."


def judge_reading(
    shard: dict[str, Agreement | UnreadableAgreement] | None, agreement_id: str, connection_id: str
) -> Reading[Agreement | None]:
    """One agreement that a shard was read for: Known(None) where the PSA has none, Unknown where it was not read."""
    if shard is None:
        return Unknown(UnknownReason.UNREACHABLE, f"PSA connection {connection_id} could not be read tonight.")
    match shard.get(agreement_id):
        case UnreadableAgreement(_, sentence):
            return Unknown(UnknownReason.INCOMPLETE, sentence)
        case found:
            return Known(found)


async def find_payer(psa: Psa, company_id: str, agreements: Agreements, run_id: str) -> tuple[str, Agreements]:
    """The parent that the PSA invoices for the customer's company (billing rules, 4), empty for none; the agreements.

    It is asked for only where some agreement is another company's. Where the PSA does not answer, those agreements are
    unknown: nothing is planned on them.
    """
    foreign = {name for name, each in agreements.items() if is_there(each) and each.value.company_id != company_id}
    if not foreign:
        return "", agreements
    try:
        payer = await psa.read_payer(company_id, run_id)
    except (Retry, Misconfigured) as error:
        sentence = f"Whether the agreement's company pays for this customer could not be read from the PSA: {error}"
        doubt = Unknown(UnknownReason.UNREACHABLE, sentence)
        return "", {name: doubt if name in foreign else each for name, each in agreements.items()}
    return "" if payer is None else payer.company_id, agreements
