"""Where the world may break, and the processes it breaks. Every point has a name; one seed decides all."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random


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
    """How often what breaks. Probabilities are per point; `quiet` ends all of them."""

    random: Random
    kill_chance: float = 0.0
    double_delivery_chance: float = 0.0
    engine_loss_chance: float = 0.0
    answer_chances: dict[str, float] = field(default_factory=dict)
    kills_left: int = 0
    forced_kill_point: int | None = None
    points: list[str] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)

    def quiet(self) -> None:
        """From now on nothing breaks."""
        self.kill_chance = self.double_delivery_chance = self.engine_loss_chance = 0.0
        self.answer_chances = {}
        self.forced_kill_point = None

    def draw(self, name: str, chance: float) -> bool:
        """Whether the named fault happens now."""
        if chance <= 0.0 or self.random.random() >= chance:
            return False
        self.fired[name] += 1
        return True

    def draw_answer(self, operation: str) -> str | None:
        """What goes wrong with this call to the outside, if anything."""
        for name, chance in self.answer_chances.items():
            target, _, _ = name.partition(":")
            if operation.startswith(target) and self.draw(name, chance):
                return name.partition(":")[2]
        return None

    async def pass_point(self, process: Process, name: str) -> None:
        """A named point of the program: others run meanwhile, and the process may die here."""
        process.check()
        await asyncio.sleep(self.random.uniform(0.001, 0.4))
        process.check()
        number = len(self.points)
        self.points.append(name)
        forced = self.forced_kill_point == number
        if forced or (self.kills_left > 0 and self.draw(f"kill at {name}", self.kill_chance)):
            self.kills_left -= 1
            process.is_dead = True
            raise Killed(name)
