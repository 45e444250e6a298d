"""What the simulated Autotask knows, read and written through plain records in the order of their ids."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal

from local.simulators.autotask.contract_periods import read_day, spell_day, term_of
from local.simulators.autotask.entities import entities
from local.simulators.autotask.filtering import Record
from local.simulators.autotask.units import Adjustment, Part, PostedRows, make_parts, stand_beside
from local.simulators.state import Data

API_RESOURCE = 4
"""The resource that the API user is, in notes and in who created what."""


class Records:
    """Rows are changed in place; `save` puts them on the disk before anybody is told, where there is a disk."""

    def __init__(self, data: Data, utc_now: Callable[[], datetime], keep: Callable[[], None] = lambda: None) -> None:
        self.data = data
        self.save = keep
        self.utc_now = utc_now

    @property
    def api_user(self) -> str:
        return str(self.data["apiUser"])

    @property
    def zone_name(self) -> str:
        return str(self.data["zoneName"])

    @property
    def database(self) -> int:
        """The number of the database, whichever zone it is in."""
        return int(self.data["database"])

    def now(self) -> str:
        return self.utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def today(self) -> date:
        return self.utc_now().date()

    def all(self, entity: str) -> list[Record]:
        """The records themselves, in the order of their ids."""
        rows: list[Record] = self.data.setdefault(entities()[entity].collection, [])
        return rows

    def find(self, entity: str, number: int | None) -> Record | None:
        rows = self.all(entity)
        place = bisect_left(rows, number or 0, key=lambda row: int(row["id"]))
        return rows[place] if place < len(rows) and rows[place]["id"] == number else None

    def add(self, entity: str, record: Record) -> Record:
        """The record with the next id of its entity."""
        rows = self.all(entity)
        counters = self.data.setdefault("nextIds", {})
        number = max(int(counters.get(entity, 1)), 1 + (int(rows[-1]["id"]) if rows else 0))
        counters[entity] = number + 1
        stored = {**record, "id": number}
        rows.append(stored)
        return stored

    def adjustments_of(self, service_id: int) -> list[Adjustment]:
        rows = self.all("ContractServiceAdjustments")
        return [_adjustment(row) for row in rows if row["contractServiceID"] == service_id]

    def parts_of(self, service: Record, adjustments: list[Adjustment]) -> list[Part]:
        """The parts that these adjustments make of a contract service."""
        contract = self.find("Contracts", service["contractID"])
        if contract is None:
            return []
        return make_parts(term_of(contract), money(service["unitPrice"]), money(service["unitCost"]), adjustments)

    def rebuild_units(self, service: Record) -> None:
        """The unit rows of a contract service anew. A row is known by the day it begins: it keeps its id, and the day
        it was posted."""
        made = self.parts_of(service, self.adjustments_of(service["id"]))
        rows = self.all("ContractServiceUnits")
        standing = self.list_standing(service["id"])
        parts = {part.first: part for part in stand_beside(made, standing, self.posted_rows)}
        kept: list[Record] = []
        for row in rows:
            part = parts.pop(read_day(row["startDate"]), None) if row["contractServiceID"] == service["id"] else None
            if row["contractServiceID"] != service["id"] or read_day(row["startDate"]) in standing:
                kept.append(row)
            elif part is not None:
                kept.append({**row, **_amounts(part)})
        rows[:] = kept
        self._add_units(service, parts.values())
        service["internalCurrencyAdjustedPrice"] = float(self._price_today(service))

    @property
    def posted_rows(self) -> PostedRows:
        """What becomes of a posted row when its period is adjusted, which nobody has written down."""
        return PostedRows(self.data.get("postedRows", PostedRows.CUT))

    def list_standing(self, service_id: int) -> frozenset[date]:
        """The first days of a service's posted rows, where those stay as they are."""
        if self.posted_rows is PostedRows.CUT:
            return frozenset()
        own = (row for row in self.all("ContractServiceUnits") if row["contractServiceID"] == service_id)
        return frozenset(read_day(row["startDate"]) for row in own if row["approveAndPostDate"] is not None)

    def begin_units(self, service: Record) -> None:
        """The unit rows of a contract service that has none yet."""
        self._add_units(service, self.parts_of(service, self.adjustments_of(service["id"])))

    def _add_units(self, service: Record, parts: Iterable[Part]) -> None:
        for part in parts:
            self.add("ContractServiceUnits", {**_names(service), "startDate": spell_day(part.first), **_amounts(part)})

    def _price_today(self, service: Record) -> Decimal:
        parts = self.parts_of(service, self.adjustments_of(service["id"]))
        begun = [part for part in parts if part.first <= self.today()]
        return begun[-1].unit_price if begun else money(service["unitPrice"])

    def note(self, contract_id: int, title: str, text: str, resource: int) -> None:
        """Autotask notes every change of a contract's services by itself (autotask-halo.md 2)."""
        note = {"contractID": contract_id, "title": title, "description": text, "creatorResourceID": resource}
        self.add("ContractNotes", {**note, "lastActivityDate": self.now()})


def complete(data: Data, utc_now: Callable[[], datetime]) -> Data:
    """A seed with the unit rows that follow from it."""
    if "contractServiceUnits" not in data:
        records = Records(data, utc_now)
        for service in records.all("ContractServices"):
            records.begin_units(service)
    return data


def money(value: float | None) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))


def _adjustment(row: Record) -> Adjustment:
    price, cost = row.get("adjustedUnitPrice"), row.get("adjustedUnitCost")
    return Adjustment(
        number=row["id"],
        effective=read_day(row["effectiveDate"]),
        units=row["unitChange"],
        price=None if price is None else money(price),
        cost=None if cost is None else money(cost),
    )


def _names(service: Record) -> Record:
    return {
        "contractID": service["contractID"],
        "contractServiceID": service["id"],
        "serviceID": service["serviceID"],
        "approveAndPostDate": None,
    }


def _amounts(part: Part) -> Record:
    price = float(part.price)
    return {
        "endDate": spell_day(part.last),
        "units": part.units,
        "price": price,
        "cost": float(part.cost),
        "internalCurrencyPrice": price,
    }
