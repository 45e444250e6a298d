"""The form of notifications: recipients row by row, and a row for every kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from plans.alerts.alert import AlertKind
from plans.alerts.kinds import KINDS, Rhythm
from plans.alerts.notifications import NOTHING_SET, KindChoice, Notifications, Recipient
from plans.mail_channels import find_address_trouble
from web.sheet import Sheet, SheetReader

MOST_RECIPIENTS = 20
MOST_UNREAD_NIGHTS = 30
RHYTHM_CHOICES = (
    (Rhythm.DAILY.value, "every day"),
    (Rhythm.WEEKLY.value, "on Mondays"),
    (Rhythm.MONTHLY.value, "on the first of a month"),
)
HOURS = tuple((str(hour), f"{hour:02d}:00") for hour in range(24))
DEFAULT_HOUR = "7"
TWICE = "This address stands here twice."
NO_NIGHTS = f"Type a whole number of nights, 1 to {MOST_UNREAD_NIGHTS}."
NO_ZONE = "Choose a time zone of the list, such as Europe/Zurich."
NO_HOUR = "Choose an hour of the list, such as 07:00."
NO_RHYTHM = "Choose every day, on Mondays, or on the first of a month."
NO_RECIPIENT = "No recipient above has this address: {}."


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One row: its number in field names, and what stands in it."""

    number: int
    address: str
    zone: str
    hour: str
    trouble: str


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind: its name in field names, its words, and what is chosen. `to` are addresses; empty is everybody."""

    name: str
    word: str
    meaning: str
    is_told: bool
    rhythm: str
    to: str
    trouble: str
    rhythm_trouble: str


def fill_notifications(notifications: Notifications) -> Sheet:
    """The form as it is set."""
    values: dict[str, tuple[str, ...]] = {
        "rows": (str(len(notifications.recipients)),),
        "unread_nights": (str(notifications.unread_nights),),
    }
    for number, each in enumerate(notifications.recipients):
        values |= {
            f"address_{number}": (each.address,),
            f"zone_{number}": (each.time_zone,),
            f"hour_{number}": (str(each.hour),),
        }
    for kind in AlertKind:
        choice = notifications.choice(kind)
        values[f"told_{kind.value}"] = ("yes",) if choice.is_told else ()
        values[f"rhythm_{kind.value}"] = (choice.rhythm.value,)
        values[f"to_{kind.value}"] = (", ".join(choice.recipients),)
    return Sheet(values)


def list_recipient_rows(sheet: Sheet) -> list[RecipientRow]:
    """The rows that are filled in, and one empty one below them."""
    filled = [number for number in range(MOST_RECIPIENTS) if sheet.one(f"address_{number}")]
    free = next((number for number in range(MOST_RECIPIENTS) if number not in filled), None)
    return [
        RecipientRow(
            number=number,
            address=sheet.one(f"address_{number}"),
            zone=sheet.one(f"zone_{number}"),
            hour=sheet.one(f"hour_{number}") or DEFAULT_HOUR,
            trouble=sheet.trouble(f"address_{number}"),
        )
        for number in (*filled, *(() if free is None else (free,)))
    ]


def list_kind_rows(sheet: Sheet) -> list[KindRow]:
    """Every kind, in the order of the table."""
    return [
        KindRow(
            name=kind.value,
            word=KINDS[kind].word,
            meaning=KINDS[kind].meaning,
            is_told=bool(sheet.one(f"told_{kind.value}")),
            rhythm=sheet.one(f"rhythm_{kind.value}"),
            to=sheet.one(f"to_{kind.value}"),
            trouble=sheet.trouble(f"to_{kind.value}"),
            rhythm_trouble=sheet.trouble(f"rhythm_{kind.value}"),
        )
        for kind in AlertKind
    ]


def read_notifications(sheet: Sheet) -> Notifications | Sheet:
    """What was typed, or the form with what is wrong with it. A row without an address is no recipient."""
    troubles: dict[str, str] = {}
    recipients = tuple(read_recipients(sheet, troubles))
    addresses = {each.address for each in recipients}
    choices = tuple((kind, read_choice(sheet, kind, addresses, troubles)) for kind in AlertKind)
    nights = SheetReader(sheet).number_or_none("unread_nights")
    if nights is None or not 1 <= nights <= MOST_UNREAD_NIGHTS:
        troubles["unread_nights"] = NO_NIGHTS
        nights = NOTHING_SET.unread_nights
    return Sheet(sheet.values, troubles) if troubles else Notifications(recipients, choices, nights)


def read_recipients(sheet: Sheet, troubles: dict[str, str]) -> list[Recipient]:
    """The rows with an address."""
    found: list[Recipient] = []
    for number in range(MOST_RECIPIENTS):
        field, address = f"address_{number}", sheet.one(f"address_{number}")
        zone, hour = sheet.one(f"zone_{number}"), sheet.one(f"hour_{number}") or DEFAULT_HOUR
        if not address:
            continue
        if trouble := find_address_trouble(address):
            troubles[field] = trouble
        elif address.lower() in {each.address.lower() for each in found}:
            troubles[field] = TWICE
        elif zone not in available_timezones():
            troubles[field] = NO_ZONE
        elif hour not in dict(HOURS):
            troubles[field] = NO_HOUR
        else:
            found.append(Recipient(address, zone, int(hour)))
    return found


def read_choice(sheet: Sheet, kind: AlertKind, addresses: set[str], troubles: dict[str, str]) -> KindChoice:
    """What is chosen for a kind."""
    asked = split_addresses(sheet.one(f"to_{kind.value}"))
    unknown = [each for each in asked if each not in addresses]
    if unknown:
        troubles[f"to_{kind.value}"] = NO_RECIPIENT.format(unknown[0])
    rhythms = {rhythm.value: rhythm for rhythm in Rhythm}
    rhythm = rhythms.get(sheet.one(f"rhythm_{kind.value}"))
    if rhythm is None:
        troubles[f"rhythm_{kind.value}"] = NO_RHYTHM
        rhythm = KINDS[kind].rhythm
    return KindChoice(bool(sheet.one(f"told_{kind.value}")), rhythm, tuple(asked))


def split_addresses(text: str) -> Sequence[str]:
    """What stands between commas, semicolons and spaces."""
    return [each for each in re.split(r"[,;\s]+", text) if each]
