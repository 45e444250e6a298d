"""A simulated MSP whose PSA is Autotask: the same processes, stores and Microsoft; contracts in place of agreements."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, override

from plans.keys import name_line
from plans.ports import Psa
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import AutotaskClient, Credentials
from psa.autotask.settings import BillingSettings
from tests.simulation.accounts import Account, Terms, add_customer
from tests.simulation.autotask import ORIGIN, AutotaskState, AutotaskWire
from tests.simulation.faults import Process
from tests.simulation.psa import Row, move_month, spell_day
from tests.simulation.world import CONNECTION, LIMITS, SimulatedPsa, World

ONE_DAY_KEYS = Credentials("api@msp.example", "secret", "TRACKING")
CONTRACT_MONTHS, SECOND = 24, 100
ONE_DAY = timedelta(days=1)


@dataclass
class AutotaskWorld(World):
    """`prorates` is the connection's mode: whether increases count from their day where a customer says nothing."""

    autotask: AutotaskState = field(default_factory=lambda: AutotaskState(LIMITS.late_effect_limit))
    prorates: bool = True

    @property
    @override
    def simulated(self) -> SimulatedPsa:
        return self.autotask

    @override
    def open_psa(self, process: Process) -> Psa:
        """A process's adapter of Autotask."""
        web = self.open_line(ORIGIN, AutotaskWire(self.autotask, self.faults, process))
        settings = BillingSettings(prorates=self.prorates)
        return AutotaskPsa(CONNECTION, AutotaskClient(web, ONE_DAY_KEYS), self.local_day, settings)

    def add_contract(self, terms: Terms, seats: MappingOf[str, int], *, starts_on: date) -> None:
        """A customer with one tenant, its mappings and one contract of calendar months, in advance or in arrears."""
        add_customer(self, replace(terms, parent_id=None), move_month(starts_on, CONTRACT_MONTHS), seats)
        customer = self.disk.customers[f"customer-{terms.number}"]
        mode = None if terms.prorates is self.prorates else terms.prorates
        self.disk.customers[customer.id] = replace(customer, prorates=mode)
        self.autotask.contracts[terms.agreement_id] = {
            "id": terms.agreement_id,
            "contractName": "Managed Services",
            "companyID": terms.number,
            "contractType": 7,
            "contractPeriodType": 2,
            "status": 1,
            "startDate": spell_day(starts_on),
            "endDate": spell_day(move_month(starts_on, CONTRACT_MONTHS)),
            "renewedContractID": None,
        }
        running = self.first_day.replace(day=1)
        following = running if terms.is_in_arrears else move_month(running)
        self.autotask.posted_through[terms.agreement_id] = date.fromordinal(following.toordinal() - 1)

    def add_second_contract(self, account: Account) -> None:
        """Another contract of the account's customer, posted as the first one is."""
        first, number = account.terms.agreement_id, account.terms.agreement_id + SECOND
        self.autotask.contracts[number] = {**self.autotask.contracts[first], "id": number}
        self.autotask.posted_through[number] = self.autotask.posted_through[first]

    def move_account(self, account: Account) -> None:
        """A person maps the account's licence to the other contract."""
        account.moved_to = account.terms.agreement_id + SECOND
        self.disk.mappings[account.customer_id] = tuple(
            replace(each, agreement_id=str(account.moved_to)) if each.id == account.mapping_id else each
            for each in self.disk.mappings[account.customer_id]
        )

    def follow_account(self, account: Account) -> None:
        """A person ends the account's mapping, and another one follows it onto the other contract."""
        account.moved_to = account.terms.agreement_id + SECOND
        account.follower_id = f"{account.mapping_id}-after"
        own = {each.id: each for each in self.disk.mappings[account.customer_id]}
        old = own[account.mapping_id]
        after = replace(old, id=account.follower_id, agreement_id=str(account.moved_to), follows=(old.id,))
        own |= {old.id: replace(old, is_ended=True), after.id: after}
        self.disk.mappings[account.customer_id] = tuple(own.values())

    def find_open_day(self, account: Account) -> date:
        """The first day that is not posted on any contract which bills the account."""
        numbers = {account.terms.agreement_id, account.agreement_id}
        return max(self.autotask.posted_through[number] for number in numbers) + ONE_DAY

    def services_of(self, account: Account) -> list[Row]:
        """The contract services of a mapping."""
        rows, prefixes = self.autotask.services.values(), tuple(f"{name_line(name)}-" for name in account.mapping_ids)
        return [row for row in rows if str(row.get("internalDescription") or "").startswith(prefixes)]

    def units_of(self, account: Account, day: date) -> int:
        """What a mapping's services bill on a day."""
        return sum(self.autotask.sum_units(row["id"], day) for row in self.services_of(account))

    def adjusted_days(self, account: Account) -> set[date]:
        """The days on which anything of a mapping was adjusted."""
        numbers = {row["id"] for row in self.services_of(account)}
        return {each.effective_on for each in self.autotask.adjustments if each.service_id in numbers}


def describe(account: Account, extra: Any) -> str:
    """What is said of a mapping in a violation."""
    return f"{account.mapping_id}: {extra}; read were {account.counted}, {account.invoiced}"
