"""How far a reading is that a person asked for: the step and its count. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from plans.account_records import PartnerRefresh, ReadingStep
from plans.connecting import PartnerAccount
from web.pages.view import Step, Tone
from web.wording import hide_ids, write_number_of

STEPS = {
    ReadingStep.SIGN_IN: "Signing in",
    ReadingStep.RELATIONSHIPS: "GDAP relationships",
    ReadingStep.CUSTOMERS: "Partner Center's customers",
}
SHOWN_FOR = timedelta(hours=1)
DIED = "The reading stopped before its end, perhaps because Seatledger was restarted. Read it again."


@dataclass(frozen=True, slots=True)
class RefreshView:
    """The piece of the page; `steps` are shown while it goes on."""

    sentence: str
    tone: Tone
    is_running: bool
    steps: tuple[Step, ...] = ()


def make_progress(account: PartnerAccount, refresh: PartnerRefresh | None, now: datetime) -> RefreshView | None:
    """The newest reading that was asked for; None where nobody did lately."""
    if refresh is None or now - refresh.told_at > SHOWN_FOR:
        return None
    if refresh.has_died(now):
        return RefreshView(DIED, Tone.LOOK, is_running=False)
    if not refresh.is_running(now):
        if refresh.sentence:
            return RefreshView(hide_ids(refresh.sentence, account.tenant_id), Tone.BAD, is_running=False)
        return RefreshView(f"{write_number_of(refresh.tenant_count, 'tenant')} found.", Tone.GOOD, is_running=False)
    return RefreshView(write_step(refresh), Tone.BUSY, is_running=True, steps=list_steps(account, refresh.step))


def write_step(refresh: PartnerRefresh) -> str:
    """What it does, and how many rows have come."""
    match refresh.step:
        case ReadingStep.SIGN_IN:
            return "Signing in at Microsoft"
        case ReadingStep.RELATIONSHIPS:
            return f"Reading GDAP relationships: {refresh.count:,} so far"
        case ReadingStep.CUSTOMERS:
            return f"Reading Partner Center: {write_number_of(refresh.count, 'customer')} so far"


def list_steps(account: PartnerAccount, current: ReadingStep) -> tuple[Step, ...]:
    """Those that this account has: Partner Center is read where it may be."""
    wanted = [each for each in ReadingStep if each is not ReadingStep.CUSTOMERS or account.model.reads_partner_center]
    at = wanted.index(current) if current in wanted else 0
    return tuple(Step(STEPS[each], index < at, index == at) for index, each in enumerate(wanted))
