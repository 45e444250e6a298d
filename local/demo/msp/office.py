"""What people of the demo MSP do in Seatledger itself: they map, switch on, set prices, exclude, approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from local.demo.seed import make
from plans.approvals import Approval
from plans.errors import Bug
from plans.journal import HistoryEntry
from profiles.billing import Customer, CustomPrice, DatedPrice
from profiles.billing import Mapping as LicenceMapping
from profiles.exclusions import LicenceExclusion
from store.books import TableBooks
from store.configuration import TableConfiguration
from store.open_items import TableOpenItems
from store.storage import Storage

WHO = "Oskar Operator"


@dataclass(frozen=True)
class MapLicence:
    """A licence that nobody had mapped; `fields` as in the seed."""

    customer_id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class MoveMapping:
    """From now on the licence is billed on another agreement."""

    customer_id: str
    mapping_id: str
    agreement_id: str


@dataclass(frozen=True)
class SwitchOn:
    """The customer is observed no longer."""

    customer_id: str


@dataclass(frozen=True)
class SetPrice:
    """One more price of a billing profile, from a day on."""

    profile_id: str
    price: DatedPrice


@dataclass(frozen=True)
class Exclude:
    """A licence that is billed nowhere any more."""

    sku_id: str
    reason: str


@dataclass(frozen=True)
class ApproveHold:
    """What waits of a line is allowed, as it stands; nothing happens where nothing waits."""

    customer_id: str
    mapping_id: str
    reason: str


type Act = MapLicence | MoveMapping | SwitchOn | SetPrice | Exclude | ApproveHold


class Office:
    """Does what people decide, at a moment of the local world (aware)."""

    def __init__(self, storage: Storage, now: datetime) -> None:
        config = storage.table("config")
        self._books = TableBooks(storage.table("books"), config, storage.container(), lambda: now)
        self._configuration = TableConfiguration(config)
        self._open_items = TableOpenItems(storage.table("open"))
        self._now = now

    async def do(self, act: Act) -> None:
        """One act; to do it again changes nothing more."""
        match act:
            case MapLicence(customer_id, fields):
                await self._keep(customer_id, make(LicenceMapping, {**fields, "customer_id": customer_id}))
            case MoveMapping(customer_id, mapping_id, agreement_id):
                found = [mapping for mapping in await self._read_mappings(customer_id) if mapping.id == mapping_id]
                await self._keep(customer_id, *(replace(mapping, agreement_id=agreement_id) for mapping in found))
            case SwitchOn(customer_id):
                customer = await self._read_customer(customer_id)
                await self._books.save_customer(replace(customer, is_observed=False), ())
            case SetPrice():
                await self._set_price(act)
            case Exclude(sku_id, reason):
                await self._configuration.save_exclusion(LicenceExclusion(sku_id, reason))
            case ApproveHold():
                await self._approve(act)

    async def _keep(self, customer_id: str, *mappings: LicenceMapping) -> None:
        await self._books.save_customer(await self._read_customer(customer_id), mappings)

    async def _read_customer(self, customer_id: str) -> Customer:
        customer = await self._books.read_customer(customer_id)
        if customer is None:
            raise Bug(f"The office acts on customer {customer_id}, which is not in the books.")
        return customer

    async def _read_mappings(self, customer_id: str) -> tuple[LicenceMapping, ...]:
        desk = await self._books.read_desk(customer_id)
        return () if desk is None else desk.mappings

    async def _set_price(self, act: SetPrice) -> None:
        profile = (await self._configuration.list_profiles())[act.profile_id]
        kept = profile.price.amounts if isinstance(profile.price, CustomPrice) else ()
        others = tuple(price for price in kept if price.valid_from != act.price.valid_from)
        await self._configuration.save_profile(replace(profile, price=CustomPrice((*others, act.price))), profile)

    async def _approve(self, act: ApproveHold) -> None:
        wanted = f"{act.customer_id}:{act.mapping_id}"
        hold = next((each for each in await self._open_items.list_holds() if each.id == wanted), None)
        if hold is None or not hold.line.line_hash:
            return
        journal = await self._books.read_line(act.customer_id, act.mapping_id)
        line = hold.line
        step = f"{line.quantity_before} → {line.quantity_after} {line.licence_name} (plan {line.line_hash[:12]})"
        sentence = f"{WHO} approved {step}: {act.reason}"
        history = HistoryEntry(self._now, act.mapping_id, journal.next_sequence, hold.run_id, sentence)
        approval = Approval(act.mapping_id, line.line_hash, WHO, self._now, act.reason)
        await self._books.approve(act.customer_id, approval, history)
