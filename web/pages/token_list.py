"""The tokens of scripts as a list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from plans.tokens import ApiToken, TokenRole
from web.pages.view import Tone
from web.wording import clean, write_moment, write_number_of, write_short_day

ENDED_SHOWN = 50
SOON = timedelta(days=14)
ROLE_WORDS = {
    TokenRole.READER: ("Reader", "looks at everything that the API shows"),
    TokenRole.OPERATOR: ("Operator", "also adds customers, maps licences, syncs, approves, refuses and takes back"),
    TokenRole.ADMINISTRATOR: (
        "Administrator",
        "also sets brakes, pause and what is told; for 90 days at most",
    ),
}
LIVES = (30, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token. `id` is what revoking it posts; it is empty where it opens nothing any more."""

    id: str
    name: str
    ending: str
    role: str
    created: str
    ends: str
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class TokensView:
    """The page. `hidden` says how many more ended ones there are than are shown."""

    headline: str
    rows: tuple[TokenRow, ...]
    hidden: str


def make_list(tokens: Sequence[ApiToken], now: datetime, zone: ZoneInfo) -> TokensView:
    """Those that open something first, then those that do not, each the newest first."""
    good = [token for token in tokens if token.is_good(now)]
    ended = [token for token in tokens if not token.is_good(now)]
    hidden = max(0, len(ended) - ENDED_SHOWN)
    opens = "opens" if len(good) == 1 else "open"
    return TokensView(
        headline=f"{write_number_of(len(good), 'token')} {opens} the API." if good else "No token opens the API.",
        rows=tuple(make_row(token, now, zone) for token in (*good, *ended[:ENDED_SHOWN])),
        hidden=f"{write_number_of(hidden, 'older token')} that ended before are not shown." if hidden else "",
    )


def make_row(token: ApiToken, now: datetime, zone: ZoneInfo) -> TokenRow:
    """The words for one token."""
    word, tone = find_state(token, now)
    return TokenRow(
        id=token.id if token.is_good(now) else "",
        name=clean(token.name),
        ending=token.ending,
        role=ROLE_WORDS[token.role][0],
        created=f"{write_moment(token.created_at, zone)} by {clean(token.created_by)}",
        ends=write_end(token, zone),
        word=word,
        tone=tone,
    )


def find_state(token: ApiToken, now: datetime) -> tuple[str, Tone]:
    """Whether it opens anything."""
    if token.is_revoked:
        return "Revoked", Tone.PLAIN
    if token.is_expired(now):
        return "Expired", Tone.PLAIN
    return ("Expires soon", Tone.LOOK) if now + SOON >= token.expires_at else ("Good", Tone.GOOD)


def write_end(token: ApiToken, zone: ZoneInfo) -> str:
    """Until when it opens something, or who ended it when."""
    if token.revoked_at is not None:
        return f"{write_moment(token.revoked_at, zone)} by {clean(token.revoked_by or '')}"
    return write_short_day(token.expires_at.astimezone(zone).date())
