"""From mutes to the page Muted: those that are on first, then those that are over. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from plans.alerts.notifications import Mute
from web.pages.listing import Ask, Listing, cut_listing, find, make_chips, write_how_many
from web.pages.view import Tone
from web.wording import clean, write_number_of, write_short_day

ON, OVER = "on", "over"


@dataclass(frozen=True, slots=True)
class MuteRow:
    """One mute in words; `mute_id` takes it back."""

    mute_id: str
    about: str
    until: str
    reason: str
    by: str
    day: str


@dataclass(frozen=True, slots=True)
class MutesView:
    """The page; `count` is how many there are, those that are over among them."""

    headline: str
    listing: Listing[MuteRow]
    count: int


def make_mutes_view(mutes: Sequence[Mute], ask: Ask, today: date, zone: ZoneInfo) -> MutesView:
    """What the address asks for. `today` is the MSP's day, `zone` its own."""
    found = find(mutes, ask.search, find_by)
    by_state = {
        ON: [mute for mute in found if mute.is_on(today)],
        OVER: [mute for mute in found if not mute.is_on(today)],
    }
    chosen = by_state.get(ask.state, [*by_state[ON], *by_state[OVER]])
    kinds = [(ON, "Muted now", Tone.PLAIN), (OVER, "Over", Tone.PLAIN)]
    counts = {state: len(rows) for state, rows in by_state.items()}
    how_many = write_how_many(len(chosen), len(mutes), "mute")
    listing = cut_listing(ask, chosen, make_chips(ask, len(found), kinds, counts), (), how_many)
    return MutesView(
        headline=write_headline(sum(mute.is_on(today) for mute in mutes)),
        listing=listing.show(lambda mute: make_row(mute, today, zone)),
        count=len(mutes),
    )


def write_headline(count: int) -> str:
    """3 things are muted; what is over is muted no more."""
    return f"{write_number_of(count, 'thing is', 'things are')} muted" if count else "Nothing is muted"


def find_by(mute: Mute) -> str:
    """What a search looks at."""
    return f"{mute.about} {mute.reason} {mute.muted_by}".casefold()


def make_row(mute: Mute, today: date, zone: ZoneInfo) -> MuteRow:
    """The words for one mute."""
    return MuteRow(
        mute_id=mute.id,
        about=clean(mute.about),
        until=describe_until(mute, today),
        reason=clean(mute.reason),
        by=clean(mute.muted_by),
        day=write_short_day(mute.muted_at.astimezone(zone).date()),
    )


def describe_until(mute: Mute, today: date) -> str:
    """Until 24 Dec 2026; for good; or that it is over."""
    if mute.until is None:
        return "for good"
    return f"until {write_short_day(mute.until)}" if mute.is_on(today) else f"over since {write_short_day(mute.until)}"
