"""A step that reads stops itself (architecture, a night): the host would end everything else in its process with it."""

from __future__ import annotations

import asyncio

from plans.limits import Limits


def stop_in_time(limits: Limits) -> asyncio.Timeout:
    """What a step's reading stands under. Raises TimeoutError at its end where that took longer than a step may."""
    return asyncio.timeout(limits.longest_reading.total_seconds())


def say_too_late(limits: Limits) -> str:
    """How long it took, in the middle of a sentence."""
    return f"took longer than {limits.longest_reading.total_seconds() / 60:g} minutes"
