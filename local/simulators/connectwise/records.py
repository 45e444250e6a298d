"""What the simulated ConnectWise knows, read and written through plain records."""

from __future__ import annotations

from datetime import date
from typing import Any

from local.clock import LocalClock
from local.simulators.connectwise.errors import not_found
from local.simulators.state import StateFile

type Record = dict[str, Any]


class Records:
    """Every change is noted in the audit trail and saved before anybody is told of it."""

    def __init__(self, file: StateFile, clock: LocalClock) -> None:
        self._file = file
        self._clock = clock

    @property
    def company_id(self) -> str:
        return str(self._file.data["companyId"])

    @property
    def codebase(self) -> str:
        """With its trailing slash, as companyinfo gives it."""
        return str(self._file.data["codebase"])

    @property
    def api_member(self) -> str:
        return str(self._file.data["apiMember"])

    @property
    def info(self) -> Record:
        return dict(self._file.data["info"])

    def move_to_codebase(self, codebase: str) -> None:
        self._file.data["codebase"] = codebase
        self._file.save()

    def now(self) -> str:
        return self._clock.utc_now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def all(self, collection: str) -> list[Record]:
        """Nothing of a collection that an older state does not have."""
        return list(self._file.data.get(collection, ()))

    def get(self, collection: str, record_id: int, kind: str) -> Record:
        for record in self._file.data[collection]:
            if record["id"] == record_id:
                return dict(record)
        raise not_found(kind, record_id)

    def is_billed_in_arrears(self, agreement_id: int) -> bool:
        """ConnectWise has no flag for it: it follows from when the MSP invoices (connectwise.md 4)."""
        return agreement_id in self._file.data["billedInArrears"]

    def bill_in_arrears(self, agreement_id: int, wanted: bool) -> None:
        others = [known for known in self._file.data["billedInArrears"] if known != agreement_id]
        self._file.data["billedInArrears"] = [*others, agreement_id] if wanted else others
        self._file.save()

    def billed_through(self, addition_id: int) -> date | None:
        """The last day that an invoice covers; None for an addition that was never invoiced."""
        text = self._file.data["billedThrough"].get(str(addition_id))
        return None if text is None else date.fromisoformat(text)

    def set_billed_through(self, addition_id: int, day: date) -> None:
        self._file.data["billedThrough"][str(addition_id)] = day.isoformat()

    def keep_lines(self, invoice_id: int, lines: list[Record]) -> None:
        self._file.data["invoiceLines"][str(invoice_id)] = lines

    def lines_of(self, invoice_id: int) -> list[Record]:
        lines: list[Record] = self._file.data["invoiceLines"].get(str(invoice_id), [])
        return lines

    def next_addition_id(self) -> int:
        number = int(self._file.data["nextAdditionId"])
        self._file.data["nextAdditionId"] = number + 1
        return number

    def put(self, collection: str, record: Record, user: str, audit_type: str, texts: list[str]) -> Record:
        """Stores the record as the newest state of its id."""
        stored = {**record, "_info": {"lastUpdated": self.now(), "updatedBy": user}}
        records = self._file.data[collection]
        position = next((i for i, known in enumerate(records) if known["id"] == record["id"]), None)
        if position is None:
            records.append(stored)
        else:
            records[position] = stored
        self._note(record["id"], user, audit_type, texts)
        self._file.save()
        return stored

    def remove(self, collection: str, record_id: int, user: str, audit_type: str, text: str) -> None:
        records = self._file.data[collection]
        self._file.data[collection] = [record for record in records if record["id"] != record_id]
        self._note(record_id, user, audit_type, [text])
        self._file.save()

    def _note(self, record_id: int, user: str, audit_type: str, texts: list[str]) -> None:
        for text in texts:
            entry = {"text": text, "enteredDate": self.now(), "enteredBy": user, "auditType": audit_type}
            entry |= {"auditSubType": "Record", "auditSource": "API" if user == self.api_member else "Web"}
            self._file.data["auditTrail"].append({**entry, "recordType": audit_type, "recordId": record_id})

    def audit_trail(self, record_type: str | None, record_id: int | None) -> list[Record]:
        return [
            {name: value for name, value in entry.items() if name not in ("recordType", "recordId")}
            for entry in self._file.data["auditTrail"]
            if record_type in (None, entry["recordType"]) and record_id in (None, entry["recordId"])
        ]
