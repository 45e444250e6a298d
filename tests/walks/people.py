"""What people do to the lines of a customer, drawn: one act of each kind a day at most, each with its own chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tests.unit.plans.nights import SPB, World
from tests.walks.grounds import Ground

PRODUCTS = ("501", "777")


@dataclass(frozen=True, slots=True)
class Manners:
    """How likely each act is on a day; `prorates` and `credits` at the beginning. So is it where a PSA knows contracts
    that end and are renewed, and may take no change of what is invoiced: `ends`, `refuses_posted`.

    `is_lower_bound`: no act lets a day bill less than is there, so that this is asked as well.
    """

    prorates: float = 1.0
    credits: float = 0.2
    brakes: float = 0.3
    move: float = 0.03
    sell: float = 0.02
    follow: float = 0.02
    switch_flag: float = 0.0
    switch_option: float = 0.0
    switch_credits: float = 0.01
    exclude: float = 0.0
    refuse: float = 0.0
    unknown_invoices: float = 0.03
    ends: float = 0.35
    refuses_posted: float = 0.3
    late_worker: float = 0.07
    is_lower_bound: bool = True


ORDERLY = Manners()
UNRULY = Manners(
    prorates=0.6, switch_flag=0.02, switch_option=0.01, exclude=0.01, refuse=0.05, is_lower_bound=False
)  # fmt: skip


@dataclass
class Town:
    """A customer with its lines, and the people: `live` is the mapping that bills today, `ended` those it followed."""

    dice: Random
    manners: Manners
    ground: Ground
    live: str = SPB
    ended: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def world(self) -> World:
        """The customer."""
        return self.ground.world

    def tell(self, today: date, *words: object) -> None:
        """Keep what happened, for whoever has to find out."""
        self.told.append(" ".join(map(str, (today, *words))))

    def live_through(self, today: date) -> None:
        """Whatever people do on a day."""
        for chance, act in list_acts(self.manners):
            if self.dice.random() < chance:
                act(self, today)


def move(town: Town, today: date) -> None:
    """To one of the agreements."""
    agreement_id = town.dice.choice(town.ground.list_agreements(today))
    town.world.change(town.live, agreement_id=agreement_id)
    town.tell(today, town.live, "moves to", agreement_id)


def sell(town: Town, today: date) -> None:
    """As another product, or the same."""
    product_id = town.dice.choice(PRODUCTS)
    town.world.sell(town.live, product_id=product_id)
    town.tell(today, town.live, "is sold as", product_id)


def follow(town: Town, today: date) -> None:
    """Another mapping takes over, as a split or a merge does it."""
    world, old = town.world, town.live
    new, before = f"m{len(town.ended) + 1}", town.world.mappings[town.live]
    agreement_id = town.dice.choice([before.agreement_id, *town.ground.list_agreements(today)])
    world.map(new, agreement_id=agreement_id, product_id=world.profiles[old].product_id)
    kept = {"gives_credits": before.gives_credits, "prorates": before.prorates, "is_excluded": before.is_excluded}
    world.change(new, follows=(old,), **kept)
    world.change(old, is_ended=True)
    town.ended.append(old)
    town.live = new
    town.tell(today, new, "follows", old, "on", agreement_id)


def switch_flag(town: Town, today: date) -> None:
    """The PSA's own proration."""
    town.tell(today, town.ground.switch_flag(town.dice))


def switch_option(town: Town, today: date) -> None:
    """The mapping's proration."""
    town.world.change(town.live, prorates=not town.world.mappings[town.live].prorates)
    town.tell(today, town.live, "prorates", town.world.mappings[town.live].prorates)


def switch_credits(town: Town, today: date) -> None:
    """Whether seats that leave are given back."""
    town.world.change(town.live, gives_credits=not town.world.mappings[town.live].gives_credits)
    town.tell(today, town.live, "gives credits", town.world.mappings[town.live].gives_credits)


def exclude(town: Town, today: date) -> None:
    """Not to be billed, or again."""
    town.world.change(town.live, is_excluded=not town.world.mappings[town.live].is_excluded)
    town.tell(today, town.live, "is excluded", town.world.mappings[town.live].is_excluded)


def list_acts(manners: Manners) -> list[tuple[float, Callable[[Town, date], None]]]:
    """Every act with its chance."""
    return [
        (manners.move, move),
        (manners.sell, sell),
        (manners.follow, follow),
        (manners.switch_flag, switch_flag),
        (manners.switch_option, switch_option),
        (manners.switch_credits, switch_credits),
        (manners.exclude, exclude),
    ]


def draw_level(dice: Random, level: int) -> int:
    """The seats of the next day: mostly the same, a few more or fewer, seldom none."""
    if dice.random() >= 0.18:
        return level
    last = -level if dice.random() < 0.1 else 1
    return max(0, level + dice.choice([-3, -2, -1, 1, 2, 3, last]))


def draw_delay(dice: Random) -> timedelta:
    """How long after its day an invoice is made."""
    return timedelta(days=dice.choice([0, 0, 0, -3, -1, 2, 6]))
