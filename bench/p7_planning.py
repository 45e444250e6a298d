"""P7: planning 50,000 mappings, in memory and without I/O: `plans.planning` and ConnectWise's translation."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Figure, Size, find_middle, judge
from bench.msp import NIGHT, Msp
from plans.changes import Unchanged
from plans.inputs import LineInput, Surroundings
from plans.keys import name_line
from plans.plan import AgreementPlan
from plans.planning import plan_agreement
from plans.ports import Desk
from profiles.billing import BillingProfile
from psa.connectwise.lines import translate_line

GOAL_SECONDS = 1.0
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """One agreement to plan."""

    desk: Desk
    lines: tuple[LineInput, ...]
    around: Surroundings


def measure(size: Size) -> list[Figure]:
    """The processor time of planning so many mappings that are as they should be: the median of three rounds."""
    tasks = make_tasks(Msp(size.planned_mappings // size.licences, size.licences, size.users))
    mappings = sum(len(task.lines) for task in tasks)
    seconds = []
    for _ in range(REPETITIONS):
        gc.collect()
        started = time.process_time()
        plans = plan_all(tasks)
        seconds.append(time.process_time() - started)
        check(plans)
    took = find_middle(seconds)
    found = Figure(
        "P7",
        f"planning {mappings:,} mappings",
        f"{took:.2f} s of processor time",
        f"< {GOAL_SECONDS:.0f} s",
        judge(size, took < GOAL_SECONDS),
        f"{1e6 * took / mappings:.0f} µs a mapping; every one at rest, with one addition and one write in its journal",
    )
    return [found]


def make_tasks(msp: Msp) -> list[Task]:
    """What planning every agreement of an MSP looks at."""
    profiles = {each.id: each for each in msp.make_profiles()}
    desks = [msp.make_desk(number) for number in range(msp.customers)]
    names = frozenset(name_line(mapping.id) for desk in desks for mapping in desk.mappings)
    return [make_task(msp, number, desk, profiles, names) for number, desk in enumerate(desks)]


def make_task(msp: Msp, number: int, desk: Desk, profiles: dict[str, BillingProfile], names: frozenset[str]) -> Task:
    """What planning one agreement looks at."""
    agreement = msp.make_agreement(number)
    lines = tuple(
        LineInput(mapping, profiles[mapping.profile_id], line.seats, line.seats, desk.journals[mapping.id])
        for mapping, line in zip(desk.mappings, msp.lines_of(number), strict=True)
    )
    around = Surroundings(
        today=NIGHT,
        company_id=desk.customer.company_id,
        connection_id=desk.customer.connection_id,
        line_names=names,
        translate=translate_line,
        agreements={agreement.id: agreement},
        journals=desk.journals,
        mappings={mapping.id: mapping for mapping in desk.mappings},
        lines={line.mapping.id: line for line in lines},
    )
    return Task(desk, lines, around)


def plan_all(tasks: Sequence[Task]) -> list[AgreementPlan]:
    """Every plan, one after the other."""
    return [
        plan_agreement(task.desk.customer.id, task.desk.mappings[0].agreement_id, task.lines, task.around)
        for task in tasks
    ]


def check(plans: Sequence[AgreementPlan]) -> None:
    """Raises ValueError where a plan is not what it must be: nothing to do, on every line."""
    for plan in plans:
        for line in plan.lines:
            if not isinstance(line.decision, Unchanged) or line.scheduled or line.quantity_billed != line.quantity_owed:
                raise ValueError(f"the made-up line {line.mapping_id} is not at rest: {line.decision}")
