"""A form as a person fills it in: what was typed stays, and each trouble stands beside its field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from web.forms import Form
from web.wording import clean, is_visible, write_short_day

LARGEST_NUMBER = 1_000_000
LARGEST_AMOUNT = Decimal(1_000_000)
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Sheet:
    """Values by field, and one sentence for every field that does not fit."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The first value; empty where there is none."""
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value."""
        return self.values.get(name, ())

    def trouble(self, name: str) -> str:
        """What is wrong with the field; empty where nothing is."""
        return self.troubles.get(name, "")


def make_sheet(form: Form) -> Sheet:
    """What was typed, without control characters."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in form.fields:
        values[name] = (*values.get(name, ()), clean(value[:LONGEST_TEXT]).strip())
    return Sheet(values)


@dataclass(slots=True)
class SheetReader:
    """Reads fields one after the other and collects what is wrong with them."""

    sheet: Sheet
    troubles: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, missing: str = "", longest: int = LONGEST_TEXT) -> str:
        """A text; `missing` is the trouble where there is none and one is needed."""
        typed = self.sheet.one(name)
        if missing and not is_visible(typed):
            self.troubles[name] = missing
        if len(typed) > longest:
            self.troubles[name] = f"This is longer than {longest} characters. Shorten it."
        return typed

    def choice[T](self, name: str, choices: Mapping[str, T], missing: str) -> T | None:
        """One of the choices; `missing` is the trouble where it is none of them."""
        typed = self.sheet.one(name)
        if typed not in choices:
            self.troubles[name] = missing
            return None
        return choices[typed]

    def number(self, name: str, default: int = 0) -> int:
        """A whole number of seats, 0 or more; `default` where the field is empty."""
        found = self.number_or_none(name)
        return default if found is None else found

    def number_or_none(self, name: str) -> int | None:
        """A whole number of seats, 0 or more; None where the field is empty."""
        typed = self.sheet.one(name).replace(",", "").replace("\u00a0", "")
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit()):
            self.troubles[name] = "Type a whole number of seats, such as 5."
            return None
        if int(typed) > LARGEST_NUMBER:
            self.troubles[name] = f"Type a number of seats up to {LARGEST_NUMBER:,}."
            return None
        return int(typed)

    def amount(self, name: str, typed: str) -> Decimal | None:
        """An amount of money, 0 or more, with two decimals at most."""
        try:
            found = Decimal(typed if typed.isascii() else "NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or found < 0 or found > LARGEST_AMOUNT or round(found, 2) != found:
            self.troubles[name] = f"“{typed}” is no price. Type it such as 18.50."
            return None
        return found.quantize(Decimal("0.01"))

    def day(self, name: str, typed: str) -> date | None:
        """A day as date fields send it."""
        try:
            return date.fromisoformat(typed)
        except ValueError:
            self.troubles[name] = f"“{typed}” is no day. Type it such as 2026-12-01."
            return None

    def day_between(self, name: str, typed: str, earliest: date, latest: date) -> date | None:
        """A day, not before `earliest` and not after `latest`."""
        found = self.day(name, typed)
        if found is not None and not earliest <= found <= latest:
            self.troubles[name] = f"Choose a day from {write_short_day(earliest)} to {write_short_day(latest)}."
            return None
        return found

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.sheet.one(name))

    def ended(self) -> Sheet:
        """What was typed, with its troubles."""
        return Sheet(self.sheet.values, self.troubles)
