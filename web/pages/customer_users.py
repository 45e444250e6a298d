"""A customer's licensed users. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from notify.licence_names import name_licence
from profiles.licences import LicensedUser, MailboxReport, UnreadMailboxes
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
SHARED_KIND = ("shared", "Shared mailboxes", Tone.PLAIN)


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user who holds a licence. `mailbox` says of a shared one whether it needs its licence, and is else empty."""

    name: str
    principal_name: str
    licences: tuple[str, ...]
    is_enabled: bool
    is_guest: bool
    mailbox: str = ""

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
        account = "enabled" if self.is_enabled else "disabled"
        return (account, *(("guest",) if self.is_guest else ()), *(("shared",) if self.mailbox else ()))

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.name} {self.principal_name} {' '.join(self.licences)}".casefold()


SORTERS: tuple[Sorter[UserRow], ...] = (
    Sorter("name", lambda row: row.name.casefold()),
    Sorter("user", lambda row: row.principal_name.casefold()),
)
HEADS = (Head("Name", "name"), Head("User name", "user"), Head("Licences"), Head("Account"))
CSV_HEADER = ("Name", "User name", "Licences", "Account", "Guest", "Mailbox")


def make_rows(records: CustomerRecords) -> list[UserRow]:
    """Every licensed user, by name."""
    if records.snapshot is None:
        return []
    names = {licence.sku_id.lower(): name_licence(licence.part_number) for licence in records.snapshot.licences}
    report = find_report(records)
    rows = [make_row(user, names, report) for user in records.snapshot.users]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.principal_name.casefold()))


def make_row(user: LicensedUser, names: dict[str, str], report: MailboxReport | None) -> UserRow:
    """One user."""
    licences = sorted(names.get(sku_id.lower(), "A licence that is gone") for sku_id in user.sku_ids)
    return UserRow(
        clean(user.display_name) or "A user without a name",
        clean(user.principal_name),
        tuple(licences),
        user.account_enabled,
        user.is_guest,
        name_mailbox(user, report),
    )


def name_mailbox(user: LicensedUser, report: MailboxReport | None) -> str:
    """Whether the mailbox is shared, and needs its licence; empty where it is not, or nobody knows."""
    shared = None if report is None else report.find(user.principal_name)
    if shared is None:
        return ""
    return "Shared, needs a licence" if shared.needs_licence else "Shared mailbox"


def find_report(records: CustomerRecords) -> MailboxReport | None:
    """Which mailboxes are shared; None where nobody knows."""
    report = None if records.snapshot is None else records.snapshot.mailboxes
    return report if isinstance(report, MailboxReport) else None


def say_unread(records: CustomerRecords) -> str:
    """Why nobody knows which mailboxes are shared; empty where it is known, or nobody asked."""
    report = None if records.snapshot is None else records.snapshot.mailboxes
    return report.sentence if isinstance(report, UnreadMailboxes) else ""


def select(rows: Sequence[UserRow], ask: Ask) -> list[UserRow]:
    """What search and chip leave, in the asked order."""
    found = find(rows, ask.search, lambda row: row.found_by)
    return order([row for row in found if not ask.state or ask.state in row.kinds], ask.sort, SORTERS)


def make_list(records: CustomerRecords, ask: Ask) -> Listing[UserRow]:
    """The tab as the address asks for it."""
    rows = make_rows(records)
    found = find(rows, ask.search, lambda row: row.found_by)
    chosen = select(rows, ask)
    kinds = (*KINDS, SHARED_KIND) if find_report(records) is not None else KINDS
    return cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), kinds, Counter(kind for row in found for kind in row.kinds)),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(rows), "licensed user"),
    )


def make_csv_row(row: UserRow) -> tuple[Cell, ...]:
    """The columns of the page."""
    return row.name, row.principal_name, ", ".join(row.licences), row.word, "Guest" if row.is_guest else "", row.mailbox
