"""Numbers, days and durations in words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from notify.wording import clean as clean
from notify.wording import close_marks as close_marks
from notify.wording import hide_ids as hide_ids
from notify.wording import is_visible as is_visible
from notify.wording import name_customer as name_customer
from notify.wording import write_count as write_count
from notify.wording import write_day as write_day
from notify.wording import write_number_of as write_number_of
from notify.wording import write_short_day as write_short_day
from plans.agreements import Addition
from plans.changes import HoldRule
from plans.edits import say_bundled
from profiles.billing import BillableOption
from profiles.licences import Term

HOLD_WORDS = {
    HoldRule.TO_ZERO: "Down to nothing",
    HoldRule.LARGE_DROP: "Large drop",
    HoldRule.LARGE_RISE: "Large rise",
    HoldRule.FIRST_BY_RULE: "First of a rule",
    HoldRule.UNADOPTED_ADDITION: "Billed twice?",
    HoldRule.NOT_SEARCHED: "Other agreements not read",
    HoldRule.FIRST_AFTER_ADOPTION: "First after adoption",
    HoldRule.COUNT_MISMATCH: "Count in doubt",
    HoldRule.INVOICING_UNKNOWN: "Invoicing unknown",
    HoldRule.PRORATION_SWITCHED: "Proration switched",
    HoldRule.START_ALREADY_INVOICED: "Start already invoiced",
    HoldRule.SUSPENDED: "Suspended at Microsoft",
    HoldRule.FLOOR_UNREAD: "Committed seats not read",
    HoldRule.UNMAPPED_RISE: "Moved to an unmapped licence?",
    HoldRule.LEFT_BEHIND: "Days left behind?",
    HoldRule.TRANSFER: "Half of a transfer",
    HoldRule.REFUSED: "Refused before",
    HoldRule.NOT_EXPRESSIBLE: "By hand only",
    HoldRule.NIGHT_DECREASES: "Many decreases in one night",
    HoldRule.NIGHT_INCREASES: "Many increases in one night",
    HoldRule.PAUSED: "Writing is paused",
}
TERM_WORDS = {Term.MONTHLY: "monthly", Term.ANNUAL: "annual", Term.TRIENNIAL: "three-year"}
BILLABLE_WORDS = {
    BillableOption.BILLABLE: "billable",
    BillableOption.DO_NOT_BILL: "not invoiced",
    BillableOption.NO_CHARGE: "no charge",
}

DECIDE, ADOPT = "Decide about it", "Adopt what is there"
ACCEPT = "Look at its additions, and accept them"
LET_IN = "Let the application into tenants"
CHECK_ACCESS = "Check consent and GDAP roles"
LOOK_AT_READING = "Read it again with Sync now"
LOOK_AT_WAITING = "See what to do"
# The same place, for whoever may look and not decide.
READERS_WORDS = {
    DECIDE: "See what is held",
    ADOPT: "See what is there",
    ACCEPT: "Look at its additions",
    LET_IN: "See which tenants let it in",
    LOOK_AT_READING: "See the customer",
    LOOK_AT_WAITING: "See what waits",
}

# 10→12, 1,000 → 990 (−10).
CHANGE = re.compile(r"[−-]?\d(?:[\d,.]*\d)?\s?→\s?[−-]?\d(?:[\d,.]*\d)?(?:\s\([+−][\d,.]+\))?")
FROM_THE_RIGHT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


def write_clock(moment: datetime) -> str:
    """02:00."""
    return f"{moment:%H:%M}"


def write_duration(length: timedelta) -> str:
    """The two units that matter: 8 s, 14 min 5 s, 1 h 3 min."""
    seconds = max(0, int(length.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def write_moment(moment: datetime, zone: ZoneInfo) -> str:
    """22 Nov 2026, 02:04 by the clock of the zone; the page names the zone once."""
    local = moment.astimezone(zone)
    return f"{write_short_day(local.date())}, {write_clock(local)}"


def write_difference(before: int, after: int) -> str:
    """+2 or −2."""
    return f"{after - before:+,}".replace("-", "−")


def write_quantity(quantity: Decimal | None) -> str:
    """12, or 1.5 where a person made it so; a word where there is none."""
    if quantity is None:
        return "no quantity"
    return f"{quantity:,f}".rstrip("0").rstrip(".") if "." in f"{quantity:f}" else f"{quantity:,f}"


def write_span(start: date, last: date) -> str:
    """On 1 Nov 2026; from 1 Nov 2026 through 30 Nov 2026."""
    return (
        f"on {write_short_day(start)}"
        if start == last
        else f"from {write_short_day(start)} through {write_short_day(last)}"
    )


def open_sentence(text: str) -> str:
    """The same with a capital first letter, whatever the rest is."""
    return text[:1].upper() + text[1:]


def write_bundled(bundled: Addition) -> str:
    """What a bundle bills of a product, as a sentence."""
    return open_sentence(f"{clean(say_bundled(bundled))}.")


def end_sentence(text: str) -> str:
    """The same with a full stop, unless it asks."""
    return text if not text or text.endswith((".", "?")) else f"{text}."


def write_for_reader(step: str, is_reader: bool) -> str:
    """The words of a link to a next step, for whoever may take it or only look."""
    return READERS_WORDS.get(step, step) if is_reader else step


def join(parts: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def keep_changes(text: str) -> str:
    """The same where nothing of it reads from right to left. A sentence with such a name reads from the left, and 10→12
    (+2) is kept to itself in it: beside such a name a browser would show 12→10."""
    if not CHANGE.search(text) or not any(unicodedata.bidirectional(letter) in FROM_THE_RIGHT for letter in text):
        return text
    return "\u200e" + CHANGE.sub("\u2066\\g<0>\u2069", text)


def isolate(text: str) -> str:
    """The same where it reads from left to right; one that does not, between marks that keep its order to itself. For
    the names of options and windows, where no `<bdi>` can stand."""
    is_mixed = any(unicodedata.bidirectional(letter) in FROM_THE_RIGHT for letter in text)
    return f"\u2068{text}\u2069" if is_mixed else text
