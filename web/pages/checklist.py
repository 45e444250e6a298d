"""The seven first steps, from an empty installation to the first billed seat, and which of them are done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from plans.ports import CustomerOverview
from web.pages.names import write_tenants_address
from web.security.permissions import Permission
from web.wording import write_number_of

CONNECTIONS = "/settings/connections"
MICROSOFT = f"{CONNECTIONS}/microsoft"
ADMINISTER, OPERATE = Permission.ADMINISTER, Permission.OPERATE
# The step, what it is about, the words of its button, and who may do it.
STEPS = (
    ("Connect your PSA", "The keys are tested, and missing rights are named.", "Connect the PSA", ADMINISTER),
    (
        "Connect Microsoft",
        "One consent of your service account reads every customer tenant.",
        "Connect Microsoft",
        ADMINISTER,
    ),
    (
        "Find your tenants",
        "The first reading lists the tenants that the account reaches.",
        "Read the account",
        ADMINISTER,
    ),
    ("Add customers", "Tenants and PSA companies are matched for you; you accept.", "Add customers", OPERATE),
    ("Make billing profiles", "Which product, at which price, on which agreements.", "Make a billing profile", OPERATE),
    ("Map licences", "Which licence of a customer is billed by which profile.", "Map licences", OPERATE),
    (
        "Switch to live",
        "Until then everything is planned and shown, and nothing is written.",
        "Switch a customer to live",
        OPERATE,
    ),
)
FIND_TENANTS = 2
CLOSED_DOORS = "None is known to let the application in: a new registration must be let in first."
# Where what is done can be looked at.
LOOKS = (CONNECTIONS, MICROSOFT, MICROSOFT, "/customers", "/profiles", "/customers", "/customers")


@dataclass(frozen=True, slots=True)
class SetUp:
    """What there is so far. `accounts` have been consented; `tenants` are those that they reach.

    `account_id` is the account that was added first, consented or not; empty where there is none. `let_in` are tenants
    that are known to let the application of one of the accounts in: they said so, or a run has read them.
    """

    connections: int
    accounts: int
    tenants: int
    profiles: int
    overviews: Sequence[CustomerOverview]
    account_id: str = ""
    let_in: int = 0

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
    """One step of seven. `address` and `action` lead to it; `is_next` marks the first one that is not done.

    Whoever lacks `permission` is led nowhere. `also` are words and an address for what may be needed besides.
    """

    number: int
    word: str
    sentence: str
    address: str
    action: str
    permission: Permission
    is_done: bool
    is_next: bool = False
    also: tuple[str, str] | None = None


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
    todo = [step for step in steps if not step.is_done]
    # Letting the application in can wait: one that every tenant knows already needs it for no tenant.
    first = next((step for step in todo if step.also is None), next(iter(todo), None))
    marked = tuple(step if step is not first else replace(step, is_next=True) for step in steps)
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
    told = zip(STEPS, found, list_addresses(set_up), LOOKS, strict=True)
    steps = tuple(
        Step(number, word, write_done(count, noun, before), look if count else address, action, permission, count > 0)
        for number, ((word, before, action, permission), (count, noun), address, look) in enumerate(told, 1)
    )
    if not set_up.tenants or set_up.let_in or not set_up.account_id:
        return steps
    found_them = steps[FIND_TENANTS]
    also = ("Let the application in", write_tenants_address(set_up.account_id))
    waits = replace(found_them, sentence=f"{found_them.sentence} {CLOSED_DOORS}", is_done=False, also=also)
    return (*steps[:FIND_TENANTS], waits, *steps[FIND_TENANTS + 1 :])


def list_addresses(set_up: SetUp) -> tuple[str, ...]:
    """Where each step is done: the form itself where there is one."""
    account = f"{MICROSOFT}/{quote(set_up.account_id, safe='')}" if set_up.account_id else f"{MICROSOFT}/new"
    mapped = [each.customer.id for each in set_up.overviews if any(not it.is_excluded for it in each.mappings)]
    live = f"/customers/{quote(mapped[0], safe='')}/settings" if len(mapped) == 1 else "/customers?state=observed"
    return (
        f"{CONNECTIONS}/connectwise/new",
        account,
        account,
        "/customers/add/bulk",
        "/profiles/new",
        "/customers?state=unmapped",
        live,
    )


def write_done(count: int, noun: str, before: str) -> str:
    """How many there are; what the step is about where there is none."""
    return f"{write_number_of(count, noun)}." if count else before
