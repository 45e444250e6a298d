"""Alerts as tests need them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from plans.alerts.alert import Alert, AlertKind, DecideHold, KeptAlert, Severity

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
TENANT = "3f1c1f1e-0000-4000-8000-000000000001"
SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"


def make_alert(
    name: str = "one", kind: AlertKind = AlertKind.HELD, monthly: str | None = None, stage: int = 0, subject: str = "c1"
) -> Alert:
    return Alert(
        kind=kind,
        thing=(subject, name),
        subject=subject,
        sentence=f"{name} waits.",
        step="Look at it",
        target=DecideHold(f"{subject}:{name}"),
        severity=Severity.NOW,
        customer_id=subject,
        customer_name=f"Customer {subject}",
        tenant_id=TENANT,
        sku_id=SKU,
        licence_name="Business Premium",
        monthly=None if monthly is None else Decimal(monthly),
        stage=stage,
    )


def keep(alert: Alert, seen: datetime = NOW, **changes: object) -> KeptAlert:
    return replace(KeptAlert(alert, seen, seen, seen, 1, seen.date()), **changes)  # type: ignore[arg-type]
