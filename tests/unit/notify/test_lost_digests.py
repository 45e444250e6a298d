"""Whatever becomes of single mails, whoever reads those that left was told each thing once, and its solution."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from plans.alerts.alert import AlertKind
from plans.alerts.kinds import Rhythm
from plans.alerts.notifications import KindChoice, Notifications
from plans.mail import DeliveryState
from tests.unit.notify.test_digests import ANNA, AT_SEVEN, World, list_told, named
from tests.unit.plans.alerts.values import keep

RHYTHMS = {
    AlertKind.HELD: Rhythm.DAILY,
    AlertKind.UNUSED_SEATS: Rhythm.WEEKLY,
    AlertKind.GDAP_EXPIRING: Rhythm.MONTHLY,
}
LONGEST_RHYTHM = 40
# What becomes of a day's mail: it leaves, it is lost in one of two ways, or nobody fires the timer.
ENDS = ("left", "left", "left", DeliveryState.FAILED, DeliveryState.IN_DOUBT, "asleep")


@dataclass
class Days:
    """A world with a kind of each rhythm, day by day."""

    world: World = field(default_factory=World)
    count: int = 0
    raised: list[str] = field(default_factory=list)
    solved: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        choices = tuple((kind, KindChoice(rhythm=rhythm)) for kind, rhythm in RHYTHMS.items())
        self.world.alerts.notifications = Notifications((ANNA,), choices)

    def live(self, end: str, new: list[AlertKind], solves: bool) -> None:
        """A night that finds these and may solve the first one that stands, and the morning after it."""
        world = self.world
        world.time = AT_SEVEN + timedelta(days=self.count)
        self.count += 1
        night = world.time - timedelta(hours=5)
        for kind in new:
            alert = named(f"thing {len(self.raised)}", kind)
            self.raised.append(alert.customer_name)
            world.alerts.standing[alert.id] = keep(alert, night)
        if solves and world.alerts.standing:
            kept = world.alerts.standing.pop(min(world.alerts.standing))
            world.alerts.cleared.append(replace(kept, cleared_at=night + timedelta(minutes=1)))
            self.solved.add(kept.alert.customer_name)
        if isinstance(end, DeliveryState):
            world.post.ends[world.time.date().isoformat()] = end
        if end != "asleep":
            asyncio.run(world.fire(None))

    def list_all(self, title: str) -> list[str]:
        """What a list of all the mails named that left."""
        left = [mail for mail in self.world.post.mails.values() if mail.id[-10:] not in self.world.post.ends]
        return [name for mail in left for name in list_told(mail.text, title)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(ENDS), st.lists(st.sampled_from(list(RHYTHMS)), max_size=2), st.booleans()),
        min_size=8,
        max_size=50,
    )
)
def test_each_thing_is_told_once_and_solved_once_whatever_is_lost(
    days: list[tuple[str, list[AlertKind], bool]],
) -> None:
    played = Days()
    for end, new, solves in days:
        played.live(end, new, solves)
    for _ in range(LONGEST_RHYTHM):
        played.live("left", [], solves=False)
    told, ended = played.list_all("NEW"), played.list_all("SOLVED SINCE THE LAST MAIL")
    for name in played.raised:
        if name in played.solved:
            assert told.count(name) == ended.count(name) <= 1, "solved before anybody was told, it is told to nobody"
        else:
            assert (told.count(name), ended.count(name)) == (1, 0)


def test_what_a_lost_mail_caught_up_is_in_the_next_one() -> None:
    """A weekly thing of the weekend; nobody fires on Monday, and Tuesday's mail, the very first, is lost. Wednesday's
    told the daily thing alone, and the weekly one was solved before the next Monday: it was told as solved, and never
    as there."""
    played = Days()
    for _ in range(5):
        played.live("left", [], solves=False)
    played.live("left", [AlertKind.UNUSED_SEATS], solves=False)
    played.live("asleep", [AlertKind.HELD], solves=False)
    played.live(DeliveryState.FAILED, [], solves=False)
    played.live("left", [], solves=False)
    assert sorted(played.list_all("NEW")) == ["thing 0", "thing 1"]
