"""A customer's licensed users. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from notify.licence_names import name_licence
from profiles.licences import LicensedUser
from web.csv_files import Cell
from web.pages.customer_view import CustomerRecords
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
from web.wording import clean

KINDS = (("enabled", "Enabled", Tone.PLAIN), ("disabled", "Disabled", Tone.LOOK), ("guest", "Guests", Tone.PLAIN))


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user who holds a licence."""

    name: str
    principal_name: str
    licences: tuple[str, ...]
    is_enabled: bool
    is_guest: bool

    @property
    def word(self) -> str:
        """Enabled or Disabled."""
        return "Enabled" if self.is_enabled else "Disabled"

    @property
    def tone(self) -> Tone:
        """A licensed user who cannot sign in is worth a look."""
        return Tone.PLAIN if self.is_enabled else Tone.LOOK

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every chip that lets the user through."""
        return ("enabled" if self.is_enabled else "disabled", *(("guest",) if self.is_guest else ()))

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.name} {self.principal_name} {' '.join(self.licences)}".casefold()


SORTERS: tuple[Sorter[UserRow], ...] = (
    Sorter("name", lambda row: row.name.casefold()),
    Sorter("user", lambda row: row.principal_name.casefold()),
)
HEADS = (Head("Name", "name"), Head("User name", "user"), Head("Licences"), Head("Account"))
CSV_HEADER = ("Name", "User name", "Licences", "Account", "Guest")


def make_rows(records: CustomerRecords) -> list[UserRow]:
    """Every licensed user, by name."""
    if records.snapshot is None:
        return []
    names = {licence.sku_id.lower(): name_licence(licence.part_number) for licence in records.snapshot.licences}
    rows = [make_row(user, names) for user in records.snapshot.users]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.principal_name.casefold()))


def make_row(user: LicensedUser, names: dict[str, str]) -> UserRow:
    """One user."""
    licences = sorted(names.get(sku_id.lower(), "A licence that is gone") for sku_id in user.sku_ids)
    return UserRow(
        clean(user.display_name) or "A user without a name",
        clean(user.principal_name),
        tuple(licences),
        user.account_enabled,
        user.is_guest,
    )


def select(rows: Sequence[UserRow], ask: Ask) -> list[UserRow]:
    """What search and chip leave, in the asked order."""
    found = find(rows, ask.search, lambda row: row.found_by)
    return order([row for row in found if not ask.state or ask.state in row.kinds], ask.sort, SORTERS)


def make_list(records: CustomerRecords, ask: Ask) -> Listing[UserRow]:
    """The tab as the address asks for it."""
    rows = make_rows(records)
    found = find(rows, ask.search, lambda row: row.found_by)
    chosen = select(rows, ask)
    return cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), KINDS, Counter(kind for row in found for kind in row.kinds)),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(rows), "licensed user"),
    )


def make_csv_row(row: UserRow) -> tuple[Cell, ...]:
    """The columns of the page."""
    return row.name, row.principal_name, ", ".join(row.licences), row.word, "Guest" if row.is_guest else ""
