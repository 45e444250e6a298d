"""A digest as a mail: a subject, a text, and HTML that is right on a phone, in light and in dark. Pure.

Names that customers gave themselves go through here: the HTML is escaped by its template, the text is one line each,
and the subject has none of them (S9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from notify.addresses import INBOX, NOTIFICATIONS_PATH, write_target
from notify.digest import Digest, add_stake
from notify.entries import Entry, make_entries
from notify.licence_names import name_licence
from notify.wording import clean, cut, hide_ids, name_customer, write_day, write_money, write_number_of, write_short_day
from plans.alerts.alert import Alert, AlertKind, KeptAlert, Severity
from plans.alerts.kinds import KINDS
from plans.mail import Mail

FOLDER = Path(__file__).parent / "templates"
MOST_NEW = 30
MOST_OTHERS = 12
# Gmail shows no more than 102 KB of a mail; what holds more lines than fit is made shorter.
LARGEST_HTML_BYTES = 90_000
FEWER = (MOST_NEW, 20, MOST_OTHERS, 6, 3, 1)
MOST_PARTS = 5
LONGEST_NAME = 120
LONGEST_SENTENCE = 500
HOW_IT_IS_ORDERED = "What presses now and has no price first, then the most money; seats in two lines count once."
SEVERITY_WORDS = {Severity.NOW: "Now", Severity.SOON: "Soon", Severity.KNOW: "Good to know"}

type WriteLink = Callable[[str], str]
"""The whole address of a path of our pages."""

type WriteMuteLink = Callable[[Alert], str]
"""The whole address of the page that asks whether an alert is to be muted."""


@dataclass(frozen=True, slots=True)
class MailLine:
    """One thing as a line; `parts` are what it names. Links are empty where nobody said where the pages are."""

    heading: str
    customer: str
    licence: str
    sentence: str
    money: str
    since: str
    pressing: str
    step: str
    step_link: str
    mute_link: str
    parts: tuple[MailLine, ...] = ()
    more_parts: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A list of a mail; `more` says how many lines were left out. Where it is brief its lines were told before: they
    name the thing and its step, and no more."""

    title: str
    lines: tuple[MailLine, ...]
    more: str
    is_solved: bool = False
    is_brief: bool = False


@dataclass(frozen=True, slots=True)
class MailLinks:
    """How links are written, for one recipient."""

    write: WriteLink
    write_mute: WriteMuteLink


@cache
def load_template() -> Template:
    """The HTML, compiled once a process."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html")


def make_mail(mail_id: str, digest: Digest, links: MailLinks, currency: str, made_at: datetime) -> Mail:
    """The mail of a digest, with as many lines as mailboxes show. `made_at` is aware, in UTC; `currency` a code or a
    symbol."""
    made = (write_mail(mail_id, digest, links, currency, made_at, most) for most in FEWER)
    fitting = (mail for mail in made if len(mail.html.encode()) <= LARGEST_HTML_BYTES)
    return next(fitting, None) or write_mail(mail_id, digest, links, currency, made_at, FEWER[-1])


def write_mail(mail_id: str, digest: Digest, links: MailLinks, currency: str, made_at: datetime, most: int) -> Mail:
    """The same with so many lines a list at most."""
    sections = list_sections(digest, links, currency, most)
    headline = write_headline(digest, currency)
    opening = write_opening(digest)
    inbox, settings = links.write(INBOX), links.write(NOTIFICATIONS_PATH)
    html = load_template().render(
        headline=headline,
        opening=opening,
        day=write_day(digest.day),
        sections=sections,
        inbox=inbox,
        settings=settings,
        ordered=HOW_IT_IS_ORDERED,
    )
    text = write_text(headline, opening, write_day(digest.day), sections, inbox, settings)
    return Mail(mail_id, digest.recipient.address, f"Seatledger: {headline}", text, html, made_at)


def write_headline(digest: Digest, currency: str) -> str:
    """What it comes to, in a line: 3 new things need you, about 700.00 USD a month."""
    if digest.new:
        rest, moved = write_stake(digest.new, currency)
        about = f"about {rest}" if rest else ""
        held = f"held changes of {moved}" if moved else ""
        return ", ".join(filter(None, (write_needs(digest.new, "new thing"), about, held)))
    left = f"{write_number_of(digest.open_count, 'thing')} still open" if digest.open_count else ""
    if digest.solved:
        solved = write_number_of(len(make_entries(digest.solved)), "thing")
        return f"{solved} solved, {left or 'nothing needs you any more'}"
    if not digest.is_due:
        return f"nothing new so far, {left or 'all well'}"
    return f"{'nights are missing' if has_missed_night(digest) else 'a quiet week'}, {left or 'all well'}"


def has_missed_night(digest: Digest) -> bool:
    """Whether nothing is new because nothing was read."""
    return any(kept.alert.kind is AlertKind.NIGHT_MISSED for kept in digest.still)


def write_needs(alerts: Sequence[KeptAlert], noun: str) -> str:
    """3 things need you, 2 more are good to know."""
    things = make_entries(alerts)
    needing = sum(entry.kept.alert.severity is not Severity.KNOW for entry in things)
    knowing = len(things) - needing
    parts = [f"{write_number_of(needing, noun)} {'needs' if needing == 1 else 'need'} you"] if needing else []
    if knowing:
        counted = f"{knowing:,} more" if needing else write_number_of(knowing, noun)
        parts.append(f"{counted} {'is' if knowing == 1 else 'are'} good to know")
    return ", ".join(parts)


def write_stake(alerts: Sequence[KeptAlert], currency: str) -> tuple[str, str]:
    """The money that all of it comes to, a month's and once, and what held changes move, up and down by itself; either
    is empty where no price is known: 660.00 USD a month and 5,000.00 USD once, +594.00 USD and −88.00 USD a month."""
    stake = add_stake(alerts)
    once = sum((kept.alert.once for kept in alerts if kept.alert.once is not None), Decimal(0))
    totals = ((stake.rest, "a month"), (once, "once"))
    rest = " and ".join(f"{write_money(total, currency)} {often}" for total, often in totals if total)
    ways = (stake.rises, stake.falls)
    moved = " and ".join(write_money(each, currency, is_difference=True) for each in ways if each)
    return rest, f"{moved} a month" if moved else ""


def write_opening(digest: Digest) -> str:
    """The sentences below the headline: what became of the mail before, and how this one goes on from it."""
    lost = digest.lost
    left = "" if lost is None else f"{'may not have left' if lost.is_in_doubt else 'did not leave'}: what it told is"
    again = "" if lost is None else f"The mail of {write_day(lost.day)} {left} told again. "
    return again + write_course(digest)


def write_course(digest: Digest) -> str:
    """How it goes on from the last mail that left."""
    since = "so far" if digest.since is None else f"since the mail of {write_short_day(digest.since)}"
    if digest.new and digest.since is None:
        return "This is the first mail that reaches you, so everything in it is new."
    if not digest.is_sign_of_life:
        solved = f"{len(make_entries(digest.solved))} solved" if digest.solved else "Nothing solved"
        others = digest.open_count - len(make_entries(digest.new))
        is_open = "is" if others == 1 else "are"
        more = f"{write_number_of(others, 'more thing')} {is_open} still open" if others else "nothing else is open"
        return f"{solved} {since}; {more}." if digest.new else f"Nothing new {since}."
    if not digest.is_due:
        return f"Nothing new and nothing solved {since}."
    if has_missed_night(digest):
        return (
            f"Nothing new and nothing solved {since}, for no night has ended: nothing was read. Seatledger itself is "
            "at work; look at the runs."
        )
    if digest.open_count:
        return "Nothing new and nothing solved for a week. Seatledger is at work; this still stands."
    return "Nothing needs you. This mail comes once a week, so that you know that Seatledger is at work."


def list_sections(digest: Digest, links: MailLinks, currency: str, most: int = MOST_NEW) -> list[Section]:
    """The lists that have lines, in their order; of what is not new never more than a dozen."""
    others = min(most, MOST_OTHERS)
    made = (
        make_section("New", digest.new, most, links, currency, digest.zone),
        make_section("Solved since the last mail", digest.solved, others, links, currency, digest.zone, is_solved=True),
        make_section(
            "Passed with its day since the last mail",
            digest.over,
            others,
            links,
            currency,
            digest.zone,
            is_solved=True,
        ),
        replace(
            make_section("Still open", digest.still, others, links, currency, digest.zone, elsewhere=digest.elsewhere),
            is_brief=True,
        ),
    )
    return [section for section in made if section.lines or section.more]


def make_section(
    title: str,
    alerts: Sequence[KeptAlert],
    most: int,
    links: MailLinks,
    currency: str,
    zone: ZoneInfo,
    *,
    is_solved: bool = False,
    elsewhere: int = 0,
) -> Section:
    """The first lines of a list, how many more there are, and how many that are not told on this day or to this one."""
    things = make_entries(alerts)
    more = len(things) - most
    left_out = [write_number_of(more, "more thing")] if more > 0 else []
    left_out += [f"{write_number_of(elsewhere, 'thing')} not told today, or not to you"] if elsewhere else []
    return Section(
        title=title,
        lines=tuple(make_entry_line(entry, links, currency, zone, is_solved=is_solved) for entry in things[:most]),
        more=f"{'and ' if things else ''}{' and '.join(left_out)}" if left_out else "",
        is_solved=is_solved,
    )


def make_entry_line(entry: Entry, links: MailLinks, currency: str, zone: ZoneInfo, *, is_solved: bool) -> MailLine:
    """One thing in words. Its money is that of what it names, said once: where that is one alert, only above."""
    line = make_line(entry.kept, links, currency, zone, is_solved=is_solved)
    if not entry.parts:
        return line
    parts = tuple(make_line(kept, links, currency, zone, is_solved=is_solved) for kept in entry.parts[:MOST_PARTS])
    if len(entry.parts) == 1:
        (part,) = parts
        return replace(line, money=part.money, parts=(replace(part, money=""),))
    known = [kept.alert.monthly for kept in entry.parts if kept.alert.monthly is not None]
    money = f"{write_money(sum(known, Decimal(0)), currency, is_difference=True)} a month" if known else ""
    more = len(entry.parts) - MOST_PARTS
    return replace(line, money=money, parts=parts, more_parts=f"and {more} more of them" if more > 0 else "")


def make_line(kept: KeptAlert, links: MailLinks, currency: str, zone: ZoneInfo, *, is_solved: bool) -> MailLine:
    """One alert in words."""
    alert = kept.alert
    return MailLine(
        heading=KINDS[alert.kind].word,
        customer=cut(name_customer(alert), LONGEST_NAME),
        licence=cut(name_licence(alert.licence_name), LONGEST_NAME) if alert.licence_name else "",
        sentence=cut(hide_ids(alert.sentence, alert.tenant_id), LONGEST_SENTENCE),
        money=write_amount(alert, currency),
        since=write_short_day(kept.first_seen.astimezone(zone).date()),
        pressing=SEVERITY_WORDS[alert.severity],
        step=clean(alert.step),
        step_link="" if is_solved else links.write(write_target(alert)),
        mute_link="" if is_solved else links.write_mute(alert),
    )


def write_amount(alert: Alert, currency: str) -> str:
    """What is at stake in a month or once; a change that waits moves it up or down. Nothing where no price is known."""
    if alert.once is not None:
        return f"{write_money(alert.once, currency)} once"
    if alert.monthly is None:
        return ""
    return f"{write_money(alert.monthly, currency, is_difference=alert.kind is AlertKind.HELD)} a month"


def write_text(headline: str, opening: str, day: str, sections: Sequence[Section], inbox: str, settings: str) -> str:
    """The same as plain text."""
    parts = [f"Seatledger: {headline}", day, "", opening]
    for section in sections:
        parts += ["", section.title.upper(), "-" * len(section.title)]
        for line in section.lines:
            parts += ["", *write_text_line(line, section)]
        parts += ["", f"{section.more}: {inbox}" if inbox else section.more] if section.more else []
    parts += ["", "-- ", HOW_IT_IS_ORDERED]
    parts += [f"Everything that needs you: {inbox}"] if inbox else []
    parts += [f"What is told, to whom and how often: {settings}"] if settings else []
    return "\n".join(parts) + "\n"


def write_text_line(line: MailLine, section: Section) -> Iterator[str]:
    """One alert; of what is solved its name is enough, of what was told before its name and its step."""
    yield " · ".join(filter(None, (line.customer, line.heading, line.licence, line.money)))
    if section.is_solved:
        return
    if not section.is_brief:
        yield from write_text_sentences(line)
    yield f"  {line.step}: {line.step_link}" if line.step_link else f"  Next: {line.step}."
    if line.mute_link:
        yield f"  Mute it: {line.mute_link}"


def write_text_sentences(line: MailLine) -> Iterator[str]:
    """What it says, and what each of its parts says."""
    yield f"  {line.sentence}"
    for part in line.parts:
        yield f"  - {' · '.join(filter(None, (part.heading, part.licence, part.money)))}: {part.sentence}"
        yield f"    {part.step}: {part.step_link}" if part.step_link else f"    Next: {part.step}."
    if line.more_parts:
        yield f"  {line.more_parts}"
