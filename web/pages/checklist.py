"""The seven first steps, from an empty installation to the first billed seat, and which of them are done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.ports import CustomerOverview
from web.wording import write_number_of

CONNECTIONS = "/settings/connections"
# The step, what it is about, where it is done, and the words of its button.
STEPS = (
    ("Connect your PSA", "The keys are tested, and missing rights are named.", CONNECTIONS, "Connect the PSA"),
    (
        "Connect Microsoft",
        "One consent of your service account reads every customer tenant.",
        CONNECTIONS,
        "Connect Microsoft",
    ),
    (
        "Find your tenants",
        "The first reading lists the tenants that the account reaches.",
        CONNECTIONS,
        "Read the account",
    ),
    (
        "Add customers",
        "Tenants and PSA companies are matched for you; you accept.",
        "/customers/add/bulk",
        "Add customers",
    ),
    (
        "Make billing profiles",
        "Which product, at which price, on which agreements.",
        "/profiles/new",
        "Make a billing profile",
    ),
    ("Map licences", "Which licence of a customer is billed by which profile.", "/customers", "Map licences"),
    (
        "Switch to live",
        "Until then everything is planned and shown, and nothing is written.",
        "/customers",
        "Switch a customer to live",
    ),
)


@dataclass(frozen=True, slots=True)
class SetUp:
    """What there is so far. `accounts` have been consented; `tenants` are those that they reach."""

    connections: int
    accounts: int
    tenants: int
    profiles: int
    overviews: Sequence[CustomerOverview]

    @property
    def mapped(self) -> int:
        """How many mappings bill something, or will."""
        return sum(not mapping.is_excluded for each in self.overviews for mapping in each.mappings)

    @property
    def live(self) -> int:
        """How many customers are written."""
        return sum(not each.customer.is_observed for each in self.overviews if each.mappings)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `address` and `action` lead to it; `is_next` marks the first one that is not done."""

    word: str
    sentence: str
    address: str
    action: str
    is_done: bool
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class ChecklistView:
    """The page: a sentence, and the steps in their order."""

    headline: str
    steps: tuple[Step, ...]

    @property
    def next_step(self) -> Step | None:
        """The one to do now."""
        return next((step for step in self.steps if step.is_next), None)


def make_checklist(set_up: SetUp) -> ChecklistView:
    """The steps as they stand."""
    steps = list_steps(set_up)
    first = next((step for step in steps if not step.is_done), None)
    marked = tuple(
        step if step is not first else Step(step.word, step.sentence, step.address, step.action, False, is_next=True)
        for step in steps
    )
    done = sum(step.is_done for step in steps)
    headline = "Seven steps to the first billed seat." if done == 0 else f"{done} of {len(steps)} steps are done."
    return ChecklistView(headline if first else "Everything is set up.", marked)


def list_steps(set_up: SetUp) -> tuple[Step, ...]:
    """Each step, with what there is of it already."""
    found = (
        (set_up.connections, "connection"),
        (set_up.accounts, "account"),
        (set_up.tenants, "tenant"),
        (len(set_up.overviews), "customer"),
        (set_up.profiles, "profile"),
        (set_up.mapped, "mapping"),
        (set_up.live, "live customer"),
    )
    return tuple(
        Step(word, write_done(count, noun, before), address, action, count > 0)
        for (word, before, address, action), (count, noun) in zip(STEPS, found, strict=True)
    )


def write_done(count: int, noun: str, before: str) -> str:
    """How many there are; what the step is about where there is none."""
    return f"{write_number_of(count, noun)}." if count else before
