"""Trying, keeping and removing PSA connections, and what hangs on one (billing rules 5; promises S5, S7, S12)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from plans.catalogue import BillingCycle
from plans.connecting import (
    AutotaskConnection,
    Connections,
    ConnectWiseConnection,
    PsaCatalogue,
    PsaConnection,
    is_same_database,
)
from plans.errors import Misconfigured, Retry
from plans.permissions import Connected, NotReached, PermissionReport
from plans.ports import CustomerOverview, Outside
from web.pages.connection_wish import Wish, find_identity, moves_keys
from web.pages.connectwise_form import settle_cycles
from web.pages.psa_forms import name_fields
from web.wording import clean, write_number_of

LONGEST_TEST_SECONDS = 15
AGREEMENTS_COMPARED = 20
SLOW = f"The address did not answer within {LONGEST_TEST_SECONDS} seconds. Check it, and try again."
QUICKER = "Somebody else is connecting the same. Look at the list of connections, and change that one instead."
NOT_KEPT = "Nothing was saved: put right what the test says, then save again."


@dataclass(frozen=True, slots=True)
class Answered:
    """What a PSA answered: its report, and its billing cycles; None where they could not be read.

    `at` (aware, UTC) is when, where that may be a while ago.
    """

    report: PermissionReport
    cycles: tuple[BillingCycle, ...] | None = None
    at: datetime | None = None

    @property
    def is_connected(self) -> bool:
        """Whether the PSA accepted who we are."""
        return isinstance(self.report.connection, Connected)


@dataclass(frozen=True, slots=True)
class Uses:
    """What hangs on a connection: customers with their mappings, open holds, names of billing profiles."""

    customers: tuple[CustomerOverview, ...] = ()
    hold_count: int = 0
    profiles: tuple[str, ...] = ()
    agreement_ids: tuple[str, ...] = ()

    @property
    def mapping_count(self) -> int:
        """The mappings of all its customers."""
        return sum(len(each.mappings) for each in self.customers)

    @property
    def billed_count(self) -> int:
        """The customers for which additions were written through it."""
        return sum(bool(each.billed) for each in self.customers)


@dataclass(frozen=True, slots=True)
class Kept:
    """The connection as it stands now, and what the PSA answered where it was asked."""

    connection: PsaConnection
    answered: Answered | None


@dataclass(frozen=True, slots=True)
class NotKept:
    """Why nothing was kept: a sentence for each field, or what the PSA answered."""

    troubles: dict[str, str] = field(default_factory=dict)
    answered: Answered | None = None


async def ask(catalogue: PsaCatalogue) -> Answered:
    """The report and the cycles of a PSA, in the time that a person waits. Never raises for what it answers."""
    try:
        async with asyncio.timeout(LONGEST_TEST_SECONDS):
            report = await catalogue.report_permissions()
            if not isinstance(report.connection, Connected):
                return Answered(report)
            return Answered(report, await read_cycles(catalogue))
    except TimeoutError:
        return Answered(PermissionReport(NotReached(SLOW), ()))


async def read_cycles(catalogue: PsaCatalogue) -> tuple[BillingCycle, ...] | None:
    """The PSA's billing cycles; None where they cannot be read, which the report says by itself."""
    try:
        return await catalogue.list_billing_cycles()
    except (Retry, Misconfigured):
        return None


async def find_uses(outside: Outside, connection_id: str) -> Uses:
    """What hangs on the connection."""
    overviews = await outside.books.list_overviews()
    holds = await outside.open_items.list_holds()
    profiles = await outside.profiles.list_profiles()
    mapped = await outside.books.list_mapped_agreements()
    return Uses(
        customers=tuple(each for each in overviews if each.customer.connection_id == connection_id),
        hold_count=sum(hold.connection_id == connection_id for hold in holds),
        profiles=tuple(sorted(each.name for each in profiles.values() if each.connection_id == connection_id)),
        agreement_ids=mapped.get(connection_id, ()),
    )


async def locate(connections: Connections, wish: Wish, kept: PsaConnection | None) -> Wish | NotKept:
    """The wish with the address that would be called, or why that may not be (S7), or who knew it did not answer.

    Who we are at which address is known already where it stays as it is.
    """
    try:
        async with asyncio.timeout(LONGEST_TEST_SECONDS):
            located = await connections.locate(wish.connection)
    except Misconfigured as error:
        return NotKept({name_fields(wish.connection.kind)[0]: str(error)})
    except (Retry, TimeoutError) as error:
        if kept is not None and find_identity(kept) == find_identity(wish.connection):
            return wish
        return NotKept({}, Answered(PermissionReport(NotReached(str(error) or SLOW), ())))
    return replace(wish, connection=located)


async def try_wish(connections: Connections, wish: Wish) -> Answered | NotKept:
    """What the PSA answers to the connection as it would be. Nothing is kept."""
    try:
        return await ask(await connections.try_psa(wish.connection, wish.keys))
    except Misconfigured as error:
        return NotKept({name_fields(wish.connection.kind)[2]: str(error)})


async def keep(
    connections: Connections, wish: Wish, kept: PsaConnection | None, uses: Uses, connection_id: str
) -> Kept | NotKept:
    """Keep the connection under this id, if it may be and the PSA accepts it.

    A PSA that does not answer stops nobody from changing a name or a setting.
    """
    danger = find_danger(wish, kept, uses) or await find_twin(connections, wish, connection_id)
    if danger:
        return NotKept(danger)
    answered: Answered | None = None
    try:
        catalogue = await connections.try_psa(wish.connection, wish.keys)
    except Misconfigured as error:
        return NotKept({name_fields(wish.connection.kind)[2]: str(error)})
    if moves_keys(wish, kept):
        answered = await ask(catalogue)
        if not answered.is_connected:
            return NotKept({}, answered)
    settled = await settle(catalogue, wish, kept, uses, answered)
    if isinstance(settled, NotKept):
        return settled
    if not await connections.save_psa(replace(settled, id=connection_id), wish.keys):
        field = name_fields(wish.connection.kind)[1]
        return NotKept(await find_twin(connections, wish, connection_id) or {field: QUICKER}, answered)
    saved = next(each for each in await connections.list_psa() if each.id == connection_id)
    return Kept(saved, answered)


async def settle(
    catalogue: PsaCatalogue, wish: Wish, kept: PsaConnection | None, uses: Uses, answered: Answered | None
) -> PsaConnection | NotKept:
    """The connection as it is kept, once the PSA's own lists agree to what was typed."""
    match wish.connection, kept:
        case ConnectWiseConnection() as wanted, ConnectWiseConnection() | None:
            if moves_keys(wish, kept) and (strangers := await find_strangers(catalogue, wanted, kept, uses)):
                return NotKept(strangers, answered)
            if unknown := await find_unknown_exceptions(catalogue, wanted, kept):
                return NotKept(unknown, answered)
            cycles = await list_cycles_for(catalogue, wish, kept, answered)
            return settle_cycles(wanted, wish.confirmed, kept, cycles)
        case wanted, _:
            return wanted


def find_danger(wish: Wish, kept: PsaConnection | None, uses: Uses) -> dict[str, str]:
    """Why another company, address or database would bill the wrong agreements, by field; empty where it would not.

    Numbers of companies, agreements and additions mean something in one PSA only.
    """
    if kept is None or not uses.customers:
        return {}
    customers = write_number_of(len(uses.customers), "customer")
    match wish.connection, kept:
        case ConnectWiseConnection() as wanted, ConnectWiseConnection() if is_other_company(wanted, kept):
            bills = f", and {write_number_of(uses.billed_count, 'of them is', 'of them are')} billed through it"
            return {
                "company": (
                    f"{customers} of this connection belong to company {kept.company}"
                    f"{bills if uses.billed_count else ''}. Their agreements are others in another company: make a new "
                    "connection for it instead."
                )
            }
        case ConnectWiseConnection() as wanted, ConnectWiseConnection() if wanted.site_url != kept.site_url:
            if wish.is_same_psa:
                return {}
            return {
                "site": (
                    f"{customers} of this connection are linked to the ConnectWise at {kept.site_url}. If it moved and "
                    "is still the same one, tick the box below; for another one make a new connection."
                )
            }
        case AutotaskConnection() as wanted, AutotaskConnection() if wanted.database != kept.database:
            return {
                "user": (
                    f"{customers} of this connection are linked to the Autotask of {clean(kept.user_name)}, and this "
                    "user belongs to another one. Make a new connection for it instead."
                )
            }
    return {}


def is_other_company(one: ConnectWiseConnection, other: ConnectWiseConnection) -> bool:
    """Whether the companies differ, however their letters are spelt."""
    return one.company.casefold() != other.company.casefold()


async def find_twin(connections: Connections, wish: Wish, connection_id: str) -> dict[str, str]:
    """Whether the same is connected already, by field: two connections would each make their own additions."""
    for each in await connections.list_psa():
        if each.id != connection_id and is_same_database(each, wish.connection):
            what = "company" if wish.connection.kind == "connectwise" else "Autotask"
            field = name_fields(wish.connection.kind)[1]
            return {field: f"This {what} is connected already, as “{clean(each.name)}”. Change that one instead."}
    return {}


async def find_strangers(
    catalogue: PsaCatalogue, wanted: ConnectWiseConnection, kept: ConnectWiseConnection | None, uses: Uses
) -> dict[str, str]:
    """Whether the ConnectWise at another address lacks agreements that customers are mapped to."""
    if kept is None or wanted.site_url == kept.site_url or not uses.agreement_ids:
        return {}
    asked = uses.agreement_ids[:AGREEMENTS_COMPARED]
    missing = await find_missing(catalogue, asked)
    if missing is None:
        return {"site": "The agreements of your customers cannot be read there: nobody knows whether it is the same."}
    if missing:
        return {
            "site": (
                f"This is another ConnectWise: it has no agreement {', '.join(missing)}, which your customers are "
                "mapped to. Make a new connection for it instead."
            )
        }
    return {}


async def find_unknown_exceptions(
    catalogue: PsaCatalogue, wanted: ConnectWiseConnection, kept: ConnectWiseConnection | None
) -> dict[str, str]:
    """Exceptions that were typed now and are no agreements of the PSA. Where it does not answer, nobody can tell."""
    before = () if kept is None else kept.arrears_exceptions
    fresh = tuple(each for each in wanted.arrears_exceptions if each not in before)
    missing = await find_missing(catalogue, fresh) if fresh else ()
    if not missing:
        return {}
    return {"exceptions": f"ConnectWise has no agreement {', '.join(missing)}. Take it out, or correct it."}


async def find_missing(catalogue: PsaCatalogue, agreement_ids: Sequence[str]) -> tuple[str, ...] | None:
    """Those that the PSA does not list; None where it does not answer."""
    try:
        async with asyncio.timeout(LONGEST_TEST_SECONDS):
            listed = await catalogue.find_agreements(agreement_ids)
    except (Retry, Misconfigured, TimeoutError):
        return None
    return tuple(each for each in agreement_ids if each not in listed)


async def list_cycles_for(
    catalogue: PsaCatalogue, wish: Wish, kept: ConnectWiseConnection | None, answered: Answered | None
) -> tuple[BillingCycle, ...] | None:
    """The cycles, where they were not read already and somebody confirms one."""
    if answered is not None:
        return answered.cycles
    if kept is not None and set(wish.confirmed) <= set(kept.confirmed_cycles):
        return None
    try:
        async with asyncio.timeout(LONGEST_TEST_SECONDS):
            return await read_cycles(catalogue)
    except TimeoutError:
        return None


def describe_change(before: PsaConnection | None, after: PsaConnection, *, has_new_keys: bool) -> str:
    """What somebody did to a connection, for the change log."""
    name = clean(after.name)
    if before is not None:
        return f"changed the PSA connection {name}{', and its keys' if has_new_keys else ''}"
    match after:
        case ConnectWiseConnection():
            return f"connected the PSA {name} ({after.company} at {after.site_url})"
        case AutotaskConnection():
            return f"connected the PSA {name} ({after.user_name} at {after.zone_url})"
