"""What a run proposes of a line replaces what was proposed of it before, and never what a person ticked off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from plans.approvals import OpenProposal, ProposedLine
from plans.changes import CreditProposal
from plans.ports import Outside
from plans.results import AgreementResult
from plans.runs import CustomerState, Run, RunPhase
from sync.closing import propose_credits
from tests.simulation.faults import Faults, Process
from tests.simulation.store import Disk, Store
from tests.unit.plans.nights import SPB, World, april, in_advance, may
from tests.unit.store.conftest import Hurried
from tests.unit.sync.test_attacked_wishes import run_night

STARTED = datetime(2026, 6, 2, 2, 0, tzinfo=UTC)
RUN = Run("2026-06-02", RunPhase.PUSHING, STARTED)


@dataclass
class Waiting:
    """What waits for people, and the way to bring a run's proposals to it."""

    store: Store = field(
        default_factory=lambda: Store(Disk(), Faults(random=Hurried(0)), Process("w"), lambda: STARTED)
    )

    async def close(self, *found: ProposedLine, certain: bool = True) -> None:
        result = AgreementResult("c", "cw", "12", "hash", CustomerState.UNCHANGED, 0, proposals=found)
        outside = cast(Outside, type("Outside", (), {"open_items": self.store}))
        await propose_credits(outside, RUN, [result], {}, frozenset({"c"} if certain else ()))

    async def tick_off(self, proposal_id: str, at: datetime = STARTED - timedelta(days=1)) -> None:
        (found,) = [each for each in await self.store.list_proposals() if each.id == proposal_id]
        assert await self.store.settle_proposal(replace(found, settled_by="Ada", settled_at=at, invoice_number="C-1"))

    async def tell(self) -> list[tuple[str, bool]]:
        """The ids, and whether they are ticked off."""
        return sorted((each.id, each.settled_by is not None) for each in await self.store.list_proposals())


def propose(start: date, last: date, seats: int = 5, mapping_id: str = "m") -> ProposedLine:
    return ProposedLine(mapping_id, "SPB", CreditProposal(start, last, seats, Decimal("100.00"), "Give it back."))


MAY = propose(may(1), may(31))
BOTH = propose(may(1), date(2026, 6, 30))


async def test_a_proposal_that_grew_takes_the_place_of_the_one_before() -> None:
    """100.00 for May, then 200.00 for May and June: one is open, not 300.00 in two. So it is where another line of the
    customer is parked, and nothing else is certain."""
    for certain in (True, False):
        waiting = Waiting()
        await waiting.close(MAY, propose(may(1), may(31), mapping_id="other"))
        await waiting.close(BOTH, certain=certain)
        kept = [("c:m:2026-05-01:2026-06-30:5", False)]
        assert await waiting.tell() == kept + ([] if certain else [("c:other:2026-05-01:2026-05-31:5", False)])


async def test_more_for_the_very_same_days_is_proposed_beside_what_was_ticked_off() -> None:
    """5 seats of May were given back; 5 more turn out to be too many: another proposal of the same days, once."""
    waiting = Waiting()
    await waiting.close(MAY)
    await waiting.tick_off("c:m:2026-05-01:2026-05-31:5")
    for _ in range(2):
        await waiting.close(MAY)
        name = "c:m:2026-05-01:2026-05-31:5"
        assert await waiting.tell() == [(name, True), (f"{name}:1", False)]
    await waiting.close()
    assert await waiting.tell() == [(name, True)]


async def test_what_is_ticked_off_while_a_run_goes_on_is_left_to_the_next_one() -> None:
    """The run planned 100.00 for May; Ada ticks it off before it closes. It is not proposed again, and what else is
    open of the line stays: the run did not know."""
    waiting = Waiting()
    june = propose(date(2026, 6, 1), date(2026, 6, 30), 2)
    await waiting.close(MAY, june)
    await waiting.tick_off("c:m:2026-05-01:2026-05-31:5", STARTED + timedelta(minutes=5))
    await waiting.close(MAY, propose(may(1), may(31), mapping_id="other"))
    assert await waiting.tell() == [
        ("c:m:2026-05-01:2026-05-31:5", True),
        ("c:m:2026-06-01:2026-06-30:2", False),
        ("c:other:2026-05-01:2026-05-31:5", False),
    ]


def with_a_fall() -> World:
    """In advance, credits on: 10, and 9 since 10 April."""
    world = in_advance()
    world.change(gives_credits=True)
    world.night(april(10), 9)
    world.night(april(11), 9)
    return world


async def test_planning_asks_what_was_given_back_where_something_would_be_proposed() -> None:
    """1 seat of 10 to 30 April, 14.00. It is ticked off: the run of the 12th proposes nothing more."""
    asked: list[str] = []

    @dataclass
    class Settled:
        found: tuple[OpenProposal, ...] = ()

        async def list_settled(self, customer_id: str) -> tuple[OpenProposal, ...]:
            asked.append(customer_id)
            return self.found

    world = with_a_fall()
    (result,), _ = await run_night(world, april(12), open_items=Settled(), spb=9)
    (proposed,) = result.proposals
    assert (proposed.proposal.start, proposed.proposal.last, proposed.proposal.amount) == (
        april(10),
        april(30),
        Decimal(14),
    )
    done = OpenProposal("contoso", "Contoso", "12", STARTED, proposed, "Ada", STARTED, "C-1")
    (result,), _ = await run_night(world, april(12), open_items=Settled((done,)), spb=9)
    assert result.proposals == ()
    assert asked == ["contoso", "contoso"]
    unasked: Any = None
    await run_night(in_advance(), april(12), open_items=unasked, spb=10)
    assert SPB in world.journals
