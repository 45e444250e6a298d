"""The night's first look at Microsoft: whom each partner account reaches. Never in the way of the night (R11)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from plans.ports import Outside, PartnerReader
from plans.results import TenantResult
from profiles.partners import (
    ActiveGdap,
    LapsedGdap,
    PartnerOutcome,
    PartnerReading,
    UnreadPartner,
    carry_lapsed,
    explain_refusal,
    is_unlisted,
)
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync.deadlines import say_too_late, stop_in_time
from sync.messages import PartnerCounts

LOG = logging.getLogger(__name__)


async def read_partners(outside: Outside, run_id: str) -> PartnerCounts:
    """Read every partner account into the archive, those that were read already left out, and add them up."""
    asked = (read_account(outside, run_id, name, reader) for name, reader in outside.partners.items())
    return add_up(outside, await asyncio.gather(*asked))


async def read_account(outside: Outside, run_id: str, account_id: str, reader: PartnerReader) -> PartnerOutcome:
    """Read one account; why not, where that fails. What the newest reading had and this one lost has lapsed."""
    kept = await outside.archive.read_partner(run_id, account_id)
    if isinstance(kept, PartnerReading):
        return kept
    outcome: PartnerOutcome
    match await read_in_time(outside, reader):
        case Known(reading):
            outcome = carry_lapsed(await outside.archive.read_newest_partner(account_id), reading)
        case Unknown(reason, detail):
            LOG.warning("Partner account %s could not be read: %s", account_id, detail)
            outcome = UnreadPartner(account_id, outside.now(), reason, detail)
    await outside.archive.save_partner(run_id, outcome)
    return outcome


async def read_in_time(outside: Outside, reader: PartnerReader) -> Reading[PartnerReading]:
    """The account as Microsoft has it; Unknown where that takes longer than a step may."""
    try:
        async with stop_in_time(outside.limits):
            return await reader.read_partner()
    except TimeoutError:
        sentence = f"Microsoft {say_too_late(outside.limits)}. The next run reads the account again."
        return Unknown(UnknownReason.NOT_READ_IN_TIME, sentence)


def add_up(outside: Outside, outcomes: Sequence[PartnerOutcome]) -> PartnerCounts:
    """How many accounts and tenants, and how many of them need a person soon."""
    readings = [outcome for outcome in outcomes if isinstance(outcome, PartnerReading)]
    states = [tenant.gdap for reading in readings for tenant in reading.tenants]
    return {
        "accounts": len(readings),
        "unread": len(outcomes) - len(readings),
        "tenants": len(states),
        "lapsed": sum(isinstance(state, LapsedGdap) for state in states),
        "expiring": sum(isinstance(state, ActiveGdap) and state.expires_soon(outside.now()) for state in states),
    }


async def has_left(outside: Outside, run_id: str, row: TenantResult) -> bool:
    """Whether the tenant holds nothing because it is nobody's customer here any more: a person confirmed it, and this
    very run has read the account and found it unlisted. One without the other is no zero (R4).
    """
    name = row.partner_account_id or next(iter(outside.partners), None)
    if not row.is_gone or name is None:
        return False
    outcome = await outside.archive.read_partner(run_id, name)
    return isinstance(outcome, PartnerReading) and is_unlisted(outcome, row.tenant_id)


async def explain_unknown(
    outside: Outside, run_id: str, tenant_id: str, account_id: str | None, unknown: Unknown
) -> str:
    """Why a tenant is unknown, with what this run knows of our access to it."""
    name = account_id or next(iter(outside.partners), None)
    outcome = None if name is None else await outside.archive.read_partner(run_id, name)
    return explain_refusal(unknown, outcome, tenant_id)
