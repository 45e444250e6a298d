"""From kept alerts to the inbox: what needs a person, what presses most first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote
from zoneinfo import ZoneInfo

from notify.addresses import write_mute, write_target
from notify.digest_mail import write_amount, write_needs, write_stake
from notify.entries import make_entries
from notify.entries import order as order_as_told
from notify.licence_names import name_licence
from notify.quiet import sort_mutes
from plans.alerts.alert import AddCustomer, AlertKind, ConfirmRemoval, KeptAlert, Severity
from plans.alerts.kinds import KINDS
from plans.alerts.notifications import Mute
from web.csv_files import Cell
from web.pages.listing import (
    Ask,
    Head,
    Listing,
    Sorter,
    cut_listing,
    find,
    make_chips,
    make_columns,
    order,
    write_how_many,
)
from web.pages.view import Tone
from web.wording import clean, hide_ids, name_customer, write_number_of, write_short_day

MUTED = "muted"
TONES = {Severity.NOW: Tone.BAD, Severity.SOON: Tone.LOOK, Severity.KNOW: Tone.PLAIN}
PRESSING = {Severity.NOW: "Now", Severity.SOON: "Soon", Severity.KNOW: "Good to know"}
HEADS = (
    Head("Customer", "customer"),
    Head("What"),
    Head("At stake", "money"),
    Head("Since", "since"),
    Head("Next step"),
)
SORTERS: tuple[Sorter[KeptAlert], ...] = (
    Sorter("customer", lambda kept: clean(kept.alert.customer_name).casefold()),
    Sorter("money", lambda kept: kept.alert.stake, is_number=True),
    Sorter("since", lambda kept: kept.first_seen),
)
CSV_HEADER = ("Customer", "Kind", "Licence", "What", "A month", "Once", "Since", "Next step", "Muted")


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert. `mute` is where it is muted; empty where it is already, and `muted` says by whom and why.

    `is_for_operators`: the page of its next step only decides, and shows nothing to who may only look.
    """

    key: str
    customer: str
    customer_address: str
    heading: str
    licence: str
    pressing: str
    tone: Tone
    sentence: str
    money: str
    often: str
    since: str
    step: str
    address: str
    is_for_operators: bool
    mute: str
    muted: str


@dataclass(frozen=True, slots=True)
class AlertsView:
    """The inbox."""

    headline: str
    when: str
    listing: Listing[AlertRow]
    alert_count: int
    muted_count: int
    meanings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Inbox:
    """Every alert that stands and is heard of, those that are muted apart, with the mute."""

    loud: tuple[KeptAlert, ...]
    muted: tuple[tuple[KeptAlert, Mute], ...]

    @property
    def mute_of(self) -> dict[str, Mute]:
        """Which mute keeps an alert quiet, by alert."""
        return {kept.id: mute for kept, mute in self.muted}


def sort_out(standing: Sequence[KeptAlert], mutes: Sequence[Mute], today: date) -> Inbox:
    """What is loud and what is muted, each by how much it presses; what presses as much, as a digest tells it."""
    loud: list[KeptAlert] = []
    muted: list[tuple[KeptAlert, Mute]] = []
    quiet = sort_mutes(mutes)
    told = order_as_told(each for each in standing if each.is_heard)
    for kept in sorted(told, key=lambda kept: tuple(Severity).index(kept.alert.severity)):
        mute = quiet.find(kept, today)
        if mute is None:
            loud.append(kept)
        else:
            muted.append((kept, mute))
    return Inbox(tuple(loud), tuple(muted))


def select(inbox: Inbox, ask: Ask) -> list[KeptAlert]:
    """What the address asks for."""
    if ask.state == MUTED:
        chosen = [kept for kept, _ in inbox.muted]
    else:
        chosen = [kept for kept in inbox.loud if not ask.state or kept.alert.kind == ask.state]
    return order(find(chosen, ask.search, find_by), ask.sort, SORTERS)


def find_by(kept: KeptAlert) -> str:
    """What a search looks at."""
    alert = kept.alert
    sentence = hide_ids(alert.sentence, alert.tenant_id)
    return f"{name_customer(alert)} {name_licence(alert.licence_name)} {KINDS[alert.kind].word} {sentence}".casefold()


def make_view(inbox: Inbox, ask: Ask, zone: ZoneInfo, currency: str) -> AlertsView:
    """The page as the address asks for it."""
    chosen = select(inbox, ask)
    loud = find(inbox.loud, ask.search, find_by)
    muted = find([kept for kept, _ in inbox.muted], ask.search, find_by)
    counts = Counter(kept.alert.kind.value for kept in loud) | Counter({MUTED: len(muted)})
    kinds = [(kind.value, KINDS[kind].word, Tone.PLAIN) for kind in AlertKind] + [(MUTED, "Muted", Tone.PLAIN)]
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(loud), kinds, counts, "Not muted" if muted else "All"),
        make_columns(ask, HEADS, SORTERS),
        write_counted(inbox, len(chosen), ask),
    )
    mutes = inbox.mute_of
    return AlertsView(
        headline=write_headline(inbox.loud, currency),
        when="Now comes first, then Soon, then Good to know. In each the most money is first, after what presses now "
        "and has no price. Above, one licence's seats in two alerts count once, as the larger sum. "
        f"Days: {zone.key}.",
        listing=listing.show(lambda kept: make_row(kept, mutes.get(kept.id), zone, currency)),
        alert_count=len(inbox.loud) + len(inbox.muted),
        muted_count=len(inbox.muted),
        meanings=explain_kinds(listing.page.rows),
    )


def explain_kinds(shown: Sequence[KeptAlert]) -> tuple[tuple[str, str], ...]:
    """What the kinds that stand on the screen mean."""
    kinds = {kept.alert.kind for kept in shown}
    return tuple((words.word, words.meaning) for kind, words in KINDS.items() if kind in kinds)


def write_counted(inbox: Inbox, shown: int, ask: Ask) -> str:
    """28 alerts about 26 things: the headline and mails count what is told together as one."""
    if ask.state == MUTED:
        return write_how_many(shown, len(inbox.muted), "alert")
    said, things = write_how_many(shown, len(inbox.loud), "alert"), len(make_entries(inbox.loud))
    if shown != len(inbox.loud) or things == shown:
        return said
    return f"{said} about {write_number_of(things, 'thing')}: the headline and mails count what is told together as one"


def write_headline(loud: Sequence[KeptAlert], currency: str) -> str:
    """12 things need you, 3 more are good to know; about 700.00 USD a month is at stake; held changes of about
    +594.00 USD and −88.00 USD a month."""
    if not loud:
        return "Nothing needs you."
    rest, moved = write_stake(loud, currency)
    about = f"about {rest} is at stake" if rest else ""
    held = f"held changes of about {moved}" if moved else ""
    return f"{'; '.join(filter(None, (write_needs(loud, 'thing'), about, held)))}."


def make_row(kept: KeptAlert, mute: Mute | None, zone: ZoneInfo, currency: str) -> AlertRow:
    """The words for one alert."""
    alert = kept.alert
    amount, often = write_amount(alert, currency), "a month" if alert.once is None else "once"
    return AlertRow(
        key=kept.id,
        customer=name_customer(alert),
        customer_address=f"/customers/{quote(alert.customer_id, safe='')}" if alert.customer_id else "",
        heading=KINDS[alert.kind].word,
        licence=name_licence(alert.licence_name) if alert.licence_name else "",
        pressing=PRESSING[alert.severity],
        tone=TONES[alert.severity],
        sentence=hide_ids(alert.sentence, alert.tenant_id),
        money=amount.removesuffix(f" {often}"),
        often=often,
        since=write_short_day(kept.first_seen.astimezone(zone).date()),
        step=alert.step,
        address=write_target(alert),
        is_for_operators=isinstance(alert.target, AddCustomer | ConfirmRemoval),
        mute="" if mute is not None else write_mute(kept.id),
        muted="" if mute is None else describe_mute(mute),
    )


def describe_mute(mute: Mute) -> str:
    """Muted by Ada until 24 Dec 2026: they know."""
    until = "" if mute.until is None else f" until {write_short_day(mute.until)}"
    return f"Muted by {clean(mute.muted_by)}{until}: {clean(mute.reason)}"


def make_csv_rows(chosen: Sequence[KeptAlert], mutes: dict[str, Mute], zone: ZoneInfo) -> Iterator[tuple[Cell, ...]]:
    """The columns of the page."""
    for kept in chosen:
        alert = kept.alert
        mute = mutes.get(kept.id)
        yield (
            name_customer(alert),
            KINDS[alert.kind].word,
            name_licence(alert.licence_name) if alert.licence_name else "",
            hide_ids(alert.sentence, alert.tenant_id),
            alert.monthly,
            alert.once,
            kept.first_seen.astimezone(zone).date(),
            alert.step,
            "" if mute is None else describe_mute(mute),
        )
