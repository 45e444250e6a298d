"""Each guard is taken away from outside, one at a time, and some seed must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import override

import pytest

from plans.agreements import Addition, Agreement, AgreementReading
from plans.journal import Intent
from sync import push
from tests.simulation.store import Store
from tests.simulation.story import play

MOST_SEEDS = 150


@dataclass
class ForgetfulStore(Store):
    """Books that say yes to every intent and keep none."""

    @override
    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        await self._before("insert_intent")
        return True


def forget_intents(store: Store) -> Store:
    return ForgetfulStore(store.disk, store.faults, store.process, store.now)


def find_violation(spoil_store: Callable[[Store], Store] = lambda store: store) -> str | None:
    """The first broken promise within the seeds."""
    for seed in range(MOST_SEEDS):
        ending = play(seed, spoil_store)
        if ending.violations:
            return ending.violations[0]
    return None


async def read_as_planned(task: push.Task) -> AgreementReading | None:
    """No look at the PSA: the agreement as the plan remembers it."""
    facts = task.plan.facts
    assert facts is not None
    return Agreement(task.plan.connection_id, task.plan.agreement_id, "", "", facts, task.line.before)


def find_no_match(task: push.Task, agreement: AgreementReading | None) -> tuple[Addition, ...]:
    """No key ever matches."""
    return ()


@pytest.fixture(autouse=True)
def promises_hold_with_every_guard() -> Iterator[None]:
    assert play(0).violations == ()
    yield


def test_without_the_intent_row_a_seed_bills_twice() -> None:
    violation = find_violation(forget_intents)
    assert violation is not None
    assert violation.startswith(("R1", "R8"))


def test_without_the_reread_a_seed_bills_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "read_agreement_now", read_as_planned)
    violation = find_violation()
    assert violation is not None
    assert violation.startswith("R1")


def test_without_the_key_match_a_seed_loses_its_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The re-read covers the key match: nothing is billed twice, but the line is parked for nothing."""
    monkeypatch.setattr(push, "find_matches", find_no_match)
    violation = find_violation()
    assert violation is not None
    assert violation.startswith("R")


def test_without_both_the_reread_and_the_key_match_a_seed_bills_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "read_agreement_now", read_as_planned)
    monkeypatch.setattr(push, "find_matches", find_no_match)
    violation = find_violation()
    assert violation is not None
    assert violation.startswith("R1")
