"""The faults of a write: what becomes of its effect and of its answer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

from starlette.responses import Response

from local.simulators.answers import Answer, CutResponse, HangingResponse
from local.simulators.faults import Fault, FaultBoard

EFFECT_FAULTS = ("reset_before_effect", "answer_lost_after_effect", "hang_after_effect", "late_effect")


def take_effect_fault(faults: FaultBoard, operation: str, *, is_write: bool) -> Fault | None:
    """These happen to writes; to a read only where the fault names it."""
    for name in EFFECT_FAULTS:
        fault = faults.find(name, operation)
        if fault is not None and (fault.operation is not None or is_write):
            return fault.use()
    return None


class LateEffects:
    """Changes that land after their caller was told that something went wrong.

    `make_failure` is what a fault with a `detail` is answered with meanwhile; without one there is no answer.
    """

    def __init__(self, make_failure: Callable[[Fault], Answer]) -> None:
        self._make_failure = make_failure
        self._tasks: set[asyncio.Task[None]] = set()

    def respond(self, fault: Fault, make_answer: Callable[[], Answer]) -> Response:
        task = asyncio.create_task(_land_later(fault.seconds or 1.0, make_answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if fault.detail is None:
            return CutResponse()
        return self._make_failure(replace(fault, seconds=None)).as_response()


async def _land_later(seconds: float, make_answer: Callable[[], Answer]) -> None:
    await asyncio.sleep(seconds)
    answer = make_answer()
    print(f"a late effect ended with status {answer.status}", file=sys.stderr)


def respond_with_effect_fault(fault: Fault, make_answer: Callable[[], Answer], late_effects: LateEffects) -> Response:
    if fault.name == "reset_before_effect":
        return CutResponse()
    if fault.name == "late_effect":
        return late_effects.respond(fault, make_answer)
    answer = make_answer()
    if fault.name == "answer_lost_after_effect":
        return CutResponse()
    return HangingResponse(answer.as_response(), fault.seconds)
