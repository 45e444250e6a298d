"""What nobody can read from ConnectWise about how an MSP invoices, and an administrator has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MONTHS_OF_CYCLES = {
    "monthly": 1,
    "bimonthly": 2,
    "quarterly": 3,
    "semiannual": 6,
    "semiannually": 6,
    "yearly": 12,
    "annual": 12,
    "annually": 12,
}


@dataclass(frozen=True, slots=True)
class InvoicingSettings:
    """How one connection's agreements are invoiced.

    Advance or arrears follows from when the MSP invoices and is no field (connectwise.md 4): `in_arrears` holds for all
    agreements but `arrears_exceptions`, which are ids of agreements that are the other way round; a child goes by its
    parent. `confirmed_cycles` are names of billing cycles whose proration an administrator has confirmed (billing
    rules 6); `lengths` are their months as ConnectWise said then, for a name may say nothing.
    """

    in_arrears: bool = False
    arrears_exceptions: frozenset[str] = frozenset()
    confirmed_cycles: frozenset[str] = frozenset({"Monthly"})
    lengths: Mapping[str, int] = field(default_factory=dict)

    def is_in_arrears(self, agreement_id: str) -> bool:
        """Whether the agreement's invoices cover the time before their date."""
        return self.in_arrears is not (agreement_id in self.arrears_exceptions)

    def is_confirmed(self, cycle: str) -> bool:
        """Whether an administrator has confirmed how a cycle prorates. Case, spaces and hyphens do not count."""
        return simplify(cycle) in {simplify(each) for each in self.confirmed_cycles}

    def count_months(self, cycle: str) -> int | None:
        """How many whole months a cycle lasts, as ConnectWise said, else as its name says; None where neither does."""
        told = {simplify(name): months for name, months in self.lengths.items()}
        return told.get(simplify(cycle)) or count_months(cycle)


def count_months(cycle: str) -> int | None:
    """How many whole months a cycle of this name lasts; None where its name does not say so."""
    return MONTHS_OF_CYCLES.get(simplify(cycle))


def simplify(cycle: str) -> str:
    """A cycle's name without what people write differently: case, spaces, hyphens."""
    return "".join(sign for sign in cycle.casefold() if sign.isalnum())
