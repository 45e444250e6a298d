"""The installation's own settings as forms: preferences and the brakes' thresholds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from zoneinfo import available_timezones

from plans.brakes import Thresholds
from plans.preferences import Preferences
from profiles.billing import Basis
from web.sheet import Sheet, SheetReader

LONGEST_CURRENCY = 3
LARGEST_PERCENT = 1000
YES = "yes"
BASIS_CHOICES = (
    (Basis.PURCHASED, "Purchased", "the seats that Microsoft sells the customer"),
    (Basis.ASSIGNED, "Assigned", "the users who hold the licence"),
)
# What a brake stops, and its limits: name, words, hint, in the order of the page.
THRESHOLD_WORDS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Fewer seats of one licence wait for approval",
        (
            ("drop_seats", "If they are at least this many seats", ""),
            ("drop_percent", "and more than this percent", "of what was invoiced last"),
            ("drop_money", "or worth more than this a month", "however many seats they are"),
        ),
    ),
    (
        "More seats of one licence, or the first ones that a mapping rule bills, wait for approval",
        (
            ("rise_seats", "If they are more than this many seats", ""),
            ("rise_percent", "and more than this percent", "of what was invoiced last"),
            ("rise_money", "or worth more than this a month", "however many seats they are"),
        ),
    ),
    (
        "All decreases of a night wait when too many customers cannot be read any more",
        (
            ("night_unknown_customers", "If they are more than this many customers", ""),
            ("night_unknown_percent", "and more than this percent", "of all customers"),
        ),
    ),
    (
        "All decreases of a night wait when many customers go down",
        (
            ("night_decrease_customers", "If more than this many customers go down", ""),
            ("night_decrease_percent", "and more than this percent", "of all customers"),
        ),
    ),
    (
        "All increases of a night wait when many customers go up",
        (
            ("night_increase_customers", "If more than this many customers go up", ""),
            ("night_increase_percent", "and more than this percent", "of all customers"),
        ),
    ),
)


def fill_preferences(preferences: Preferences) -> Sheet:
    """The form as it stands."""
    return Sheet(
        {
            "time_zone": (preferences.time_zone,),
            "night_hour": (str(preferences.night_hour),),
            "currency": (preferences.currency,),
            "observe": (YES,) if preferences.new_customers_observe else (),
            "basis": (preferences.new_mappings_basis.value,),
            "name_users": (YES,) if preferences.new_mappings_name_users else (),
            "split": (YES,) if preferences.new_mappings_split else (),
        }
    )


def read_preferences(sheet: Sheet) -> Preferences | Sheet:
    """What was typed, or the form with its troubles."""
    reader = SheetReader(sheet)
    zone = reader.text("time_zone", "Choose a time zone.")
    if zone and zone not in available_timezones():
        reader.troubles["time_zone"] = f"“{zone}” is no time zone. Choose one such as Europe/Dublin."
    hour = reader.choice("night_hour", {str(each): each for each in range(24)}, "Choose an hour.")
    currency = reader.text("currency", "Type the code or the symbol that stands beside amounts, such as EUR or €.")
    if currency and (len(currency) > LONGEST_CURRENCY or any(each.isdigit() or each.isspace() for each in currency)):
        reader.troubles["currency"] = f"“{currency}” is no currency. Type a code such as EUR, or a symbol such as €."
    basis = reader.choice("basis", {each.value: each for each in Basis}, "Choose which seats count.")
    if reader.troubles or hour is None or basis is None:
        return reader.ended()
    return Preferences(
        time_zone=zone,
        night_hour=hour,
        currency=currency,
        new_customers_observe=reader.ticked("observe"),
        new_mappings_basis=basis,
        new_mappings_name_users=reader.ticked("name_users"),
        new_mappings_split=reader.ticked("split"),
    )


def fill_thresholds(thresholds: Thresholds) -> Sheet:
    """The form as it stands."""
    return Sheet({each.name: (f"{getattr(thresholds, each.name)}",) for each in fields(Thresholds)})


def read_thresholds(sheet: Sheet) -> Thresholds | Sheet:
    """What was typed, or the form with its troubles. An empty field is a trouble: no brake goes by mistake."""
    reader = SheetReader(sheet)
    found: dict[str, int | Decimal] = {}
    for each in fields(Thresholds):
        value = read_threshold(reader, each.name)
        if value is not None:
            found[each.name] = value
    return reader.ended() if reader.troubles else make_thresholds(found)


def read_threshold(reader: SheetReader, name: str) -> int | Decimal | None:
    """One limit; None where it does not fit."""
    if not reader.sheet.one(name):
        reader.troubles[name] = "Type a limit; a brake without one would never hold anything."
        return None
    if name.endswith("_money"):
        return reader.amount(name, reader.sheet.one(name))
    value = reader.number_or_none(name)
    if value is not None and name.endswith("_percent") and value > LARGEST_PERCENT:
        reader.troubles[name] = f"Type a percentage of {LARGEST_PERCENT} at most."
        return None
    return value


def make_thresholds(found: Mapping[str, int | Decimal]) -> Thresholds:
    """The limits from their names, each of its own kind."""
    whole = {name: value for name, value in found.items() if isinstance(value, int)}
    money = {name: value for name, value in found.items() if isinstance(value, Decimal)}
    return Thresholds(**whole, **money)  # type: ignore[arg-type]
