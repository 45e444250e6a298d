"""What nobody can read from Autotask about how an MSP bills, and an administrator has to say."""

from __future__ import annotations

from dataclasses import dataclass

from psa.autotask.translate import COLLECTING_NIGHTS


@dataclass(frozen=True, slots=True)
class BillingSettings:
    """How one connection's contracts are billed.

    `prorates` says whether increases count from their day, or from the next period on, where a customer says nothing
    else. What takes effect later is collected, and written `lead_nights` nights before its period is posted.
    """

    prorates: bool = True
    lead_nights: int = COLLECTING_NIGHTS
