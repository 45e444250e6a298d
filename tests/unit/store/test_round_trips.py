"""Whatever is kept comes back as it was: every type that the stores write, as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plans.agreements import Agreement, AgreementReading, UnreadableAgreement
from plans.approvals import Approval, OpenHold, OpenProposal
from plans.brakes import Thresholds
from plans.changes import AdjustUnits, CreateAddition, SetAddition
from plans.controls import Pause
from plans.counts import Count
from plans.journal import Acceptance, Adoption, Evidence, HistoryEntry, Intent, Refusal
from plans.judgement import Verdict
from plans.ledger import LedgerEntry
from plans.plan import AgreementPlan, hash_plan
from plans.results import PushResult, TenantResult
from plans.runs import Run
from plans.timeline import Timeline, make_timeline
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.holdings import Holding
from profiles.licences import Snapshot, Term
from profiles.parts import OneSubscription, Part
from store.codec import decode, encode
from store.configuration import KeptExclusion
from store.lines import LineState, UndoRequest
from store.mapping_rows import decode_mapping, encode_mapping
from tests.unit.store.values import (
    MAPPING,
    make_adjustment,
    make_adoption,
    make_change,
    make_evidence,
    make_intent,
    make_ledger,
    make_mapping,
    make_set,
)

KEPT = (
    Acceptance,
    Adoption,
    AgreementPlan,
    Approval,
    BillingProfile,
    Count,
    Customer,
    Evidence,
    HistoryEntry,
    Intent,
    KeptExclusion,
    LedgerEntry,
    LineState,
    Mapping,
    OpenHold,
    OpenProposal,
    Pause,
    PushResult,
    Refusal,
    Run,
    Snapshot,
    TenantResult,
    Thresholds,
    UndoRequest,
    Verdict,
)

# Finite amounts, aware times, timelines that are well made: what a value holds that was read and checked.
MONEY = st.decimals(allow_nan=False, allow_infinity=False)
TIMELINES = st.lists(st.tuples(st.dates(), st.integers(-5, 500)), max_size=4).map(make_timeline)


def draw_few(kind: Any) -> st.SearchStrategy[Any]:
    """Tuples of up to three: a plan holds lines that hold changes that hold timelines, and all of them grow at once."""
    match get_args(kind):
        case (each, other) if other is Ellipsis:
            return st.lists(st.from_type(each), max_size=3).map(tuple)
        case parts:
            return st.tuples(*map(st.from_type, parts))


st.register_type_strategy(tuple, draw_few)
st.register_type_strategy(Decimal, MONEY)
st.register_type_strategy(Timeline, TIMELINES)
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
FEW = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.__name__)
def test_whatever_is_kept_comes_back(kind: type[Any]) -> None:
    @FEW
    @given(value=st.from_type(kind))
    def check(value: Any) -> None:
        assert decode(kind, encode(kind, value)) == value

    check()


@FEW
@given(readings=st.lists(st.from_type(Agreement) | st.from_type(UnreadableAgreement), max_size=3).map(tuple))
def test_agreements_come_back_whether_they_could_be_read_or_not(readings: tuple[AgreementReading, ...]) -> None:
    kind = tuple[AgreementReading, ...]
    assert decode(kind, encode(kind, readings)) == readings


def test_a_mapping_that_was_kept_before_it_said_who_mapped_it_is_a_persons() -> None:
    kept = json.loads(encode_mapping(make_mapping()))
    assert kept.pop("mapped_by") == "person"
    assert decode_mapping(json.dumps(kept)) == make_mapping()


@FEW
@given(mapping=st.from_type(Mapping))
def test_a_mapping_comes_back_from_its_row(mapping: Mapping) -> None:
    assert decode_mapping(encode_mapping(mapping)) == mapping


@pytest.mark.parametrize(
    ("kept", "part"),
    [(None, None), ("P1Y", Term.ANNUAL), ({"subscription_id": "ab-1"}, OneSubscription("AB-1"))],
)
def test_the_part_of_a_mapping_stands_where_its_term_did(kept: object, part: Part) -> None:
    """Rows of before are read as they were, and look the same when they are kept again. What a version of before cannot
    understand is no term: it refuses the row, and bills nothing by it."""
    mapping = replace(make_mapping(), part=part)
    row = json.loads(encode_mapping(mapping))
    assert row["term"] == kept and "part" not in row
    assert decode_mapping(json.dumps(row)) == mapping
    if kept is None:
        row.pop("term")
        assert decode_mapping(json.dumps(row)) == mapping, "of before there were terms"


def test_what_a_run_of_before_kept_of_a_licence_is_read() -> None:
    """Its terms as they were; which subscriptions there are nobody kept."""
    kept = json.loads(encode(Holding, Holding("SKU", "SPB", 10, 9, ((Term.ANNUAL, 10),), 10)))
    assert kept.pop("subscriptions") is None
    assert decode(Holding, json.dumps(kept)).terms == ((Term.ANNUAL, 10),)


@FEW
@given(plan=st.from_type(AgreementPlan))
def test_a_plan_keeps_its_hash_on_its_way_through_the_archive(plan: AgreementPlan) -> None:
    assert hash_plan(decode(AgreementPlan, encode(AgreementPlan, plan))) == hash_plan(plan)


@pytest.mark.parametrize("change", [make_change(), make_set(), make_adjustment()], ids=lambda change: change.kind)
def test_every_kind_of_change_comes_back_as_its_kind(change: CreateAddition | SetAddition | AdjustUnits) -> None:
    intent, evidence = make_intent(change), make_evidence(change=change)
    assert type(decode(Intent, encode(Intent, intent)).change) is type(change)
    assert decode(Evidence, encode(Evidence, evidence)) == evidence


def test_the_first_and_the_last_day_there_are_come_back() -> None:
    entry = make_ledger(0, MAPPING, date.min)
    entry = replace(entry, levels=make_timeline([(date.min, 3), (date.max, 0)]), invoiced_through=date.max)
    assert decode(LedgerEntry, encode(LedgerEntry, entry)) == entry
    adoption = make_adoption()
    assert decode(Adoption, encode(Adoption, adoption)) == adoption
    assert adoption.ledger.effective_on == date.min


def test_a_quantity_keeps_its_value_in_json() -> None:
    assert decode(Decimal, encode(Decimal, Decimal("0.125"))) == Decimal("0.125")
