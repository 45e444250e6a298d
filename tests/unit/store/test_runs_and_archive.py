"""Runs, the archive, rows, filters and secrets."""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient
from hypothesis import given
from hypothesis import strategies as st

from bench.msp import Msp
from plans.agreements import AgreementReading, UnreadableAgreement
from plans.approvals import HeldLine
from plans.asking import AskedRun
from plans.changes import HoldRule
from plans.connecting import ConnectWiseConnection, PartnerAccount
from plans.errors import Bug, Misconfigured
from plans.judgement import PlannedAgreement, PlannedLine, Verdict
from plans.plan import hash_plan, hash_text, spell_plan
from plans.ports import Archive
from plans.raw_answers import RawAnswer
from plans.results import AgreementResult, PushResult, TenantResult, collect_results
from plans.runs import CustomerState, Run, RunPhase, TenantState, Totals, Waiting
from plans.runs_port import Runs
from plans.traffic import Traffic
from profiles.billing import BillableOption, BillingProfile
from profiles.licences import Snapshot
from profiles.partners import PartnerReading, UnreadPartner
from profiles.readings import UnknownReason
from store import codec, filters
from store.archive import SECONDS_REMEMBERED, BlobArchive, KeptPlan, KeptSnapshot, LineForecast, Memory
from store.codec import decode, encode
from store.configuration import TableConfiguration
from store.runs import TableRuns, invert_run_id
from store.secrets import FileSecrets
from store.storage import TABLES, Storage
from store.tables import (
    COLUMN_LENGTH_LIMIT,
    VALUE_LENGTH_LIMIT,
    Row,
    check_key,
    insert,
    join_value,
    make_row,
    measure,
    put,
    put_batches,
    query,
    read,
)
from tests.unit.store.values import NOW, make_plan

RUN = Run("2026-11-22", RunPhase.READING, NOW, shard_counts=(("connectwise", 3),))
TENANT = TenantResult("tenant-1", ("contoso",), TenantState.QUEUED)
ALLOWED = PlannedAgreement("contoso", "connectwise", "1201", "hash", (PlannedLine("contoso-spb", 2),))
PLAN = make_plan()


# Runs


async def test_a_run_is_opened_once_and_everybody_gets_the_first_one(runs: Runs) -> None:
    assert await runs.open_run(RUN) == RUN
    assert await runs.open_run(replace(RUN, started_at=datetime(2026, 11, 23, tzinfo=UTC), shard_counts=())) == RUN
    assert await runs.read_run(RUN.id) == RUN


async def test_what_a_run_waits_for_is_kept_by_connection_and_is_no_tenant(runs: Runs) -> None:
    wait = Waiting("autotask", "No room.", NOW, NOW + timedelta(minutes=30))
    for each in (wait, replace(wait, connection_id="another"), replace(wait, is_given_up=True, follow_up="x")):
        await runs.save_waiting(RUN.id, each)
    kept = {each.connection_id: each for each in await runs.list_waiting(RUN.id)}
    assert kept["autotask"] == replace(wait, is_given_up=True, follow_up="x")
    assert (len(kept), await runs.list_tenants(RUN.id), await runs.list_waiting("2026-11-23")) == (2, (), ())


async def test_an_id_is_reserved_once(runs: Runs) -> None:
    asked = AskedRun("2026-11-22-001", ("contoso",), "Seatledger", NOW)
    assert await runs.reserve(asked)
    assert not await runs.reserve(replace(asked, asked_by="Ada"))


async def test_what_processes_asked_for_a_run_adds_up_and_is_no_tenant_and_no_push(runs: Runs) -> None:
    assert await runs.read_traffic(RUN.id) == Traffic()
    await runs.save_traffic(RUN.id, "one", Traffic(calls=1))
    await runs.save_traffic(RUN.id, "one", Traffic(4, 1, 1, 2500))
    await runs.save_traffic(RUN.id, "two", Traffic(calls=3))
    await runs.save_traffic("2026-11-23", "one", Traffic(calls=9))
    assert await runs.read_traffic(RUN.id) == Traffic(7, 1, 1, 2500)
    assert await runs.list_tenants(RUN.id) == ()
    assert await runs.list_pushes(RUN.id) == ()


async def test_a_run_that_was_never_opened_is_none(runs: Runs) -> None:
    assert await runs.read_run("2026-11-22") is None


async def test_a_run_is_saved_with_its_totals(runs: Runs) -> None:
    closed = replace(
        RUN, phase=RunPhase.CLOSED, closed_at=NOW, totals=Totals(customers=3, read=2, unknown=1, unchanged=2)
    )
    await runs.open_run(RUN)
    await runs.save_run(closed)
    assert await runs.read_run(RUN.id) == closed


async def test_runs_are_listed_newest_first_with_the_extra_runs_of_a_day_after_its_night(runs: Runs) -> None:
    ids = ["2026-11-22", "2026-11-22-010", "2025-12-31", "2026-11-23", "2026-11-22-009", "2027-01-01", "2026-11-22-001"]
    for run_id in ids:
        await runs.open_run(replace(RUN, id=run_id))
    newest = [
        "2027-01-01",
        "2026-11-23",
        "2026-11-22-010",
        "2026-11-22-009",
        "2026-11-22-001",
        "2026-11-22",
        "2025-12-31",
    ]
    assert [run.id for run in await runs.list_runs(10)] == newest
    assert [run.id for run in await runs.list_runs(3)] == newest[:3]
    assert [run.id for run in await runs.list_nights(3)] == ["2027-01-01", "2026-11-23", "2026-11-22"]


@given(days=st.lists(st.tuples(st.dates(), st.integers(0, 999)), unique=True, max_size=20))
def test_later_runs_always_sort_first(days: list[tuple[Any, int]]) -> None:
    ids = [day.isoformat() + (f"-{number:03d}" if number else "") for day, number in sorted(days)]
    assert sorted(invert_run_id(run_id) for run_id in ids) == [invert_run_id(run_id) for run_id in reversed(ids)]


async def end_tenant(runs: Runs, tenant: TenantResult) -> None:
    """Queue the tenant, and end it as the row stands."""
    await runs.queue_tenants(RUN.id, [replace(TENANT, tenant_id=tenant.tenant_id)])
    stamped = await runs.read_stamped(RUN.id, tenant.tenant_id)
    assert stamped is not None
    assert await runs.end_tenant(RUN.id, tenant, stamped.stamp)


async def test_of_two_who_end_a_tenant_the_first_one_stands(runs: Runs) -> None:
    await runs.queue_tenants(RUN.id, [TENANT])
    stamped = await runs.read_stamped(RUN.id, TENANT.tenant_id)
    assert stamped is not None and stamped.row == TENANT
    planned, given_up = (replace(TENANT, state=state) for state in (TenantState.PLANNED, TenantState.UNKNOWN))
    assert await runs.end_tenant(RUN.id, planned, stamped.stamp)
    assert not await runs.end_tenant(RUN.id, given_up, stamped.stamp)
    assert await runs.read_tenant(RUN.id, TENANT.tenant_id) == planned
    assert await runs.read_stamped(RUN.id, "tenant-2") is None


async def test_tenants_are_queued_once_and_keep_what_became_of_them(runs: Runs) -> None:
    await runs.queue_tenants(RUN.id, [TENANT])
    planned = replace(TENANT, state=TenantState.PLANNED)
    await end_tenant(runs, planned)
    other = replace(TENANT, tenant_id="tenant-2")
    await runs.queue_tenants(RUN.id, [TENANT, other])
    assert await runs.list_tenants(RUN.id) == (planned, other)


async def test_more_tenants_than_one_batch_holds_are_queued(runs: Runs) -> None:
    tenants = [replace(TENANT, tenant_id=f"tenant-{number:04d}") for number in range(205)]
    await runs.queue_tenants(RUN.id, tenants[50:60])
    await runs.queue_tenants(RUN.id, tenants)
    assert list(await runs.list_tenants(RUN.id)) == tenants


async def test_tenants_of_another_run_are_not_seen(runs: Runs) -> None:
    await runs.queue_tenants("2026-11-22-001", [TENANT])
    assert await runs.list_tenants("2026-11-22") == ()
    assert await runs.read_tenant("2026-11-22", TENANT.tenant_id) is None
    assert await runs.read_tenant("2026-11-22-001", TENANT.tenant_id) == TENANT


async def test_pushes_stand_beside_tenants(runs: Runs) -> None:
    push = PushResult("hash", "contoso", "1201", CustomerState.CHANGED, 1, 1, sentences=("Done.",))
    await runs.queue_tenants(RUN.id, [TENANT])
    await runs.save_push(RUN.id, push)
    await runs.save_push(RUN.id, push)
    assert await runs.list_pushes(RUN.id) == (push,)
    assert await runs.list_tenants(RUN.id) == (TENANT,)


# Archive


async def test_a_plan_is_kept_under_its_hash(archive: Archive) -> None:
    plan_hash = await archive.save_plan(PLAN)
    assert plan_hash == hash_plan(PLAN)
    assert await archive.read_plan(plan_hash) == PLAN


async def test_a_plan_that_is_not_there_is_our_mistake(archive: Archive) -> None:
    with pytest.raises(Bug, match="not in the archive"):
        await archive.read_plan("0" * 64)


async def test_a_plan_that_was_changed_is_our_mistake(blob_archive: BlobArchive, container: ContainerClient) -> None:
    plan_hash = await blob_archive.save_plan(PLAN)
    tampered = replace(PLAN, lines=(replace(PLAN.lines[0], quantity_owed=13),))
    content = gzip.compress(encode(KeptPlan, KeptPlan(spell_plan(tampered), (LineForecast((), (), None),))))
    await container.upload_blob(f"plans/{plan_hash}.gz", content, overwrite=True)
    with pytest.raises(Bug, match="was changed after it was judged"):
        await blob_archive.read_plan(plan_hash)


async def test_a_plan_of_an_older_version_is_still_read(blob_archive: BlobArchive, container: ContainerClient) -> None:
    """A version that knew nothing of `moves_with` kept its plan without it."""
    older = spell_plan(PLAN).replace('"moves_with":[],', "")
    content = gzip.compress(encode(KeptPlan, KeptPlan(older, (LineForecast((), (), None),))))
    await container.upload_blob(f"plans/{hash_text(older)}.gz", content, overwrite=True)
    assert "moves_with" not in older
    assert await blob_archive.read_plan(hash_text(older)) == PLAN


@pytest.mark.parametrize(
    "content",
    [b"plain", b"", gzip.compress(b"{}", mtime=0), gzip.compress(b"plain", mtime=0)[:-9]],
    ids=["no archive", "nothing", "another value", "cut off"],
)
async def test_a_plan_that_is_damaged_is_our_mistake(
    blob_archive: BlobArchive, container: ContainerClient, content: bytes
) -> None:
    plan_hash = await blob_archive.save_plan(PLAN)
    await container.upload_blob(f"plans/{plan_hash}.gz", content, overwrite=True)
    with pytest.raises(Bug):
        await blob_archive.read_plan(plan_hash)


async def test_the_first_verdict_of_a_run_stands(archive: Archive) -> None:
    first = Verdict(RUN.id, (ALLOWED,))
    assert await archive.save_verdict(first) == first
    assert await archive.save_verdict(Verdict(RUN.id, ())) == first
    assert await archive.read_verdict(RUN.id) == first
    assert await archive.read_verdict("2026-11-22-001") is None


async def test_a_snapshot_is_kept_by_run_and_tenant(archive: Archive) -> None:
    snapshot = Snapshot("tenant-1", NOW, (), (), ())
    await archive.save_snapshot(RUN.id, snapshot)
    assert await archive.read_snapshot(RUN.id, "tenant-1") == snapshot
    assert await archive.read_snapshot(RUN.id, "tenant-2") is None
    assert await archive.read_snapshot("2026-11-23", "tenant-1") is None


async def test_the_first_snapshot_of_a_run_stands(archive: Archive) -> None:
    first, second = (Snapshot("tenant-1", NOW + timedelta(minutes=each), (), (), ()) for each in (0, 1))
    assert await archive.save_snapshot(RUN.id, first)
    assert not await archive.save_snapshot(RUN.id, second)
    assert await archive.read_snapshot(RUN.id, "tenant-1") == first


async def test_what_microsoft_answered_is_kept_beside_the_snapshot(
    blob_archive: BlobArchive, container: ContainerClient
) -> None:
    snapshot, answer = Snapshot("tenant-1", NOW, (), (), ()), RawAnswer("POST /$batch", 200, '{"responses": []}')
    await blob_archive.save_snapshot(RUN.id, snapshot, [answer])
    name = f"snapshots/tenant-1/{RUN.id}.gz"
    text = gzip.decompress(await (await container.download_blob(name)).readall())
    assert decode(KeptSnapshot, text).answers == (answer,)
    assert await blob_archive.read_snapshot(RUN.id, "tenant-1") == decode(Snapshot, text) == snapshot


async def test_a_snapshot_of_a_version_before_is_still_read(
    blob_archive: BlobArchive, container: ContainerClient
) -> None:
    snapshot = Snapshot("tenant-1", NOW, (), (), ())
    await container.upload_blob(f"snapshots/tenant-1/{RUN.id}.gz", gzip.compress(encode(Snapshot, snapshot)))
    assert await blob_archive.read_snapshot(RUN.id, "tenant-1") == snapshot


async def test_the_newest_snapshot_before_a_day_is_found(archive: Archive) -> None:
    ids = ["2026-11-20", "2026-11-19", "2026-11-20-002", "2026-11-20-010", "2026-11-21", "2025-12-31-999"]
    for number, run_id in enumerate(ids):
        await archive.save_snapshot(run_id, Snapshot("tenant-1", NOW + timedelta(hours=number), (), (), ()))
    await archive.save_snapshot("2026-11-20-999", Snapshot("tenant-10", NOW, (), (), ()))
    await archive.save_snapshot("2026-11-20-998", Snapshot("tenant", NOW, (), (), ()))
    for day, run_id in [(22, "2026-11-21"), (21, "2026-11-20-010"), (20, "2026-11-19"), (19, "2025-12-31-999")]:
        found = await archive.find_snapshot_before("tenant-1", date(2026, 11, day))
        assert found == await archive.read_snapshot(run_id, "tenant-1"), day
        assert found is not None
    assert await archive.find_snapshot_before("tenant-1", date(2025, 12, 31)) is None
    assert await archive.find_snapshot_before("nobody", date(2026, 11, 22)) is None


async def test_blobs_beside_the_snapshots_that_no_run_made_are_left(
    blob_archive: BlobArchive, container: ContainerClient
) -> None:
    for name in ("2026-11-20-000.gz", "2026-02-30.gz", "newest.gz", "2026-11-20.txt", "2026-11-20/x.gz"):
        await container.upload_blob(f"snapshots/tenant-1/{name}", b"x")
    assert await blob_archive.find_snapshot_before("tenant-1", date(2026, 11, 22)) is None


async def test_a_snapshot_that_was_thrown_away_meanwhile_is_not_the_newest(
    blob_archive: BlobArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Snapshot("tenant-1", NOW, (), (), ())
    for run_id in ("2026-11-19", "2026-11-20"):
        await blob_archive.save_snapshot(run_id, kept)
    read = blob_archive.read_snapshot

    async def read_late(run_id: str, tenant_id: str) -> Snapshot | None:
        return None if run_id == "2026-11-20" else await read(run_id, tenant_id)

    monkeypatch.setattr(blob_archive, "read_snapshot", read_late)
    assert await blob_archive.find_snapshot_before("tenant-1", date(2026, 11, 22)) == kept


async def test_an_extra_run_is_about_the_customers_it_was_asked_for(archive: Archive) -> None:
    await archive.save_scope("2026-11-22-001", frozenset({"contoso", "o'neill"}))
    await archive.save_scope("2026-11-22-002", frozenset())
    assert await archive.read_scope("2026-11-22-001") == frozenset({"contoso", "o'neill"})
    assert await archive.read_scope("2026-11-22-002") == frozenset()
    assert await archive.read_scope("2026-11-22") is None


async def test_line_names_are_those_of_the_run(archive: Archive) -> None:
    await archive.save_line_names(RUN.id, frozenset({"SL-1", "connectwise/1201/77"}))
    assert await archive.read_line_names(RUN.id) == {"SL-1", "connectwise/1201/77"}
    assert await archive.read_line_names("2026-11-23") == frozenset()


async def test_the_newest_reading_of_a_partner_outlives_one_that_failed(archive: Archive) -> None:
    reading = PartnerReading("main", NOW, (), ())
    failed = UnreadPartner("main", NOW, UnknownReason.UNREACHABLE, "No answer.")
    await archive.save_partner("2026-11-21", reading)
    await archive.save_partner("2026-11-22", failed)
    assert await archive.read_partner("2026-11-22", "main") == failed
    assert await archive.read_newest_partner("main") == reading
    assert await archive.read_newest_partner("other") is None


async def test_raw_answers_are_kept_again(archive: Archive) -> None:
    for _ in range(2):
        await archive.save_raw(RUN.id, "tenant-1", [RawAnswer("POST /$batch", 200, "{}")])


async def test_what_a_night_asks_for_again_is_read_once_a_minute(
    blob_archive: BlobArchive, container: ContainerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = (UnreadableAgreement("1202", "Half."),)
    await blob_archive.save_agreements(RUN.id, "connectwise", 0, readings, ["1202"])
    await blob_archive.save_line_names(RUN.id, frozenset({"a"}))
    other = BlobArchive(container)
    for _ in range(2):
        assert await blob_archive.read_agreements(RUN.id, "connectwise", 0) == readings
        assert await other.read_line_names(RUN.id) == frozenset({"a"})
        async for name in container.list_blob_names():
            await container.delete_blob(name)
    await blob_archive.save_line_names(RUN.id, frozenset({"a", "b"}))
    assert await blob_archive.read_line_names(RUN.id) == frozenset({"a", "b"})
    assert await other.read_line_names(RUN.id) == frozenset({"a"})
    assert await other.read_line_names("2026-11-23") == frozenset()
    later = time.monotonic() + SECONDS_REMEMBERED + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await other.read_line_names(RUN.id) == frozenset({"a", "b"})
    assert await blob_archive.read_agreements(RUN.id, "connectwise", 0) is None


def test_a_memory_forgets_the_oldest_first() -> None:
    memory = Memory[int](2)
    for name, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        assert memory.keep(name, value) == value
    assert [memory.find(name) for name in "abc"] == [3, None, 4]
    memory.forget("a")
    memory.forget("nothing")
    assert memory.find("a") is None


async def test_results_and_needs_of_a_run_come_back(
    archive: Archive, blob_archive: BlobArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = TenantResult("tenant-1", ("contoso",), TenantState.PLANNED, sku_ids=("SKU-1",), ended_at=NOW)
    results = collect_results([tenant])
    await archive.save_results(RUN.id, results)
    await archive.save_needs(RUN.id, frozenset({"contoso"}))
    assert await archive.read_results(RUN.id) == results
    assert await archive.read_needs(RUN.id) == frozenset({"contoso"})
    assert await archive.read_results("2026-11-23") is None
    assert await archive.read_needs("2026-11-23") is None
    await blob_archive.save_results(RUN.id, results)
    monkeypatch.setattr(codec, "find_shape", lambda kind: "another version's")
    assert await blob_archive.read_results(RUN.id) is None


async def test_agreements_come_back_by_shard(archive: Archive) -> None:
    readings = (UnreadableAgreement("1202", "Half."), UnreadableAgreement("1203", "Half."))
    await archive.save_agreements(RUN.id, "connectwise", 2, readings, ["1203", "1202", "99"])
    assert await archive.read_agreements(RUN.id, "connectwise", 2) == readings
    assert await archive.read_agreements(RUN.id, "connectwise", 1) is None
    assert await archive.list_asked(RUN.id, "connectwise", 2) == frozenset({"1202", "1203", "99"})
    assert await archive.list_asked(RUN.id, "connectwise", 1) is None


async def test_a_shard_of_a_version_that_did_not_keep_what_was_asked_is_still_read(
    blob_archive: BlobArchive, container: ContainerClient
) -> None:
    readings = (Msp(1, 3, 0).make_agreement(0), UnreadableAgreement("1203", "Half."))
    bare = codec.encode(tuple[AgreementReading, ...], readings)
    await container.upload_blob(f"psa/connectwise/{RUN.id}/6.gz", gzip.compress(bare))
    assert await blob_archive.read_agreements(RUN.id, "connectwise", 6) == readings
    assert await blob_archive.read_agreements(RUN.id, "connectwise", 6, ["1203"]) == readings[1:]
    assert await blob_archive.list_asked(RUN.id, "connectwise", 6) is None


async def test_of_a_shard_only_what_is_wanted_comes_back(archive: Archive) -> None:
    agreement = Msp(1, 3, 0).make_agreement(0)
    readings = (agreement, UnreadableAgreement("1203", "Half."))
    await archive.save_agreements(RUN.id, "connectwise", 4, readings, ["1203"])
    assert await archive.read_agreements(RUN.id, "connectwise", 4, ["1203"]) == readings[1:]
    assert await archive.read_agreements(RUN.id, "connectwise", 4, {agreement.id}) == readings[:1]
    assert await archive.read_agreements(RUN.id, "connectwise", 4, ()) == ()
    assert await archive.read_agreements(RUN.id, "connectwise", 5, ["1203"]) is None


async def test_a_shard_without_agreements_was_read_all_the_same(archive: Archive) -> None:
    await archive.save_agreements(RUN.id, "connectwise", 0, (), ())
    assert await archive.read_agreements(RUN.id, "connectwise", 0) == ()


# Rows and filters


@pytest.mark.parametrize("key", ["", "a/b", "a\\b", "a#b", "a?b", "a\nb", "\t", "a\x00", "\x7f", "\x85"])
def test_a_key_that_a_table_does_not_take_is_refused(key: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be a table key"):
        check_key(key)
    for keys in [(key, "x"), ("x", key)]:
        with pytest.raises(Misconfigured):
            make_row(*keys, b"{}")


@pytest.mark.parametrize("key", ["a", "o'neill", "ünï – ø", "a b", "%", "&", "a:b", "🙂"])
def test_any_other_key_is_taken(key: str) -> None:
    assert make_row(key, key, b"{}") == {"PartitionKey": key, "RowKey": key, "value": "{}"}


@pytest.mark.parametrize(("length", "fits"), [(VALUE_LENGTH_LIMIT, True), (VALUE_LENGTH_LIMIT + 1, False)])
def test_a_value_that_no_row_holds_is_refused(length: int, fits: bool) -> None:
    if fits:
        assert len(join_value(make_row("a", "b", b"x" * length))) == length
    else:
        with pytest.raises(Misconfigured, match="fit"):
            make_row("a", "b", b"x" * length)


def test_a_value_is_measured_as_azure_measures_it() -> None:
    with pytest.raises(Misconfigured):
        make_row("a", "b", ("🙂" * (VALUE_LENGTH_LIMIT // 2 + 1)).encode())


@pytest.mark.parametrize("letter", ["x", "ü", "🙂"])
@pytest.mark.parametrize(
    "units", [COLUMN_LENGTH_LIMIT - 2, COLUMN_LENGTH_LIMIT, COLUMN_LENGTH_LIMIT + 2, VALUE_LENGTH_LIMIT]
)
async def test_a_long_value_comes_back_whole(books_table: TableClient, letter: str, units: int) -> None:
    text = letter * (units // measure(letter))
    row = make_row("a", "b", text.encode())
    assert all(measure(value) <= COLUMN_LENGTH_LIMIT for value in row.values())
    assert await insert(books_table, row)
    assert [found["value"] async for found in query(books_table, filters.in_partition("a"))] == [text]
    found = await read(books_table, "a", "b")
    assert found is not None
    assert found["value"] == text


async def test_nothing_of_a_longer_value_stays(books_table: TableClient) -> None:
    for put_row in (put, put_one_batch):
        await insert(books_table, make_row("a", "b", b"x" * 100_000))
        await put_row(books_table, make_row("a", "b", b"short"))
        assert [row["value"] async for row in query(books_table, filters.in_partition("a"))] == ["short"]


async def put_one_batch(table: TableClient, row: Row) -> None:
    await put_batches(table, [row])


async def test_a_tenant_with_very_many_held_lines_is_kept(runs: Runs) -> None:
    line = HeldLine("mapping", "E3", "abc", "hash", HoldRule.LARGE_DROP, "Look at this line. " * 20, 10, 2)
    result = AgreementResult("contoso", "connectwise", "1201", "hash", CustomerState.HELD, 0, held=(line,) * 200)
    tenant = replace(TENANT, agreements=(result,))
    await end_tenant(runs, tenant)
    assert await runs.list_tenants(RUN.id) == (tenant,)
    assert await runs.read_tenant(RUN.id, tenant.tenant_id) == tenant
    await end_tenant(runs, TENANT)
    assert await runs.read_tenant(RUN.id, tenant.tenant_id) == TENANT


def hold_everything(customers: int, lines: int) -> TenantResult:
    """What a run found of a tenant that serves many customers, each with one agreement of which every line is held."""
    results = []
    for number in range(customers):
        customer = f"customer-{number:03d}"
        held = tuple(
            HeldLine(
                mapping_id=f"{customer}-{line:02d}",
                licence_name="Microsoft 365 Business Premium",
                line_hash=hash_text(f"{customer}/{line}"),
                plan_hash=hash_text(customer),
                rule=HoldRule.LARGE_DROP,
                sentence="Microsoft 365 Business Premium would fall from 40 to 2 seats, which is more than half.",
                quantity_before=40,
                quantity_after=2,
                monthly=Decimal("-836.00"),
            )
            for line in range(lines)
        )
        sentences = tuple(line.sentence for line in held)
        results.append(
            AgreementResult(
                customer, "cw", f"12{number}", hash_text(customer), CustomerState.HELD, 0, sentences, held=held
            )
        )
    names = tuple(each.customer_id for each in results)
    return TenantResult("tenant-1", names, TenantState.PLANNED, agreements=tuple(results), ended_at=NOW)


async def test_a_tenant_of_forty_customers_with_twelve_held_lines_each_is_kept_whole(runs: Runs) -> None:
    tenant = hold_everything(40, 12)
    assert len(encode(TenantResult, tenant)) > VALUE_LENGTH_LIMIT
    await runs.queue_tenants(RUN.id, [TENANT])
    for _ in range(2):
        await end_tenant(runs, tenant)
    assert await runs.read_tenant(RUN.id, tenant.tenant_id) == tenant
    other = replace(TENANT, tenant_id="tenant-2")
    await runs.queue_tenants(RUN.id, [TENANT, other])
    assert await runs.list_tenants(RUN.id) == (tenant, other)
    await end_tenant(runs, TENANT)
    assert await runs.list_tenants(RUN.id) == (TENANT, other)


async def test_the_row_stays_small_and_knows_nothing_without_its_blob(
    books_table: TableClient, config_table: TableClient, container: ContainerClient
) -> None:
    runs, tenant = TableRuns(books_table, config_table, container), hold_everything(40, 12)
    await end_tenant(runs, tenant)
    [row] = [row async for row in query(config_table, filters.in_partition(RUN.id))]
    assert len(row["value"]) < 2_000
    async for blob in container.list_blob_names():
        await container.delete_blob(blob)
    lost = await runs.read_tenant(RUN.id, tenant.tenant_id)
    assert lost is not None and await runs.list_tenants(RUN.id) == (lost,)
    assert (lost.state, lost.customer_ids, lost.agreements) == (TenantState.UNKNOWN, tenant.customer_ids, ())
    assert lost.sentence.endswith("Sync its customers to read it afresh.")
    await end_tenant(runs, tenant)
    async for blob in container.list_blob_names():
        await container.upload_blob(blob, b"half of it", overwrite=True)
    with pytest.raises(Bug):
        await runs.read_tenant(RUN.id, tenant.tenant_id)


async def test_a_row_is_inserted_once(books_table: TableClient) -> None:
    assert await insert(books_table, make_row("a", "b", b"1")) is True
    assert await insert(books_table, make_row("a", "b", b"2")) is False
    assert [row["value"] async for row in query(books_table, filters.in_partition("a"))] == ["1"]


@pytest.mark.parametrize(
    "partition", ["o'neill", "''", "' or '1' eq '1", "x' or PartitionKey ne 'x", "@partition", "@from0", "a b @to0 c"]
)
async def test_a_value_cannot_widen_a_filter(books_table: TableClient, partition: str) -> None:
    for name in ("innocent", partition):
        await insert(books_table, make_row(name, "h:1", name.encode()))
    for chosen in (filters.in_partition(partition), filters.with_prefix(partition, "h:")):
        assert [row["value"] async for row in query(books_table, chosen)] == [partition]


@pytest.mark.parametrize("prefix", ["h", "h:", "h:o'neill", "h:' or RowKey ge '"])
async def test_a_prefix_chooses_exactly_the_keys_that_start_with_it(books_table: TableClient, prefix: str) -> None:
    keys = ["g", "h", "h:", "h:a", "h:o'neill", "h:o'neill:1", "h:' or RowKey ge 'x", "i", "H:a"]
    for key in keys:
        await insert(books_table, make_row("p", key, key.encode()))
        await insert(books_table, make_row("q", key, key.encode()))
    expected = sorted(key for key in keys if key.startswith(prefix))
    assert [row["value"] async for row in query(books_table, filters.with_prefix("p", prefix))] == expected
    anywhere = [row["value"] async for row in query(books_table, filters.anywhere_with_prefix(prefix))]
    assert anywhere == expected * 2


def test_values_travel_as_parameters_only() -> None:
    chosen = filters.with_prefixes("o'neill", ("a", "e:"))
    assert "neill" not in chosen.text
    assert chosen.parameters == {"partition": "o'neill", "from0": "a", "to0": "b", "from1": "e:", "to1": "e;"}


# Configuration and secrets


async def test_configuration_comes_back_by_kind(config_table: TableClient) -> None:
    configuration = TableConfiguration(config_table)
    profile = BillingProfile("spb", "Business Premium", "cw", "501", BillableOption.BILLABLE)
    connection = ConnectWiseConnection("cw", "Main", "https://api-na.myconnectwise.net", "demo", "guid", "pub", "priv")
    account = PartnerAccount("p", "tenant", "client", "secret-name", "refresh-name")
    await configuration.save_profile(profile, None)
    await configuration.save_connection(connection)
    await configuration.save_partner_account(account)
    assert await configuration.list_profiles() == {"spb": profile}
    assert await configuration.list_connections() == (connection,)
    assert await configuration.list_partner_accounts() == (account,)


async def test_storage_is_prepared_twice_without_harm(storage: Storage) -> None:
    await storage.prepare()
    await storage.prepare()
    assert await storage.container().exists()
    for name in TABLES:
        assert [row async for row in query(storage.table(name), filters.in_partition("nobody"))] == []
    assert "open" in TABLES


async def test_a_secret_is_read_from_a_private_file(tmp_path: Path) -> None:
    secret = tmp_path / "refresh"
    secret.write_text("canary\n")
    secret.chmod(0o600)
    assert await FileSecrets(tmp_path).read_secret("refresh") == "canary"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700, 0o666])
async def test_a_secret_that_others_may_read_is_refused_without_being_told(tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "refresh"
    secret.write_text("canary")
    secret.chmod(mode)
    with pytest.raises(Misconfigured, match=f"mode {mode:o}; it must be 600") as caught:
        await FileSecrets(tmp_path).read_secret("refresh")
    assert "canary" not in str(caught.value)


async def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="no secret refresh"):
        await FileSecrets(tmp_path).read_secret("refresh")


async def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    secret = tmp_path / "refresh"
    secret.write_text("\n")
    secret.chmod(0o600)
    with pytest.raises(Misconfigured):
        await FileSecrets(tmp_path).read_secret("refresh")
