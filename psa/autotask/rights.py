"""Which rights the API user's security level has: Autotask says itself what it may do with each entity.

The rights and what they are for: reference autotask-halo.md 1 and 2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from plans.budget import RequestBudget
from plans.errors import Misconfigured, Retry, Throttled
from plans.permissions import (
    Connected,
    Connection,
    KeysRefused,
    NotReached,
    PermissionReport,
    RightReport,
    Standing,
    Suspended,
)
from psa.autotask.client import AutotaskClient, ReadRefused, Row
from psa.autotask.pacing import OWN_LIMIT

# Autotask sends words, where its documentation has numbers.
NOTHING = frozenset({"none", "0"})
EVERYTHING = frozenset({"all", "1"})

type EntityAnswer = Row | Retry | Misconfigured


@dataclass(frozen=True, slots=True)
class Right:
    """A right as the security level calls it, what it is for, and what must be possible: entity and what is done."""

    name: str
    level: str
    needed_for: str
    acts: tuple[tuple[str, str], ...]
    is_optional: bool = False


RIGHTS = (
    Right("CRM > Organizations", "View", "linking companies with tenants", (("Companies", "Query"),)),
    Right(
        "Contracts > Contracts",
        "View all",
        "reading contracts, their services and bundles, and the units of each period",
        (
            ("Contracts", "Query"),
            ("ContractServices", "Query"),
            ("ContractServiceUnits", "Query"),
            ("ContractServiceBundles", "Query"),
            ("ContractServiceBundleUnits", "Query"),
        ),
    ),
    Right(
        "Contracts > Contract visibility",
        "Full",
        "adding services to contracts, and adjusting their units",
        (("ContractServices", "Create"), ("ContractServices", "Update"), ("ContractServiceAdjustments", "Create")),
    ),
    Right(
        "Admin > Products & Services",
        "View",
        "choosing services, and seeing which are in a bundle",
        (("Services", "Query"), ("ServiceBundleServices", "Query")),
    ),
    Right("Contracts > Invoices", "View", "comparing with what was invoiced", (("BillingItems", "Query"),)),
)
COUNTER = Right(
    "ThresholdInformation",
    "Read",
    "seeing how many requests all programs together made, and slowing down before Autotask stops them",
    (),
)


async def report_rights(client: AutotaskClient) -> PermissionReport:
    """The permission report of a connection. Never raises for what Autotask answers or fails to answer.

    A user that Autotask does not accept speaks for the whole report.
    """
    connection = await greet(client)
    if not isinstance(connection, Connected):
        return PermissionReport(connection, leave_unread(connection.sentence))
    entities = dict.fromkeys(entity for right in RIGHTS for entity, _ in right.acts)
    answers = dict(zip(entities, await asyncio.gather(*(look_at(client, each) for each in entities)), strict=True))
    for answer in answers.values():
        if isinstance(answer, ReadRefused) and answer.is_sign_in:
            refused = refuse_keys(answer)
            return PermissionReport(refused, leave_unread(refused.sentence))
    found = tuple(judge_right(right, answers) for right in RIGHTS)
    return PermissionReport(connection, (*found, judge_counter(connection.budget)))


async def look_at(client: AutotaskClient, entity: str) -> EntityAnswer:
    """What Autotask says that the user may do with an entity, or why it does not say."""
    try:
        return await client.read_entity(entity)
    except (Retry, Misconfigured) as error:
        return error


async def greet(client: AutotaskClient) -> Connection:
    """Ask Autotask for its counter of requests. Never raises for what it answers."""
    try:
        return Connected(budget=await client.read_budget())
    except Throttled as error:
        return Suspended(str(error))
    except (Retry, Misconfigured) as error:
        if isinstance(error, ReadRefused) and error.is_sign_in:
            return refuse_keys(error)
        return NotReached(f"Autotask cannot be read: {error}")


def judge_right(right: Right, answers: Mapping[str, EntityAnswer]) -> RightReport:
    """What is known of one right."""
    partly = False
    for entity, act in right.acts:
        match answers[entity]:
            case ReadRefused() as error:
                return judge(right, Standing.REFUSED, f"{describe_lack(right)} {error.said}.")
            case Retry() | Misconfigured() as error:
                return judge(right, Standing.UNREAD, f"{right.name} could not be looked at: {error}")
            case info:
                access = read_access(info, act)
        if access is None:
            return judge(right, Standing.UNREAD, f"Autotask does not say whether the user may do this with {entity}.")
        if access in NOTHING:
            return judge(right, Standing.REFUSED, describe_lack(right))
        partly |= access not in EVERYTHING
    if partly:
        return judge(
            right,
            Standing.GRANTED,
            f"{right.name} is granted for a part only. Autotask leaves out without a word what the user may not see: "
            "give it everything, or connect only customers that it sees.",
        )
    return judge(right, Standing.GRANTED, "")


def judge_counter(budget: RequestBudget | None) -> RightReport:
    """Whether we may see how many requests Autotask counts: without it everything is read and written, more slowly."""
    if budget is None or not budget.is_own:
        return judge(COUNTER, Standing.GRANTED, "")
    return judge(
        COUNTER,
        Standing.REFUSED,
        f"{budget.refusal}. Seatledger works all the same: it counts its own requests, slows down at half of "
        f"{OWN_LIMIT} an hour and stops for a while at three quarters. What other programs ask it cannot see, so that "
        "all together may still reach Autotask's limit. Give the security level of the API user the right to read it, "
        "or give the user the level “API User (system)”.",
    )


def read_access(info: Row, act: str) -> str | None:
    """How much of an entity the user may query, create or update: `none`, `all`, or another word for a part of it;
    None where Autotask does not say."""
    access = info.get(f"userAccessFor{act}")
    if info.get(f"can{act}") is False:
        return "none"
    return None if access is None else str(access).casefold()


def describe_lack(right: Right) -> str:
    """What is missing, and what to do about it."""
    return (
        f"{right.name} ({right.level}) is missing. Give it to the security level of the API user, or give the user the "
        f"level “API User (system)”; it is needed for {right.needed_for}."
    )


def judge(right: Right, standing: Standing, sentence: str) -> RightReport:
    """The right with what is known of it."""
    return RightReport(right.name, right.level, right.needed_for, standing, sentence, right.is_optional)


def refuse_keys(error: ReadRefused) -> KeysRefused:
    """Autotask does not accept who we say we are."""
    return KeysRefused(str(error))


def leave_unread(sentence: str) -> tuple[RightReport, ...]:
    """Every right, none of them tried."""
    return tuple(judge(right, Standing.UNREAD, sentence) for right in (*RIGHTS, COUNTER))
