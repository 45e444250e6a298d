"""The change log on the real emulator: newest first, over months, none lost (S12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from plans.audit import AuditEntry
from store.audit import TableAudit, list_months
from store.storage import Storage
from tests.unit.store.conftest import make_table

NEW_YEAR = datetime(2027, 1, 1, 0, 0, tzinfo=UTC)


def make_entry(at: datetime, sentence: str) -> AuditEntry:
    return AuditEntry(at, "Ada", "tenant/ada", "203.0.113.7", "settings/brakes", sentence, '{"a": 1}', '{"a": 2}')


async def test_the_newest_comes_first_across_months_and_the_limit_holds(storage: Storage) -> None:
    audit = TableAudit(await make_table(storage))
    entries = [make_entry(NEW_YEAR + timedelta(hours=12 * number), f"change {number}") for number in range(-4, 4)]
    for entry in entries:
        await audit.note(entry)
    newest = await audit.list_entries(5, NEW_YEAR + timedelta(days=3))
    assert newest == tuple(reversed(entries))[:5]
    assert await audit.list_entries(100, NEW_YEAR + timedelta(days=3)) == tuple(reversed(entries))


async def test_two_changes_of_one_microsecond_are_both_kept(storage: Storage) -> None:
    audit = TableAudit(await make_table(storage))
    await audit.note(make_entry(NEW_YEAR, "one"))
    await audit.note(make_entry(NEW_YEAR, "two"))
    assert {entry.sentence for entry in await audit.list_entries(10, NEW_YEAR)} == {"one", "two"}


async def test_what_is_younger_than_the_month_asked_is_not_in_it(storage: Storage) -> None:
    audit = TableAudit(await make_table(storage))
    await audit.note(make_entry(NEW_YEAR, "next year"))
    assert await audit.list_entries(10, NEW_YEAR - timedelta(days=1)) == ()


def test_months_go_back_over_new_year() -> None:
    assert list_months(NEW_YEAR)[:3] == ["2027-01", "2026-12", "2026-11"]
    assert len(list_months(NEW_YEAR)) == 36
