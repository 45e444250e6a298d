"""Numbers, days, money and other people's texts as mails and pages write them. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from plans.alerts.alert import Alert
from plans.names import is_visible as is_visible
from profiles.periods import write_short_day as write_short_day

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
PDF, PDI = "\u202c", "\u2069"
CLOSING = {**dict.fromkeys("\u202a\u202b\u202d\u202e", PDF), **dict.fromkeys("\u2066\u2067\u2068", PDI)}
MARK = re.compile("[\u202a-\u202e\u2066-\u2069]")
GUID = re.compile(r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def write_count(number: int) -> str:
    """4321 → 4,321."""
    return f"{number:,}"


def write_number_of(number: int, noun: str, plural: str | None = None) -> str:
    """1 customer, 2 customers."""
    return f"{write_count(number)} {noun if number == 1 else plural or noun + 's'}"


def write_day(day: date) -> str:
    """Sunday 22 November 2026."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def clean(text: str) -> str:
    """Text that others wrote, on one line: control characters become spaces, marks of direction end with the text."""
    on_one_line = " ".join(CONTROL.sub(" ", text).split())
    # A mark that is left out may have stood between two spaces.
    return on_one_line if MARK.search(on_one_line) is None else " ".join(close_marks(on_one_line).split())


def close_marks(text: str) -> str:
    """The same, with every embedding, override and isolate of a direction closed within it, so that what stands beside
    it is read as it was written (UAX #9, 2.1 to 2.6); a mark that closes nothing is left out."""
    if MARK.search(text) is None:
        return text
    waiting: list[str] = []
    kept: list[str] = []
    # Counted, not searched for: others choose how long their texts are.
    open_isolates = 0
    for letter in text:
        if letter in CLOSING:
            waiting.append(CLOSING[letter])
            open_isolates += CLOSING[letter] == PDI
        elif letter == PDF:
            if not waiting or waiting[-1] != PDF:
                continue
            waiting.pop()
        elif letter == PDI:
            if not open_isolates:
                continue
            open_isolates -= 1
            # The end of an isolate ends the embeddings within it as well.
            while waiting.pop() != PDI:
                pass
        kept.append(letter)
    return "".join((*kept, *reversed(waiting)))


def name_customer(alert: Alert) -> str:
    """Whom an alert is about: a customer by its name, or by the id of its tenant where its name shows nothing; else
    Seatledger itself."""
    if is_visible(alert.customer_name):
        return clean(alert.customer_name)
    return alert.tenant_id or alert.customer_id or "Seatledger"


def cut(text: str, longest: int) -> str:
    """A text that is no longer than that, with a sign where it was cut."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def hide_ids(sentence: str, tenant_id: str) -> str:
    """A sentence without raw ids: the row says whose tenant it is, and other ids help nobody."""
    text = clean(sentence)
    if tenant_id and tenant_id.lower() in text.lower():
        own = re.compile(rf"(?:\btenant )?{re.escape(tenant_id)}", re.IGNORECASE)
        text = own.sub("this tenant", text)
    return GUID.sub("…", text)


def write_money(amount: Decimal, currency: str, *, is_difference: bool = False) -> str:
    """24.00 USD or €24.00; as a difference +24.00 USD or −€24.00."""
    sign = "−" if amount < 0 else "+" if is_difference else ""
    digits = f"{abs(amount):,.2f}"
    return f"{sign}{digits} {currency}" if currency.isalpha() else f"{sign}{currency}{digits}"
