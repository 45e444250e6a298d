"""How far something is that a person asked for about an account: the step and its count. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from plans.account_records import Errand, ErrandKind, ReadingStep
from plans.connecting import PartnerAccount
from web.pages.view import Step, Tone
from web.wording import hide_ids, write_number_of

STEPS = {
    ReadingStep.SIGN_IN: "Signing in",
    ReadingStep.RELATIONSHIPS: "GDAP relationships",
    ReadingStep.CUSTOMERS: "Partner Center's customers",
}
SHOWN_FOR = timedelta(hours=1)
WAITS = "Asked; it begins within seconds"
DIED = (
    "It stopped before its end, perhaps because Seatledger was restarted. It goes on by itself within ten minutes; "
    "asking for it again begins it anew at once."
)


@dataclass(frozen=True, slots=True)
class ErrandView:
    """The piece of the page. It asks again while `is_open`, often while somebody `is_running` it; `steps` are shown
    then, and `count` of `total` where both are known.
    """

    sentence: str
    tone: Tone
    is_open: bool
    is_running: bool = False
    steps: tuple[Step, ...] = ()
    count: int = 0
    total: int = 0


def make_progress(account: PartnerAccount, errand: Errand | None, now: datetime) -> ErrandView | None:
    """The newest errand of a kind; None where nobody asked for it lately."""
    if errand is None or now - errand.told_at > SHOWN_FOR:
        return None
    if errand.has_died(now):
        return ErrandView(DIED, Tone.LOOK, is_open=True)
    if errand.is_running(now):
        steps = list_steps(account, errand.step) if errand.kind is ErrandKind.READ else ()
        total = len(errand.tenant_ids)
        return ErrandView(write_step(errand), Tone.BUSY, True, True, steps, errand.count, total)
    if errand.sentence:
        return ErrandView(hide_ids(errand.sentence, account.tenant_id), Tone.BAD, is_open=False)
    return ErrandView(write_end(errand), Tone.GOOD, is_open=False)


def write_end(errand: Errand) -> str:
    """What came of it."""
    match errand.kind:
        case ErrandKind.READ:
            return f"{write_number_of(errand.tenant_count, 'tenant')} found."
        case ErrandKind.LET_IN:
            asked = write_number_of(len(errand.tenant_ids), "tenant")
            return f"{errand.tenant_count:,} of {asked} let the application in."


def write_step(errand: Errand) -> str:
    """What it does, and how many rows have come."""
    if errand.waits:
        return WAITS
    if errand.kind is ErrandKind.LET_IN:
        return f"Letting the application in: {errand.count:,} of {write_number_of(len(errand.tenant_ids), 'tenant')}"
    match errand.step:
        case ReadingStep.SIGN_IN:
            return "Signing in at Microsoft"
        case ReadingStep.RELATIONSHIPS:
            return f"Reading GDAP relationships: {errand.count:,} so far"
        case ReadingStep.CUSTOMERS:
            return f"Reading Partner Center: {write_number_of(errand.count, 'customer')} so far"


def list_steps(account: PartnerAccount, current: ReadingStep) -> tuple[Step, ...]:
    """Those that this account has: Partner Center is read where it may be."""
    wanted = [each for each in ReadingStep if each is not ReadingStep.CUSTOMERS or account.model.reads_partner_center]
    at = wanted.index(current) if current in wanted else 0
    return tuple(Step(STEPS[each], index < at, index == at) for index, each in enumerate(wanted))
