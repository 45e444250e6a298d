"""What agreements are called on pages: as the run read them, also those that only renew others."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from plans.agreements import Agreement, AgreementFacts
from plans.ports import Outside
from plans.runs import Run, RunPhase, choose_shard, number_renewals
from web.pages.shelf import AgreementNames

RUN = Run("2026-12-15", RunPhase.CLOSED, datetime(2026, 12, 15, 1, tzinfo=UTC), shard_counts=(("at", 3),))


def name(agreement_id: str) -> Agreement:
    return Agreement("at", agreement_id, f"Managed {agreement_id}", "7", AgreementFacts(True, True, None, None), ())


class Pieces:
    """The pieces of a run, and what was asked for."""

    def __init__(self, **kept: list[Agreement]) -> None:
        self.kept = {int(number.removeprefix("piece_")): found for number, found in kept.items()}
        self.asked: list[int] = []

    async def read_agreements(self, run_id: str, connection_id: str, shard: int) -> Any:
        self.asked.append(shard)
        return self.kept.get(shard)


@pytest.mark.parametrize("old_piece", [0, 1, 2])
def test_a_followed_renewal_has_its_name(old_piece: int) -> None:
    """It was read with the piece of the agreement that it renews, under a number of its own."""
    pieces = Pieces(**{f"piece_{number_renewals(RUN, 'at', old_piece)}": [name("7034")]})
    outside = cast(Outside, SimpleNamespace(archive=pieces))
    names = AgreementNames()
    for _ in range(2):
        assert asyncio.run(names.find(outside, RUN, "at", "7034")) == "Managed 7034"
    assert len(pieces.asked) == 2 + old_piece, "a piece never changes"


def test_what_was_read_itself_is_looked_for_nowhere_else() -> None:
    piece = choose_shard("7031", 3)
    pieces = Pieces(**{f"piece_{piece}": [name("7031")]})
    outside = cast(Outside, SimpleNamespace(archive=pieces))
    assert asyncio.run(AgreementNames().find(outside, RUN, "at", "7031")) == "Managed 7031"
    assert pieces.asked == [piece]
