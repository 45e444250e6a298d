"""Where the world may break, and the processes it breaks. Every point has a name; one seed decides all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.simulation.virtual_time import nap

NEAR_A_WRITE = 15.0
# A process that is suspended between its promise and its write; between the last look at the clock and the request
# nobody could help it.
STALL_POINTS = frozenset({"insert_intent:after", "psa GET:before"})
LONGEST_STALL_EXPONENT = 3.0
WRITE_POINTS = frozenset(
    {
        "take_turn",
        "insert_intent",
        "psa POST",
        "psa PATCH",
        "note_acceptance",
        "settle",
        "end_turn",
        "save_push",
        "save_verdict",
        "save_counts",
    }
)


class Killed(BaseException):
    """The process died here. No `except Exception` may survive it."""


@dataclass(eq=False)
class Process:
    """One worker process: what it does after its death reaches nobody."""

    name: str
    is_dead: bool = False

    def check(self) -> None:
        """Die here if the process is dead."""
        if self.is_dead:
            raise Killed(self.name)


@dataclass
class Faults:
    """How often what breaks. Probabilities are per point; `quiet` ends all of them.

    At a point others may run meanwhile: `yield_chance` says how often they do where nothing is written. What writes, or
    asks the outside, always lets others run. `forced_kill_points` are numbers of points at which the process dies
    whatever the chances say.
    """

    random: Random
    kill_chance: float = 0.0
    double_delivery_chance: float = 0.0
    engine_loss_chance: float = 0.0
    stall_chance: float = 0.0
    answer_chances: dict[str, float] = field(default_factory=dict)
    kills_left: int = 0
    forced_kill_points: set[int] = field(default_factory=set)
    yield_chance: float = 1.0
    points: list[str] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)

    def quiet(self) -> None:
        """From now on nothing breaks. What comes several times goes on doing so: that is no excuse."""
        self.kill_chance = self.engine_loss_chance = self.stall_chance = 0.0
        self.answer_chances = {}
        self.forced_kill_points = set()

    def draw(self, name: str, chance: float) -> bool:
        """Whether the named fault happens now."""
        if chance <= 0.0 or self.random.random() >= chance:
            return False
        self.fired[name] += 1
        return True

    def draw_answer(self, operation: str) -> str | None:
        """What goes wrong with this call to the outside, if anything."""
        for name, chance in self.answer_chances.items():
            target, _, mishap = name.partition(":")
            if operation.startswith(target) and self.draw(name, chance):
                return mishap
        return None

    def draw_kill(self, name: str) -> bool:
        """Whether the process dies at a point, which it does more often near a write."""
        if self.kills_left <= 0:
            return False
        near = NEAR_A_WRITE if name.partition(":")[0] in WRITE_POINTS else 1.0
        return self.draw(f"kill at {name}", self.kill_chance * near)

    async def pass_point(self, process: Process, name: str, *, is_read: bool = False) -> None:
        """A named point of the program: others run meanwhile, and the process may die here."""
        if process.is_dead:
            raise Killed(process.name)
        if not is_read or self.random.random() < self.yield_chance:
            await nap(self.random.uniform(0.001, 0.4))
            if name in STALL_POINTS and self.draw("a process stalls", self.stall_chance):
                await nap(10 ** self.random.uniform(0.0, LONGEST_STALL_EXPONENT))
            if process.is_dead:
                raise Killed(process.name)
        number = len(self.points)
        self.points.append(name)
        if number in self.forced_kill_points:
            self.fired[f"kill at {name}"] += 1
        elif self.draw_kill(name):
            self.kills_left -= 1
        else:
            return
        process.is_dead = True
        raise Killed(name)
