"""Which mailboxes of a tenant are shared: Graph's usage report, a CSV behind a short-lived address (microsoft.md 3.2).

Nothing is guessed: a report that cannot be read, hides the names, or does not say which mailboxes are shared is unread,
with the reason. No quantity rests on it, and it never makes a tenant unknown.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from microsoft.signed import SignedClient
from net.client import Answer, WebClient
from plans.errors import Misconfigured, Retry
from profiles.licences import MailboxReport, SharedMailbox, UnreadMailboxes
from profiles.periods import write_short_day
from profiles.readings import Unknown

REPORT = "/v1.0/reports/getMailboxUsageDetail(period='D7')"
# Graph answers with the address; the file itself is CSV, whatever is asked for.
ANY_FORMAT = {"Accept": "*/*"}
MOVED = 302
# A shared mailbox is free up to here; with an archive it never is (microsoft.md 3.2).
LONGEST_NUMBER = 20
FREE_BYTES = 50 * 1024**3
# The report is some two days old when it is made; one that nobody renews says nothing of today.
OLDEST = timedelta(days=14)
NAME, DELETED, TYPE = "User Principal Name", "Is Deleted", "Recipient Type"
REFRESHED, STORED, ARCHIVE = "Report Refresh Date", "Storage Used (Byte)", "Has Archive"
NEEDED = (NAME, DELETED, TYPE, REFRESHED)
CONCEALED = re.compile(r"[0-9A-Fa-f]{32}")
YES = frozenset({"true", "yes", "1"})
SHARED = "shared"

NO_RIGHT = (
    "Microsoft does not let us read the mailbox report. The application needs Reports.Read.All in this tenant, and the "
    "service account the GDAP role Reports Reader."
)
NO_ANSWER = "Microsoft did not answer with the mailbox report. It is asked again the next night."
NAMES_HIDDEN = (
    "The tenant hides user names in its reports, so nobody can tell whose mailboxes are shared. Its administrator can "
    "show them: Microsoft 365 admin center, Settings, Org settings, Reports."
)
NO_TYPES = "The mailbox report does not say which mailboxes are shared."
EMPTY = "The mailbox report of this tenant is empty. Microsoft fills it some days after the first mailbox."

type OpenDownload = Callable[[str], WebClient]
"""A client for the address of a file. Raises Misconfigured where nobody may call it."""


@dataclass(frozen=True, slots=True)
class MailboxReports:
    """What reading the report takes beside the way to Graph; `today` is the day of reading, in UTC."""

    open_download: OpenDownload
    today: Callable[[], date]


async def read_mailboxes(graph: SignedClient, reports: MailboxReports) -> MailboxReport | UnreadMailboxes:
    """The tenant's report, or why there is none. Never raises for what Microsoft answers, or fails to."""
    try:
        asked = await graph.read("GET", REPORT, ANY_FORMAT)
        if isinstance(asked, Unknown):
            return UnreadMailboxes(asked.detail)
        answer = asked.value
        if answer.status == MOVED:
            answer = await download(answer.headers.get("location", ""), reports.open_download)
    except (Retry, Misconfigured):
        return UnreadMailboxes(NO_ANSWER)
    if answer.status in (401, 403):
        return UnreadMailboxes(NO_RIGHT)
    return read_report(answer.text, reports.today()) if answer.is_success else UnreadMailboxes(NO_ANSWER)


async def download(address: str, open_download: OpenDownload) -> Answer:
    """The file, without our token: its address alone opens it. Raises Retry or Misconfigured."""
    host = open_download(address)
    parts = urlsplit(address)
    return await host.read("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path)


def read_report(text: str, today: date) -> MailboxReport | UnreadMailboxes:
    """The shared mailboxes of the CSV. Columns are found by their names: their order has changed before."""
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        columns, rows = set(reader.fieldnames or ()), list(reader)
    except csv.Error:
        return UnreadMailboxes(NO_ANSWER)
    if not set(NEEDED) <= columns:
        return UnreadMailboxes(NO_TYPES)
    if not rows:
        return UnreadMailboxes(EMPTY)
    if any(is_concealed(row[NAME] or "") for row in rows):
        return UnreadMailboxes(NAMES_HIDDEN)
    days = [day for row in rows if (day := parse_day(row[REFRESHED])) is not None]
    if len(days) < len(rows) or any(not row[TYPE] for row in rows):
        return UnreadMailboxes(NO_TYPES)
    if max(days) < today - OLDEST:
        return UnreadMailboxes(f"The newest mailbox report of this tenant is of {write_short_day(max(days))}: too old.")
    return MailboxReport(max(days), tuple(list_shared(rows)))


def list_shared(rows: list[dict[str, str]]) -> Iterator[SharedMailbox]:
    """Those that are shared and still there. Microsoft has written Shared and SharedMailbox for the same."""
    for row in rows:
        if row[TYPE].strip().lower().removesuffix("mailbox") == SHARED and not is_yes(row, DELETED):
            yield SharedMailbox(row[NAME], needs_licence=is_yes(row, ARCHIVE) or count_bytes(row) > FREE_BYTES)


def is_concealed(name: str) -> bool:
    """Whether a name is a hash, or none: a user's name at Microsoft is an address."""
    return "@" not in name or CONCEALED.fullmatch(name) is not None


def is_yes(row: Mapping[str, str | None], column: str) -> bool:
    """Whether a column says yes; one that is not there does not."""
    return (row.get(column) or "").strip().lower() in YES


def count_bytes(row: Mapping[str, str | None]) -> int:
    """How large a mailbox is; 0 where nobody says."""
    text = (row.get(STORED) or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0


def parse_day(text: str | None) -> date | None:
    """A day of the report; None where it is none."""
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None
