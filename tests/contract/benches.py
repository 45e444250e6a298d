"""One PSA's adapter over its simulator, in the words in which every adapter is asked to keep its promises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import httpx

from net.client import open_client
from net.hosts import AllowedHosts
from plans.agreements import Addition, Agreement
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.ports import Accepted, Psa, WriteAnswer
from profiles.billing import BillableOption
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import AutotaskClient
from psa.autotask.client import Credentials as AutotaskCredentials
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from tests.contract.running import AUTOTASK_USER, CLIENT_ID_HEADER, RunningSimulator

TODAY = date(2026, 11, 22)
NEXT_PERIOD = date(2026, 12, 1)
AGREEMENT, PRODUCT = "1201", "501"
KEY = "sl:harbour-dental-bp:1"


@dataclass(frozen=True)
class Bench(ABC):
    """An adapter, its simulator with the small demo, and the writes that a seat more or a text would be.

    The demo has one agreement with one addition, which a person made. `writes` are the operations that the simulator
    counts for writes, `rising` is the one of them that makes it more seats; `missing` narrows the fault of that name.
    """

    psa: Psa
    simulator: RunningSimulator
    writes: ClassVar[tuple[str, ...]]
    rising: ClassVar[str]
    missing: ClassVar[dict[str, Any]] = {}

    @abstractmethod
    async def bill(self, quantity: int, price: Decimal | None, text: str | None) -> str:
        """The id of a new addition of so many seats; each write that it takes was accepted."""

    @abstractmethod
    def raise_by(self, addition: Addition, seats: int) -> Change:
        """One write that makes it so many seats more from the next period on."""

    @abstractmethod
    def change_text(self, addition: Addition, text: str) -> Change:
        """One write of another text."""

    @abstractmethod
    def refused(self, addition: Addition) -> Change:
        """A write that the PSA does not take."""

    @abstractmethod
    def beyond_words(self, addition: Addition) -> Change:
        """A write that only another PSA has words for."""

    @abstractmethod
    def list_rows(self) -> dict[str, tuple[Decimal, str]]:
        """What the simulator has on the agreement: quantity and text by id."""


@dataclass(frozen=True)
class ConnectWiseBench(Bench):
    """One addition is one write, and its quantity and text are those of the addition."""

    rising: ClassVar[str] = "PATCH /finance/agreements/{parentId}/additions/{id}"
    writes: ClassVar[tuple[str, ...]] = ("POST /finance/agreements/{parentId}/additions", rising)
    missing: ClassVar[dict[str, Any]] = {"detail": "Finance > Agreements"}

    async def bill(self, quantity: int, price: Decimal | None, text: str | None) -> str:
        change = make_creation(quantity, price, text)
        return accepted(await self.psa.send(change))

    def raise_by(self, addition: Addition, seats: int) -> Change:
        return self._set(addition, replace(addition, quantity=count_seats(addition) + seats))

    def change_text(self, addition: Addition, text: str) -> Change:
        return self._set(addition, replace(addition, description=text))

    def _set(self, before: Addition, after: Addition) -> Change:
        return SetAddition(AGREEMENT, 2, KEY, before, after, NEXT_PERIOD)

    def refused(self, addition: Addition) -> Change:
        """A product that the catalogue does not have."""
        return replace(make_creation(1, None, None), product_id="99999")

    def beyond_words(self, addition: Addition) -> Change:
        return AdjustUnits(AGREEMENT, 2, KEY, addition.id, NEXT_PERIOD, 12, 13)

    def list_rows(self) -> dict[str, tuple[Decimal, str]]:
        rows = self.simulator.read_state()["additions"]
        return {
            str(row["id"]): (Decimal(str(row["quantity"])), str(row.get("invoiceDescription") or "")) for row in rows
        }


@dataclass(frozen=True)
class AutotaskBench(Bench):
    """A contract service without units is one write, and each adjustment of its units another one."""

    rising: ClassVar[str] = "POST /V1.0/Contracts/{parentId}/ServiceAdjustments"
    writes: ClassVar[tuple[str, ...]] = (
        "POST /V1.0/Contracts/{parentId}/Services",
        "PATCH /V1.0/Contracts/{parentId}/Services",
        "POST /V1.0/ContractServiceAdjustments",
        rising,
    )

    async def bill(self, quantity: int, price: Decimal | None, text: str | None) -> str:
        made = accepted(await self.psa.send(make_creation(0, price, text)))
        accepted(await self.psa.send(AdjustUnits(AGREEMENT, 2, KEY, made, TODAY, 0, quantity)))
        return made

    def raise_by(self, addition: Addition, seats: int) -> Change:
        before = int(count_seats(addition))
        return AdjustUnits(AGREEMENT, 3, KEY, addition.id, NEXT_PERIOD, before, before + seats)

    def change_text(self, addition: Addition, text: str) -> Change:
        return SetAddition(AGREEMENT, 3, KEY, addition, replace(addition, description=text), NEXT_PERIOD)

    def refused(self, addition: Addition) -> Change:
        """A day after the end of the contract."""
        return replace(self._adjustment(addition), effective_on=date(2030, 1, 1))

    def _adjustment(self, addition: Addition) -> AdjustUnits:
        return AdjustUnits(AGREEMENT, 3, KEY, addition.id, NEXT_PERIOD, 2, 3)

    def beyond_words(self, addition: Addition) -> Change:
        return make_creation(12, None, None)

    def list_rows(self) -> dict[str, tuple[Decimal, str]]:
        state = self.simulator.read_state()
        units: dict[int, int] = {}
        for row in sorted(state["contractServiceUnits"], key=lambda row: str(row["startDate"])):
            units[row["contractServiceID"]] = row["units"]
        services = state["contractServices"]
        return {
            str(row["id"]): (Decimal(units.get(row["id"], 0)), str(row["invoiceDescription"] or "")) for row in services
        }


def make_creation(quantity: int, price: Decimal | None, text: str | None) -> CreateAddition:
    return CreateAddition(
        agreement_id=AGREEMENT,
        sequence=1,
        key=KEY,
        product_id=PRODUCT,
        quantity=quantity,
        effective_on=TODAY,
        billable_option=BillableOption.BILLABLE,
        unit_price=price,
        description=text,
    )


def count_seats(addition: Addition) -> Decimal:
    assert addition.quantity is not None
    return addition.quantity


def accepted(answer: WriteAnswer) -> str:
    assert isinstance(answer, Accepted), answer
    return answer.addition_id


async def read_agreement(psa: Psa) -> Agreement:
    """The demo's one agreement."""
    (reading,) = await psa.read_agreements([AGREEMENT])
    assert isinstance(reading, Agreement), reading
    return reading


def make_bench(name: str, simulator: RunningSimulator, transport: httpx.AsyncBaseTransport) -> Bench:
    """The bench of a PSA, over its simulator."""
    web = open_client(simulator.base_url, AllowedHosts(frozenset({simulator.base_url})), transport)
    if name == "connectwise":
        keys = (simulator.secret("connectwise-public-key"), simulator.secret("connectwise-private-key"))
        client = ConnectWiseClient(web, Credentials("demo", CLIENT_ID_HEADER, *keys))
        return ConnectWiseBench(ConnectWisePsa(name, client), simulator)
    secrets = (simulator.secret("autotask-secret"), simulator.secret("autotask-integration-code"))
    credentials = AutotaskCredentials(AUTOTASK_USER, *secrets)
    return AutotaskBench(AutotaskPsa(name, AutotaskClient(web, credentials), lambda: TODAY), simulator)
