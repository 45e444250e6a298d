"""What the simulated Microsoft knows of each customer tenant."""

from __future__ import annotations

from typing import Any

from local.simulators.state import StateFile

type Row = dict[str, Any]

SIMPLE_ROLES = ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "158c047a-c907-4556-b7ef-446551a6b5f7")
WORKING_STATES = ("Active", "ActiveWithError")


class Tenants:
    def __init__(self, file: StateFile) -> None:
        self._file = file

    @property
    def client_id(self) -> str:
        return str(self._file.data["clientId"])

    @property
    def application(self) -> Row:
        """What is kept of the registered application beside its id."""
        row: Row = self._file.data.setdefault("application", {})
        return row

    @property
    def partner_tenant_id(self) -> str:
        return str(self._file.data["partnerTenantId"])

    @property
    def partner(self) -> Row:
        """The partner's own tenant."""
        tenants: list[Row] = self._file.data["tenants"]
        return next(row for row in tenants if row["id"] == self.partner_tenant_id)

    def direct(self) -> list[Row]:
        """Tenants without a relationship with the partner."""
        tenants: list[Row] = self._file.data["tenants"]
        return [row for row in tenants if row.get("isDirect")]

    def find(self, name: str) -> Row | None:
        """By id or by domain, as sign-in addresses allow; organizations is where the account lives."""
        wanted = self.partner_tenant_id if name in ("organizations", "common") else name.lower()
        tenants: list[Row] = self._file.data["tenants"]
        return next((row for row in tenants if wanted in (row["id"], row["domain"])), None)

    def customers(self) -> list[Row]:
        """Every tenant that has a relationship with the partner: not its own, and none that is only direct."""
        tenants: list[Row] = self._file.data["tenants"]
        return [row for row in tenants if row["id"] != self.partner_tenant_id and not row.get("isDirect")]

    def relationships(self) -> list[Row]:
        """What the partner may do in which tenant: GDAP. Data that names none means: one in every tenant."""
        if "relationships" not in self._file.data:
            self._file.data["relationships"] = [simple_relationship(row) for row in self.customers()]
        rows: list[Row] = self._file.data["relationships"]
        return rows

    def relationships_of(self, tenant_id: str) -> list[Row]:
        return [row for row in self.relationships() if row["customer"]["tenantId"] == tenant_id]

    def product(self, sku_id: str) -> Row:
        products: list[Row] = self._file.data["products"]
        return next(row for row in products if row["skuId"] == sku_id)

    def save(self) -> None:
        self._file.save()


def simple_relationship(tenant: Row) -> Row:
    """One that lets Directory Readers in, and Cloud Application Administrators, who may consent."""
    dates = {"createdDateTime": "2025-01-02T10:00:00Z", "activatedDateTime": "2025-01-03T08:30:00Z"}
    return {
        "id": f"{tenant['id']}-{tenant['id']}",
        "displayName": "Read access",
        "customer": {"tenantId": tenant["id"], "displayName": tenant["displayName"]},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": role} for role in SIMPLE_ROLES]},
        "status": "active",
        "duration": "P730D",
        "autoExtendDuration": "P180D",
        **dates,
        "lastModifiedDateTime": dates["activatedDateTime"],
        "endDateTime": "2028-01-03T08:30:00Z",
    }


def assigned_sku_ids(user: Row) -> list[str]:
    """Each product once, however often it was assigned; failed assignments give nothing."""
    working = (entry["skuId"] for entry in user["licenses"] if entry.get("state", "Active") in WORKING_STATES)
    return list(dict.fromkeys(working))
