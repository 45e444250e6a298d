"""What customers, runs and additions are called on a page, and where they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from plans.errors import Bug
from plans.runs import day_of_run, is_night
from profiles.billing import Customer
from web.wording import clean, write_short_day

FORGOTTEN_CUSTOMER = "A customer that was removed"
NAMELESS_CUSTOMER = "A customer without a name"
LONGEST_ID = 200


def name_customer(customers: Mapping[str, Customer], customer_id: str) -> str:
    """The customer's name on one line, or a word for one that has none or is gone."""
    customer = customers.get(customer_id)
    return FORGOTTEN_CUSTOMER if customer is None else clean(customer.name) or NAMELESS_CUSTOMER


def name_run(run_id: str) -> str:
    """Night of 22 Nov 2026; Sync of 22 Nov 2026, no. 1."""
    day = write_short_day(day_of_run(run_id))
    return f"Night of {day}" if is_night(run_id) else f"Sync of {day}, no. {int(run_id[-3:])}"


def is_run_id(text: str) -> bool:
    """Whether a text from an address can be a run's id."""
    try:
        day_of_run(text)
    except (Bug, ValueError):
        return False
    return text.isascii()


@dataclass(frozen=True, slots=True)
class StoryLink:
    """An addition, as the PSA numbers it, and where its story is."""

    addition: str
    address: str


def link_story(customer_id: str, connection_id: str, addition_id: str) -> StoryLink:
    """The link to an addition's story."""
    return StoryLink(clean(addition_id), write_addition_address(customer_id, connection_id, addition_id))


def write_addition_address(customer_id: str, connection_id: str, addition_id: str) -> str:
    """Where an addition's story is."""
    parts = (quote(each, safe="") for each in (customer_id, connection_id, addition_id))
    return "/customers/{}/additions/{}/{}".format(*parts)


def write_customer_address(customer_id: str) -> str:
    """Where a customer's licences are, and where it is read again."""
    return f"/customers/{quote(customer_id, safe='')}"


def write_waiting_address(customer_id: str) -> str:
    """Where all that waits of a customer stands, each with what a person does about it."""
    return f"{write_customer_address(customer_id)}/waiting"


def write_account_address(account_id: str) -> str:
    """Where a partner account's consent, roles and relationships are looked at."""
    return f"/settings/connections/microsoft/{quote(account_id, safe='')}"


def write_direct_address(direct_id: str) -> str:
    """Where the consent of a tenant that is read directly is looked at."""
    return f"/settings/connections/microsoft/direct/{quote(direct_id, safe='')}"


def write_approvals_address(customer_id: str) -> str:
    """Where the held changes of a customer are decided about."""
    return f"/approvals?customer={quote(customer_id, safe='')}"


def write_adoption_address(customer_id: str, mapping_id: str, elsewhere: str = "") -> str:
    """Where additions are made a licence's own; `elsewhere` is an agreement of the company that bills it already."""
    address = f"/customers/{quote(customer_id, safe='')}/licences/{quote(mapping_id, safe='')}/adopt"
    return f"{address}?{urlencode({'elsewhere': elsewhere})}" if elsewhere else address


def write_move_address(customer_id: str, agreement_id: str) -> str:
    """Where what is billed on an agreement is moved to another one."""
    return f"/customers/{quote(customer_id, safe='')}/agreements/{quote(agreement_id, safe='')}/move"


def write_tenants_address(account_id: str) -> str:
    """Where the application is let into the tenants of a Microsoft account."""
    return f"/settings/connections/microsoft/{quote(account_id, safe='')}/tenants"


def write_licence_address(customer_id: str, sku_id: str, rest: str = "map") -> str:
    """Where a licence of a customer is mapped, or what is asked of it there."""
    return f"/customers/{quote(customer_id, safe='')}/licences/{quote(sku_id, safe='')}/{rest}"


def write_picked_address(customer_id: str, sku_id: str, agreement_id: str) -> str:
    """Where a licence is mapped to an agreement that an address names; empty where that is no agreement's id."""
    if not agreement_id.isalnum() or len(agreement_id) > LONGEST_ID:
        return ""
    return f"{write_licence_address(customer_id, sku_id)}?{urlencode({'agreement': agreement_id})}"
