"""What a PSA said of itself and of our rights, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from plans.budget import SLOW_PERCENT, STOP_PERCENT, Pace, RequestBudget
from plans.connecting import AutotaskConnection, ConnectWiseConnection, PsaConnection, PsaKind
from plans.permissions import (
    CompanyUnknown,
    Connected,
    KeysRefused,
    NotReached,
    PermissionReport,
    RightReport,
    Standing,
    Suspended,
)
from web.pages.psa_forms import PSA_NAMES
from web.pages.view import Tone
from web.wording import clean, write_count, write_number_of

UNTOLD = "not told"
RIGHTS_WORDS: dict[PsaKind, str] = {"connectwise": "security role", "autotask": "security level"}
NOTHING_PLANNED = "no night can plan anything, so nothing is written."
NOTHING_WRITTEN = "plans and previews work, and every write is refused."
# What stops without a right (docs/permissions.md), by what the PSA's adapter says it is needed for.
CONSEQUENCES = {
    "linking companies with tenants": "no customer can be added.",
    "contact sync, if you use it": "everything but contact sync works.",
    "reading agreements and their additions": NOTHING_PLANNED,
    "making and changing additions": NOTHING_WRITTEN,
    "learning which period is already invoiced": (
        "increases are written, and whatever needs the invoiced period is held: decreases above all."
    ),
    "choosing products": "no billing profile can be made.",
    "reading billing cycles and agreement types": (
        "no cycle but Monthly can be confirmed, and no agreement type be chosen."
    ),
    "reading contracts, their services and bundles, and the units of each period": NOTHING_PLANNED,
    "adding services to contracts, and adjusting their units": NOTHING_WRITTEN,
    "choosing services, and seeing which are in a bundle": (
        "no billing profile can be made, and nothing is planned for a contract with a bundle."
    ),
    "comparing with what was invoiced": "forecasts have nothing to compare with; billing goes on.",
    "seeing how many requests all programs together made, and slowing down before Autotask stops them": (
        "everything works; Seatledger counts its own requests alone."
    ),
}
STOPS_WRITES = frozenset(
    needed_for for needed_for, lost in CONSEQUENCES.items() if lost in (NOTHING_PLANNED, NOTHING_WRITTEN)
)
STANDING_WORDS = {
    Standing.GRANTED: ("Granted", Tone.GOOD),
    Standing.REFUSED: ("Missing", Tone.BAD),
    Standing.UNREAD: ("Not known", Tone.LOOK),
    Standing.UNTRIED: ("Shown by the first write", Tone.PLAIN),
}


@dataclass(frozen=True, slots=True)
class RightRow:
    """One right. `sentence` says what was found and what to do; empty where all is well."""

    name: str
    level: str
    needed_for: str
    word: str
    tone: Tone
    sentence: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """The answer of a PSA: how it is in one word, what that means, its facts, and our rights.

    `psa` is what its kind is called, `rights_word` what people there call the place of the rights; `asked_at` is
    when it was asked, in words.
    """

    psa: str
    rights_word: str
    word: str
    tone: Tone
    sentence: str
    facts: tuple[tuple[str, str], ...]
    rights: tuple[RightRow, ...]
    asked_at: str = ""


def make_report(report: PermissionReport, zone: str, connection: PsaConnection) -> ReportView:
    """The words for a report; `zone` is the one in which Seatledger counts days."""
    psa, place = PSA_NAMES[connection.kind], RIGHTS_WORDS[connection.kind]
    match report.connection:
        case NotReached(sentence):
            return ReportView(psa, place, "Not reached", Tone.BAD, clean(sentence), (), ())
        case Suspended(sentence):
            return ReportView(psa, place, "Stopped for now", Tone.LOOK, clean(sentence), (), ())
        case CompanyUnknown(sentence):
            return ReportView(psa, place, "Company not known", Tone.BAD, clean(sentence), (), ())
        case KeysRefused(sentence):
            return ReportView(psa, place, "Keys refused", Tone.BAD, clean(sentence), (), ())
        case Connected() as connected:
            rights = tuple(map(make_right, report.rights))
            word, tone, sentence = judge(report, psa)
            if connected.sentence:
                sentence = f"{sentence} {clean(connected.sentence)}"
            return ReportView(psa, place, word, tone, sentence, list_facts(connected, zone, connection), rights)


def judge(report: PermissionReport, psa: str) -> tuple[str, Tone, str]:
    """How a PSA that answers is, in one word and one sentence."""
    missing = report.missing
    unread = [each for each in report.rights if each.standing is Standing.UNREAD and not each.is_optional]
    budget = report.connection.budget if isinstance(report.connection, Connected) else None
    if missing:
        lost = "; ".join(f"{each.name} ({each.level}) for {each.needed_for}" for each in missing)
        is_stopped = not STOPS_WRITES.isdisjoint(each.needed_for for each in missing)
        word, tone = ("Cannot write", Tone.BAD) if is_stopped else ("Rights missing", Tone.LOOK)
        return word, tone, f"{write_number_of(len(missing), 'right')} missing: {lost}."
    if budget is not None and budget.pace is not Pace.FREE:
        word = "Stopped for now" if budget.pace is Pace.STOPPED else "Slowed down"
        return word, Tone.LOOK, budget.describe()
    if unread:
        return "Partly read", Tone.LOOK, f"{write_number_of(len(unread), 'right')} could not be looked at. Try again."
    optional = [each for each in report.rights if each.standing is Standing.REFUSED]
    if optional:
        left_out = "; ".join(each.needed_for for each in optional)
        return "Good", Tone.GOOD, f"{psa} accepts the keys. Not possible with these rights: {left_out}."
    return "Good", Tone.GOOD, f"{psa} accepts the keys, and every right that can be looked at is there."


def list_facts(connected: Connected, zone: str, connection: PsaConnection) -> tuple[tuple[str, str], ...]:
    """What a PSA says of itself, in words."""
    match connection:
        case ConnectWiseConnection():
            kinds = {True: "ConnectWise's cloud", False: "a server of your own", None: UNTOLD}
            clock = clean(connected.time_zone)
            return (
                ("Version", clean(connected.version) or UNTOLD),
                ("Runs on", kinds[connected.is_cloud]),
                ("Its clock", write_clock(clock, zone) if clock else UNTOLD),
                ("Codebase", clean(connected.codebase).strip("/") or UNTOLD),
            )
        case AutotaskConnection():
            budget = connected.budget
            return (
                ("Zone found", write_host(connection.zone_url) or UNTOLD),
                ("Database", clean(connection.database) or UNTOLD),
                ("Requests this hour", UNTOLD if budget is None else write_budget(budget)),
            )


def write_clock(clock: str, zone: str) -> str:
    """Where the PSA's day begins, beside ours; the two have other names for one place."""
    if clock == zone:
        return f"{clock}, as Seatledger's"
    return f"{clock}. Seatledger counts days in {zone}: good where both show the same time of day, else days shift."


def write_budget(budget: RequestBudget) -> str:
    """How much of the hour's requests is used, by everybody, and what Seatledger does about it."""
    if budget.is_own:
        return (
            f"{write_count(budget.used)} of {write_count(budget.limit)} that Seatledger allows itself, "
            f"{budget.percent} %. It may not see Autotask's own counter, and counts what it asked itself since it was "
            f"started. It slows down from {SLOW_PERCENT} % and stops from {STOP_PERCENT} %; it goes on by itself."
        )
    return (
        f"{write_count(budget.used)} of {write_count(budget.limit)} used, {budget.percent} %, counting every program "
        f"that asks this Autotask. Seatledger slows down from {SLOW_PERCENT} % and stops from {STOP_PERCENT} %; it "
        "goes on by itself."
    )


def write_host(url: str) -> str:
    """The host of an address, with its port where it has one."""
    return clean(urlsplit(url).netloc)


def make_right(right: RightReport) -> RightRow:
    """The words for one right."""
    word, tone = STANDING_WORDS[right.standing]
    if right.standing is Standing.REFUSED and right.is_optional:
        word, tone = "Not given", Tone.PLAIN
    sentence = clean(right.sentence) if right.standing is not Standing.UNTRIED else ""
    lost = CONSEQUENCES.get(right.needed_for, "")
    if lost and right.standing is Standing.REFUSED:
        sentence = f"{sentence} Without it, {lost}".strip()
    return RightRow(right.name, right.level, right.needed_for, word, tone, sentence)
