"""Writes to contracts and their services: what may be changed, what a change does, what is refused.

Sources: autotask-halo.md 2, ContractServices and ContractServiceAdjustments.
"""

from __future__ import annotations

from datetime import date, timedelta

from local.simulators.autotask.contract_periods import RECURRING_SERVICE, read_day, spell_day, term_of
from local.simulators.autotask.errors import (
    DUPLICATE_PERIOD,
    OUTSIDE_CONTRACT,
    POSTED_PERIOD,
    ApiError,
    missing_field,
)
from local.simulators.autotask.filtering import Record
from local.simulators.autotask.records import API_RESOURCE, Records
from local.simulators.faults import FaultBoard

# What Autotask is known to refuse, or only said to; each is a fault that can be switched on.
SWITCHES = ("duplicate_period", "posted_period_refused", "zero_refused")
# Not to be changed once a contract is there (autotask-halo.md 2, Contracts).
_FIXED_CONTRACT_FIELDS = ("companyID", "contractType", "contractPeriodType")
_CHANGEABLE_SERVICE_FIELDS = ("id", "invoiceDescription", "internalDescription")


class Contracts:
    def __init__(self, records: Records, faults: FaultBoard) -> None:
        self._records = records
        self._faults = faults

    def add_service(self, body: Record, parent: int) -> Record:
        """The link of a service and a contract; it has no units before its first adjustment."""
        contract = self.find_recurring(parent)
        service = self._records.find("Services", body.get("serviceID"))
        if service is None:
            raise missing_field("serviceID") if body.get("serviceID") is None else ApiError("Service does not exist.")
        price, cost = (service[name] if body.get(name) is None else body[name] for name in ("unitPrice", "unitCost"))
        record = {
            "contractID": contract["id"],
            "serviceID": service["id"],
            "unitPrice": price,
            "unitCost": cost,
            "internalCurrencyUnitPrice": price,
            "internalCurrencyAdjustedPrice": price,
            "internalDescription": body.get("internalDescription"),
            "invoiceDescription": body.get("invoiceDescription") or service.get("invoiceDescription"),
            "quoteItemID": body.get("quoteItemID"),
        }
        made = self._records.add("ContractServices", record)
        self._records.save()
        return made

    def find_recurring(self, number: int | None) -> Record:
        """The contract of that number. Services exist on recurring ones only."""
        contract = self._records.find("Contracts", number)
        if contract is None:
            raise ApiError("Contract does not exist.")
        if contract["contractType"] != RECURRING_SERVICE:
            raise ApiError("Contract.ContractType must be Recurring Service.")
        return contract

    def change_service(self, body: Record) -> Record:
        """All fields but the two descriptions are read-only once the service is there."""
        service = self._records.find("ContractServices", body.get("id"))
        if service is None:
            raise ApiError("ContractService does not exist.")
        for name, value in body.items():
            if name not in _CHANGEABLE_SERVICE_FIELDS and value != service.get(name):
                raise ApiError(f"The field {name} is read-only.")
        service |= {name: value for name, value in body.items() if name in _CHANGEABLE_SERVICE_FIELDS}
        self._records.save()
        return service

    def adjust(self, body: Record, operation: str, resource: int = API_RESOURCE) -> None:
        """Changes the units, the price, or both, from a day on. Raises ApiError for what is refused."""
        if body.get("effectiveDate") is None:
            raise missing_field("effectiveDate")
        if body.get("unitChange") is None:
            raise missing_field("unitChange")
        service, is_new = self._find_service(body), False
        contract = self.find_recurring(body.get("contractID") if service is None else service["contractID"])
        day = read_day(body["effectiveDate"])
        if not term_of(contract).holds(day):
            raise ApiError(OUTSIDE_CONTRACT)
        if service is None:
            service, is_new = self.add_service({"serviceID": body.get("serviceID")}, contract["id"]), True
        try:
            self._adjust(body, service, day, operation, resource)
        except ApiError:
            if is_new:
                self._records.all("ContractServices").remove(service)
            raise

    def _find_service(self, body: Record) -> Record | None:
        """The service that is meant; None where it has to be made, which nobody says (autotask-halo.md 2)."""
        number = body.get("contractServiceID")
        if number is not None:
            service = self._records.find("ContractServices", number)
            if service is None or body.get("contractID") not in (None, service["contractID"]):
                raise ApiError("ContractService does not exist.")
            return service
        if body.get("contractID") is None or body.get("serviceID") is None:
            raise missing_field("contractServiceID")
        wanted = (body["contractID"], body["serviceID"])
        rows = self._records.all("ContractServices")
        known = [row for row in rows if (row["contractID"], row["serviceID"]) == wanted]
        return known[0] if known and not body.get("allowRepeatService") else None

    def _adjust(self, body: Record, service: Record, day: date, operation: str, resource: int) -> None:
        adjustments = self._records.adjustments_of(service["id"])
        if any(each.effective == day for each in adjustments) and self._faults.take("duplicate_period", operation):
            raise ApiError(DUPLICATE_PERIOD)
        if day in self._records.list_standing(service["id"]):
            raise ApiError(DUPLICATE_PERIOD)
        if self._is_posted(service, day) and self._faults.take("posted_period_refused", operation):
            raise ApiError(POSTED_PERIOD)
        link = {"contractID": service["contractID"], "contractServiceID": service["id"]}
        record = {**body, **link, "serviceID": service["serviceID"], "effectiveDate": spell_day(day)}
        stored = self._records.add("ContractServiceAdjustments", record)
        refusal = self._find_refusal(service, day, operation)
        if refusal is not None:
            self._records.all("ContractServiceAdjustments").remove(stored)
            raise ApiError(refusal)
        self._records.rebuild_units(service)
        self._note(service, stored, resource)
        self._records.save()

    def _find_refusal(self, service: Record, day: date, operation: str) -> str | None:
        parts = self._records.parts_of(service, self._records.adjustments_of(service["id"]))
        later = [part.units for part in parts if part.last >= day]
        if any(units < 0 for units in later):
            return "The adjustment would result in a negative number of units."
        if any(units == 0 for units in later) and self._faults.take("zero_refused", operation):
            return "The number of units must be greater than zero."
        return None

    def _is_posted(self, service: Record, day: date) -> bool:
        """Whether the day lies in a row that was posted."""
        return any(
            row["contractServiceID"] == service["id"]
            and row["approveAndPostDate"] is not None
            and read_day(row["startDate"]) <= day <= read_day(row["endDate"])
            for row in self._records.all("ContractServiceUnits")
        )

    def _note(self, service: Record, adjustment: Record, resource: int) -> None:
        known = self._records.find("Services", service["serviceID"])
        name = service["serviceID"] if known is None else known["name"]
        text = f"{name}: {adjustment['unitChange']:+d} units effective {adjustment['effectiveDate'][:10]}"
        if adjustment.get("adjustedUnitPrice") is not None:
            text += f", unit price {adjustment['adjustedUnitPrice']}"
        self._records.note(service["contractID"], "Service units adjusted", text, resource)

    def change_contract(self, body: Record) -> Record:
        """Shortening a contract into posted periods is refused; its unit rows follow its dates."""
        contract = self._records.find("Contracts", body.get("id"))
        if contract is None:
            raise ApiError("Contract does not exist.")
        for name in _FIXED_CONTRACT_FIELDS:
            if name in body and body[name] != contract.get(name):
                raise ApiError(f"The field {name} is read-only.")
        after = {**contract, **body}
        if read_day(after["endDate"]) < read_day(after["startDate"]):
            raise ApiError("The end date of a contract must not be before its start date.")
        services = [row for row in self._records.all("ContractServices") if row["contractID"] == contract["id"]]
        if any(self._is_posted_after(service, read_day(after["endDate"])) for service in services):
            raise ApiError(POSTED_PERIOD)
        contract |= {**body, "lastModifiedDateTime": self._records.now()}
        for service in services:
            self._records.rebuild_units(service)
        self._records.save()
        return contract

    def renew(self, number: int, last: date, *, keeps_text: bool = True) -> Record:
        """A new contract from the day after this one ends, with the units that there are in the end; once only.

        Whether a service's internal description goes along is written nowhere: `keeps_text` says it.
        """
        contract = self.find_recurring(number)
        if contract.get("renewedContractID") is not None:
            raise ApiError("The contract has been renewed already.")
        first = read_day(contract["endDate"]) + timedelta(days=1)
        dates = {"startDate": spell_day(first), "endDate": spell_day(last), "renewedContractID": None}
        made = self._records.add("Contracts", {**contract, **dates})
        contract["renewedContractID"] = made["id"]
        for service in [row for row in self._records.all("ContractServices") if row["contractID"] == contract["id"]]:
            parts = self._records.parts_of(service, self._records.adjustments_of(service["id"]))
            if parts:
                price = {"unitPrice": float(parts[-1].unit_price), "unitCost": float(parts[-1].unit_cost)}
                text = {"internalDescription": service.get("internalDescription") if keeps_text else None}
                carried = self._records.add("ContractServices", {**service, **price, **text, "contractID": made["id"]})
                link = {"contractID": made["id"], "contractServiceID": carried["id"], "serviceID": service["serviceID"]}
                change = {"effectiveDate": dates["startDate"], "unitChange": parts[-1].units}
                self._records.add("ContractServiceAdjustments", {**link, **change})
                self._records.begin_units(carried)
        self._records.save()
        return made

    def _is_posted_after(self, service: Record, day: date) -> bool:
        rows = self._records.all("ContractServiceUnits")
        own = [row for row in rows if row["contractServiceID"] == service["id"] and row["approveAndPostDate"]]
        return any(read_day(row["endDate"]) > day for row in own)
