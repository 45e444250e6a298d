"""What the simulated Microsoft knows of each customer tenant."""

from __future__ import annotations

from typing import Any

from local.simulators.state import StateFile

type Row = dict[str, Any]

WORKING_STATES = ("Active", "ActiveWithError")


class Tenants:
    def __init__(self, file: StateFile) -> None:
        self._file = file

    @property
    def client_id(self) -> str:
        return str(self._file.data["clientId"])

    @property
    def partner_tenant_id(self) -> str:
        return str(self._file.data["partnerTenantId"])

    def find(self, name: str) -> Row | None:
        """By id or by domain, as sign-in addresses allow; organizations is where the account lives."""
        wanted = self.partner_tenant_id if name in ("organizations", "common") else name.lower()
        tenants: list[Row] = self._file.data["tenants"]
        return next((row for row in tenants if wanted in (row["id"], row["domain"])), None)

    def product(self, sku_id: str) -> Row:
        products: list[Row] = self._file.data["products"]
        return next(row for row in products if row["skuId"] == sku_id)

    def save(self) -> None:
        self._file.save()


def assigned_sku_ids(user: Row) -> list[str]:
    """Each product once, however often it was assigned; failed assignments give nothing."""
    working = (entry["skuId"] for entry in user["licenses"] if entry.get("state", "Active") in WORKING_STATES)
    return list(dict.fromkeys(working))
