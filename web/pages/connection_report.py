"""What a PSA said of itself and of our rights, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from plans.permissions import (
    CompanyUnknown,
    Connected,
    KeysRefused,
    NotReached,
    PermissionReport,
    RightReport,
    Standing,
)
from web.pages.view import Tone
from web.wording import clean, write_number_of

UNTOLD = "not told"
STANDING_WORDS = {
    Standing.GRANTED: ("Granted", Tone.GOOD),
    Standing.REFUSED: ("Missing", Tone.BAD),
    Standing.UNREAD: ("Not known", Tone.LOOK),
    Standing.UNTRIED: ("Told by the first write", Tone.PLAIN),
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
    """The answer of a PSA: how it is in one word, what that means, its facts, and our rights."""

    word: str
    tone: Tone
    sentence: str
    facts: tuple[tuple[str, str], ...]
    rights: tuple[RightRow, ...]


def make_report(report: PermissionReport, zone: str) -> ReportView:
    """The words for a report; `zone` is the one in which Seatledger counts days."""
    match report.connection:
        case NotReached(sentence):
            return ReportView("Not reached", Tone.BAD, clean(sentence), (), ())
        case CompanyUnknown(sentence):
            return ReportView("Company not known", Tone.BAD, clean(sentence), (), ())
        case KeysRefused(sentence):
            return ReportView("Keys refused", Tone.BAD, clean(sentence), (), ())
        case Connected() as connected:
            rights = tuple(map(make_right, report.rights))
            word, tone, sentence = judge(report)
            if connected.sentence:
                sentence = f"{sentence} {clean(connected.sentence)}"
            return ReportView(word, tone, sentence, list_facts(connected, zone), rights)


def judge(report: PermissionReport) -> tuple[str, Tone, str]:
    """How a PSA that answers is, in one word and one sentence."""
    missing = report.missing
    unread = [each for each in report.rights if each.standing is Standing.UNREAD and not each.is_optional]
    if missing:
        lost = "; ".join(f"{each.name} ({each.level}) for {each.needed_for}" for each in missing)
        return "Rights missing", Tone.LOOK, f"{write_number_of(len(missing), 'right')} missing: {lost}."
    if unread:
        return "Partly read", Tone.LOOK, f"{write_number_of(len(unread), 'right')} could not be looked at. Try again."
    optional = [each for each in report.rights if each.standing is Standing.REFUSED]
    if optional:
        left_out = "; ".join(each.needed_for for each in optional)
        return "Good", Tone.GOOD, f"ConnectWise accepts the keys. Not possible with these rights: {left_out}."
    return "Good", Tone.GOOD, "ConnectWise accepts the keys, and every right that can be looked at is there."


def list_facts(connected: Connected, zone: str) -> tuple[tuple[str, str], ...]:
    """What a PSA says of itself, in words."""
    kinds = {True: "ConnectWise's cloud", False: "a server of your own", None: UNTOLD}
    clock = clean(connected.time_zone)
    return (
        ("Version", clean(connected.version) or UNTOLD),
        ("Runs on", kinds[connected.is_cloud]),
        ("Its clock", f"{clock}; yours is {zone}. Both should be the same place." if clock else UNTOLD),
        ("Codebase", clean(connected.codebase).strip("/") or UNTOLD),
    )


def make_right(right: RightReport) -> RightRow:
    """The words for one right."""
    word, tone = STANDING_WORDS[right.standing]
    if right.standing is Standing.REFUSED and right.is_optional:
        word, tone = "Not given", Tone.PLAIN
    sentence = clean(right.sentence) if right.standing is not Standing.UNTRIED else ""
    return RightRow(right.name, right.level, right.needed_for, word, tone, sentence)
