"""Agreements and their additions: what may be written, what is filled in and what is computed."""

from __future__ import annotations

from typing import Any

from local.simulators.connectwise.errors import invalid_object, missing_field, not_found
from local.simulators.connectwise.members import members_of
from local.simulators.connectwise.money import computed_members
from local.simulators.connectwise.patching import patched
from local.simulators.connectwise.records import Record, Records
from local.simulators.connectwise.validation import check_record

# Sent back by callers that write what they have read; ConnectWise computes them itself.
COMPUTED = frozenset(
    ("id", "agreementId", "agreementStatus", "billedQuantity", "extPrice", "extCost", "margin", "_info")
) | frozenset(("prorateCost", "proratePrice", "extendedProrateCost", "extendedProratePrice"))

_AUDIT_TYPE = "AgreementAddition"
_AGREEMENT_COMPUTED = frozenset(("id", "agreementStatus", "nextInvoiceDate", "_info"))


class Additions:
    def __init__(self, records: Records) -> None:
        self._records = records

    def of_agreement(self, agreement_id: int) -> list[Record]:
        agreement = self._records.get("agreements", agreement_id, "Agreement")
        rows = (row for row in self._records.all("additions") if row["agreementId"] == agreement_id)
        return [_shown(row, agreement) for row in rows]

    def get(self, agreement_id: int, addition_id: int) -> Record:
        agreement = self._records.get("agreements", agreement_id, "Agreement")
        return _shown(self._stored(agreement_id, addition_id), agreement)

    def _stored(self, agreement_id: int, addition_id: int) -> Record:
        row = self._records.get("additions", addition_id, "Addition")
        if row["agreementId"] != agreement_id:
            raise not_found("Addition", addition_id)
        return row

    def create(self, agreement_id: int, body: object, user: str) -> Record:
        agreement = self._records.get("agreements", agreement_id, "Agreement")
        given, item = self._checked(_writable(check_record(body, "Addition")))
        row = self._defaults(item) | given
        row |= {"id": self._records.next_addition_id(), "agreementId": agreement_id}
        texts = [f'Addition "{row["product"]["identifier"]}" was added with quantity {row["quantity"]}.']
        return _shown(self._records.put("additions", row, user, _AUDIT_TYPE, texts), agreement)

    def replace(self, agreement_id: int, addition_id: int, body: object, user: str) -> Record:
        before = self._stored(agreement_id, addition_id)
        return self._store(before, _writable(check_record(body, "Addition")), user)

    def patch(self, agreement_id: int, addition_id: int, operations: object, user: str) -> Record:
        before = self._stored(agreement_id, addition_id)
        return self._store(before, _writable(patched(before, operations, "Addition")), user)

    def _store(self, before: Record, wanted: Record, user: str) -> Record:
        row = self._checked(wanted)[0] | {"id": before["id"], "agreementId": before["agreementId"]}
        agreement = self._records.get("agreements", before["agreementId"], "Agreement")
        texts = changes_between(before, row)
        return _shown(self._records.put("additions", row, user, _AUDIT_TYPE, texts), agreement)

    def delete(self, agreement_id: int, addition_id: int, user: str) -> None:
        row = self._stored(agreement_id, addition_id)
        text = f'Addition "{row["product"]["identifier"]}" was deleted.'
        self._records.remove("additions", addition_id, user, _AUDIT_TYPE, text)

    def _checked(self, row: Record) -> tuple[Record, Record]:
        """The row with its product spelled out, and the catalog item behind it."""
        for name in ("product", "billCustomer"):
            if row.get(name) is None:
                raise missing_field("addition", name)
        item = self._catalog_item(row["product"])
        product = {"id": item["id"], "identifier": item["identifier"]}
        return {**row, "product": {**product, "serializedFlag": bool(item.get("serializedFlag"))}}, item

    def _defaults(self, item: Record) -> Record:
        """What ConnectWise fills in on a new addition."""
        unit = item.get("unitOfMeasure")
        defaults = {
            "quantity": 1.0,
            "lessIncluded": 0.0,
            "unitPrice": item.get("price"),
            "unitCost": item.get("cost"),
            "description": item["description"],
            "uom": unit["name"] if unit else None,
            "taxableFlag": item.get("taxableFlag"),
            "effectiveDate": self._records.now()[:10] + "T00:00:00Z",
        }
        return {name: value for name, value in defaults.items() if value is not None}

    def _catalog_item(self, reference: dict[str, Any]) -> Record:
        for item in self._records.all("catalog"):
            by_identifier = "id" not in reference and item["identifier"] == reference.get("identifier")
            if item["id"] == reference.get("id") or by_identifier:
                if item.get("productClass") == "Bundle":
                    raise invalid_object("addition", "InvalidValue", "product", "a bundle cannot be added")
                return item
        raise invalid_object("addition", "NotFound", "product", "product was not found in the catalog")

    def patch_agreement(self, agreement_id: int, operations: object, user: str) -> Record:
        before = self._records.get("agreements", agreement_id, "Agreement")
        row = patched(before, operations, "Agreement")
        row |= {name: before[name] for name in _AGREEMENT_COMPUTED if name in before}
        for name, member in members_of("Agreement").items():
            if member.required and row.get(name) is None:
                raise missing_field("agreement", name)
        return self._records.put("agreements", row, user, "Agreement", changes_between(before, row))


def _writable(row: Record) -> Record:
    return {name: value for name, value in row.items() if name not in COMPUTED and value is not None}


def _shown(row: Record, agreement: Record) -> Record:
    """The row as a reader sees it: in the published order, numbers with a decimal point."""
    full = {**row, **computed_members(row, agreement)}
    members = members_of("Addition")
    return {
        name: float(full[name]) if member.type == "number" and full[name] is not None else full[name]
        for name, member in members.items()
        if name in full
    }


def changes_between(before: Record, after: Record) -> list[str]:
    """One sentence for each member that changed."""
    names = [name for name in {**before, **after} if name != "_info"]
    return [
        f'{name} was changed from "{before.get(name, "")}" to "{after.get(name, "")}".'
        for name in names
        if before.get(name) != after.get(name)
    ]
