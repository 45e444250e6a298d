"""Where a customer is billed: its company's own page there, and from which day its increases count. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from plans.connecting import AutotaskConnection, AutotaskMode, ConnectWiseConnection, PsaConnection
from profiles.billing import Customer
from web.pages.connections import write_address
from web.pages.psa_forms import PSA_NAMES
from web.wording import clean

COMMAND = "/Autotask/AutotaskExtend/ExecuteCommand.aspx"
AS_THERE, BY_DAYS, BY_PERIODS = "psa", "days", "periods"
CHOICES: dict[str, bool | None] = {AS_THERE: None, BY_DAYS: True, BY_PERIODS: False}


@dataclass(frozen=True, slots=True)
class PsaPlace:
    """Where the customer is billed. `page` is its company's own page in the PSA, empty where there is no link.

    `proration` says from which day increases count there where nobody chose; `can_prorate` whether that can be chosen
    for one customer in both directions.
    """

    connection: str
    connection_address: str
    kind: str
    company_id: str
    page: str
    proration: str
    can_prorate: bool


def find_place(customer: Customer, connections: Sequence[PsaConnection]) -> PsaPlace | None:
    """Where the customer is billed; None where its connection was removed."""
    for each in connections:
        if each.id == customer.connection_id:
            return PsaPlace(
                connection=clean(each.name),
                connection_address=write_address(each.id),
                kind=PSA_NAMES[each.kind],
                company_id=clean(customer.company_id),
                page=find_company_page(each, customer.company_id),
                proration=write_proration(each),
                can_prorate=isinstance(each, AutotaskConnection),
            )
    return None


def write_proration(connection: PsaConnection) -> str:
    """From which day increases count where nobody chose otherwise for a customer."""
    match connection:
        case AutotaskConnection(mode=AutotaskMode.PRORATED):
            return "from their own day, as the connection is set"
        case AutotaskConnection():
            return "by whole periods, as the connection is set"
        case ConnectWiseConnection():
            return "as each agreement's own proration says"


def list_choices(billed_at: PsaPlace | None) -> list[tuple[str, str, str]]:
    """What can be chosen: a PSA whose agreements say it themselves can only be asked for less."""
    default = "as its connection says" if billed_at is None else billed_at.proration
    rows = [(AS_THERE, "As its PSA says", default)]
    if billed_at is not None and billed_at.can_prorate:
        rows.append((BY_DAYS, "From their own day", "the rest of the period is billed by days"))
    return [*rows, (BY_PERIODS, "By whole periods", "an increase waits for the next period, or counts for a whole one")]


def find_company_page(connection: PsaConnection, company_id: str) -> str:
    """The company's page in the PSA; empty where nobody described its address.

    Autotask opens records by its ExecuteCommand API, at the address for people that zone discovery named.
    """
    match connection:
        case AutotaskConnection(web_url=web_url) if web_url:
            return f"{web_url}{COMMAND}?{urlencode({'Code': 'OpenAccount', 'AccountID': company_id})}"
        case AutotaskConnection() | ConnectWiseConnection():
            return ""
