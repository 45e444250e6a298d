"""Agreements of one customer as they were read, and whether those of another company may bill it."""

from __future__ import annotations

from typing import TypeGuard

from plans.agreements import Agreement
from plans.errors import Misconfigured, Retry
from plans.ports import Psa
from profiles.readings import Known, Reading, Unknown, UnknownReason

type Agreements = dict[str, Reading[Agreement | None]]
"""Agreements as they were read, by id: Known(None) where the PSA has none."""


def is_there(reading: Reading[Agreement | None]) -> TypeGuard[Known[Agreement]]:
    """Whether an agreement was read and is in the PSA."""
    return isinstance(reading, Known) and reading.value is not None


async def find_payer(psa: Psa, company_id: str, agreements: Agreements) -> tuple[str, Agreements]:
    """The parent that the PSA invoices for the customer's company (billing rules, 4), empty for none; the agreements.

    It is asked for only where some agreement is another company's. Where the PSA does not answer, those agreements are
    unknown: nothing is planned on them.
    """
    foreign = {name for name, each in agreements.items() if is_there(each) and each.value.company_id != company_id}
    if not foreign:
        return "", agreements
    try:
        payer = await psa.read_payer(company_id)
    except (Retry, Misconfigured) as error:
        sentence = f"Whether the agreement's company pays for this customer could not be read from the PSA: {error}"
        doubt = Unknown(UnknownReason.UNREACHABLE, sentence)
        return "", {name: doubt if name in foreign else each for name, each in agreements.items()}
    return "" if payer is None else payer.company_id, agreements
