"""What a walk goes over: the customer's two agreements in a PSA, their invoices, and what differs between PSAs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random

from plans.brakes import Thresholds
from plans.changes import Held
from plans.plan import LinePlan
from tests.unit.plans.agreements import PRICE
from tests.unit.plans.nights import World
from tests.walks.bounds import Ahead, Beat

OTHER = "13"
MOST = 10**6
NO_BRAKES = Thresholds(
    drop_seats=MOST,
    drop_percent=100,
    drop_money=Decimal(PRICE * MOST),
    rise_seats=MOST,
    rise_money=Decimal(PRICE * MOST),
)


class Ground(ABC):
    """Two agreements, which may be followed by others. `waits` are parts of sentences of what no person can help by
    approving, and is no mistake; `plans_a_night` is how many plans a night needs until it is at rest."""

    world: World
    waits: Sequence[str] = ()
    plans_a_night: int = 3

    def begin(self, today: date) -> Iterable[str]:
        """What happens on a day before anybody acts, told."""
        return ()

    @abstractmethod
    def list_agreements(self, today: date) -> Sequence[str]:
        """Those to which a licence may be mapped."""

    @abstractmethod
    def list_beats(self) -> Sequence[Beat]:
        """How often each of them is billed."""

    @abstractmethod
    def switch_flag(self, dice: Random) -> str:
        """The PSA's own proration is another one; in words."""

    @abstractmethod
    def list_due(self) -> Mapping[str, date]:
        """The day on which the next invoice of each agreement is usually made; of those that have one."""

    @abstractmethod
    def invoice(self, agreement_id: str, today: date) -> date:
        """The next invoice is made; the last day that it is for."""

    @abstractmethod
    def hide_invoices(self) -> None:
        """Nobody can tell tonight what is invoiced."""

    def die(self, dice: Random) -> bool:
        """The worker dies in this night; whether it may write anything before."""
        return False

    @abstractmethod
    def end_night(self) -> None:
        """Nothing is hidden any more, and nobody is dead."""

    def wakes(self, today: date) -> bool:
        """Whether something may wait for this very night when nothing moves any more."""
        return False

    def help(self, today: date, lines: Mapping[str, LinePlan]) -> Iterable[str]:
        """What people do who are told to, beside approving, told."""
        return ()

    def is_approved(self, held: Held) -> bool:
        """Whether people ever approve something like this."""
        return True

    def list_let_go(self, held: Held) -> Iterable[date]:
        """The days that nobody bills where this is approved, by its sentence."""
        return ()

    def list_told(self, lines: Mapping[str, LinePlan]) -> Mapping[date, int]:
        """The seats of days that a person was told to bill by hand tonight."""
        return {}

    def list_ahead(self) -> Mapping[date, Ahead]:
        """The days on which nothing could be changed any more when they came."""
        return {}

    @abstractmethod
    def count_billed(self) -> Counter[date]:
        """The seats that its invoices asked for, by day."""

    @abstractmethod
    def find_through(self) -> date:
        """The last day of which all is invoiced."""

    def list_problems(self) -> Iterable[str]:
        """What the PSA did not expect."""
        return ()
