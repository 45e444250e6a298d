"""P2: a whole night over real HTTP, the stand-ins far away: the steps, driven by a plain bounded driver."""

from __future__ import annotations

from bench.driver import STEPS_AT_ONCE
from bench.figures import Figure, Size, judge
from bench.nights import MICROSOFT_SECONDS, PSA_SECONDS, WIDE_WINDOW, Night, play_far, play_in_turn
from bench.whole_host import play_host
from plans.limits import Limits

CLOSE_GOAL = 1.3
FASTER_GOAL = 15.0
WORKED_OUT_WITHIN = 0.15


def measure(size: Size) -> list[Figure]:
    """How near the night comes to what bounds it, and how much faster it is than its calls one after another.

    One after another is worked out: the counted calls times their latency, and the process's own time.
    """
    nights, host, turn = play_far(size), play_host(size), play_in_turn(size)
    what = f"a night of {size.customers:,} customers, {nights.buyers} of whom bought"
    figures = [
        line
        for night, window in ((nights.wide, WIDE_WINDOW), (nights.usual, Limits().psa_window))
        for line in describe(size, night, window, f"{what}; {window} questions to the PSA at once")
    ]
    told = Figure(
        "P2",
        f"a night of {size.host_customers:,} customers through the whole local host",
        f"{host.seconds:.0f} s",
        "stated",
        True,
        f"timer, engine, Azurite, one worker; stand-ins without latency; {host.customers} read, {host.writes} writes",
    )
    worked_out = turn.latency_seconds + turn.played.cpu_seconds
    compared = Figure(
        "P2",
        f"{size.turn_customers} customers, one call after another",
        f"{turn.played.wall_seconds:.1f} s",
        f"about the {worked_out:.1f} s that are worked out",
        judge(size, abs(turn.played.wall_seconds / worked_out - 1) <= WORKED_OUT_WITHIN),
        f"{turn.microsoft_calls + turn.psa_calls} calls",
    )
    return [*figures, compared, told]


def describe(size: Size, night: Night, window: int, what: str) -> list[Figure]:
    """The two lines about one night."""
    wall, cpu = night.played.wall_seconds, night.played.cpu_seconds
    bound = night.microsoft_calls * MICROSOFT_SECONDS / STEPS_AT_ONCE + night.psa_calls * PSA_SECONDS / window
    one_by_one = night.latency_seconds + cpu
    close, faster = wall / max(bound, cpu), one_by_one / wall
    calls = f"{night.microsoft_calls:,} calls at 80 ms, {night.psa_calls:,} at 150 ms"
    return [
        Figure(
            "P2",
            what,
            f"{wall:.0f} s, {close:.2f} × what bounds it",
            f"≤ {CLOSE_GOAL} ×",
            judge(size, close <= CLOSE_GOAL),
            f"by latency {bound:.0f} s, own processor time {cpu:.0f} s; {calls}",
        ),
        Figure(
            "P2",
            "the same calls one after another",
            f"{faster:.1f} × slower",
            f"≥ {FASTER_GOAL:.0f} ×",
            judge(size, faster >= FASTER_GOAL),
            f"worked out: {one_by_one:.0f} s",
        ),
    ]
