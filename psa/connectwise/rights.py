"""Which rights the API member's security role has: each is tried by the cheapest read that needs it.

The rights and what they are for: reference connectwise.md 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plans.errors import Misconfigured, Retry
from plans.permissions import (
    CompanyUnknown,
    Connected,
    Connection,
    KeysRefused,
    NotReached,
    PermissionReport,
    RightReport,
    Standing,
)
from psa.connectwise.client import CompanyNotFound, ConnectWiseClient, ReadRefused

SYSTEM_INFO = "/system/info"
UNAUTHORIZED = 401
FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class Right:
    """A right, what it is for, and the lists that open with it; none where only a write would tell."""

    name: str
    level: str
    needed_for: str
    lists: tuple[str, ...]
    is_optional: bool = False


RIGHTS = (
    Right("Companies > Company Maintenance", "Inquire", "linking companies with tenants", ("/company/companies",)),
    Right("Companies > Contacts", "Inquire", "contact sync, if you use it", ("/company/contacts",), is_optional=True),
    Right("Finance > Agreements", "Inquire", "reading agreements and their additions", ("/finance/agreements",)),
    Right("Finance > Agreements", "Add, Edit", "making and changing additions", ()),
    Right("Finance > Invoicing", "Inquire", "learning which period is already invoiced", ("/finance/invoices",)),
    Right("Procurement > Product Catalog", "Inquire", "choosing products", ("/procurement/catalog",)),
    Right(
        "System > Table Setup",
        "Inquire",
        "reading billing cycles and agreement types",
        ("/finance/billingCycles", "/finance/agreements/types"),
    ),
)


async def report_rights(client: ConnectWiseClient) -> PermissionReport:
    """The permission report of a connection. Never raises for what ConnectWise answers or fails to answer.

    A 401 is our keys and speaks for the whole report, whichever read it comes to.
    """
    connection = await greet(client)
    if not isinstance(connection, Connected):
        return PermissionReport(connection, leave_unread(connection.sentence))
    found: list[RightReport] = []
    for right in RIGHTS:
        try:
            found.append(await try_right(client, right))
        except ReadRefused as error:
            refused = refuse_keys(error)
            return PermissionReport(refused, leave_unread(refused.sentence))
    return PermissionReport(connection, tuple(found))


async def greet(client: ConnectWiseClient) -> Connection:
    """Ask ConnectWise what it is. Never raises for what it answers."""
    codebase = ""
    try:
        codebase = await client.find_codebase()
        info = await client.read_row(SYSTEM_INFO)
    except CompanyNotFound as error:
        return CompanyUnknown(str(error))
    except ReadRefused as error:
        if error.status == UNAUTHORIZED:
            return refuse_keys(error)
        return Connected(sentence=f"ConnectWise answers, and would not say its version: {error}", codebase=codebase)
    except (Retry, Misconfigured) as error:
        return NotReached(f"ConnectWise cannot be read: {error}")
    if info is None:
        return Connected(sentence="ConnectWise answers, and does not say its version.", codebase=codebase)
    return describe(info, codebase)


def describe(info: Mapping[str, Any], codebase: str) -> Connected:
    """What ConnectWise says of itself."""
    is_cloud = info.get("isCloud")
    return Connected(
        version=str(info.get("version") or ""),
        is_cloud=is_cloud if isinstance(is_cloud, bool) else None,
        time_zone=str(info.get("serverTimeZone") or ""),
        codebase=codebase,
    )


async def try_right(client: ConnectWiseClient, right: Right) -> RightReport:
    """What is known of one right. Raises ReadRefused where our keys are refused, and for nothing else."""
    if not right.lists:
        return judge(
            right,
            Standing.UNTRIED,
            f"{right.name} ({right.level}) cannot be tried without writing; the first write will tell.",
        )
    is_empty = False
    for path in right.lists:
        try:
            is_empty |= await client.read_first(path) is None
        except ReadRefused as error:
            if error.status == UNAUTHORIZED:
                raise
            return judge_refusal(right, error)
        except (Retry, Misconfigured) as error:
            return judge(right, Standing.UNREAD, f"{right.name} could not be read: {error}")
    return judge(right, Standing.GRANTED, describe_grant(right) if is_empty else "")


def judge_refusal(right: Right, error: ReadRefused) -> RightReport:
    """A 403 is a missing right; anything else says nothing about it."""
    if error.status == FORBIDDEN:
        sentence = (
            f"{right.name} ({right.level}) is missing. Set it to All in the security role of the API member; it is "
            f"needed for {right.needed_for}."
        )
        return judge(right, Standing.REFUSED, sentence)
    return judge(right, Standing.UNREAD, f"{right.name} could not be read: {error}")


def describe_grant(right: Right) -> str:
    """For a list that opens and holds nothing: a role may be narrowed until nothing is left (connectwise.md 1)."""
    return (
        f"{right.name} is granted and shows nothing. If ConnectWise has something there, the role is narrowed by "
        "'customize'."
    )


def judge(right: Right, standing: Standing, sentence: str) -> RightReport:
    """The right with what is known of it."""
    return RightReport(right.name, right.level, right.needed_for, standing, sentence, right.is_optional)


def refuse_keys(error: ReadRefused) -> KeysRefused:
    """ConnectWise does not accept who we say we are."""
    return KeysRefused(
        f"ConnectWise refuses the keys. Check company id, public and private key, and client id. ({error})"
    )


def leave_unread(sentence: str) -> tuple[RightReport, ...]:
    """Every right, none of them tried."""
    return tuple(judge(right, Standing.UNREAD, sentence) for right in RIGHTS)
