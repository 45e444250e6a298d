"""Where the next step of an alert is done, as a path of our pages. Pure."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from plans.alerts.alert import (
    AddCustomer,
    Alert,
    CompleteInvoice,
    ConfirmRemoval,
    DecideHold,
    LetIn,
    LookAtCustomer,
    LookAtRun,
    LookAtUsers,
    MapLicence,
    MoveLines,
    RenewAccount,
    RenewDirectTenant,
    SettleCredits,
)

INBOX = "/alerts"
MUTE_PATH = "/alerts/mute"
NOTIFICATIONS_PATH = "/settings/notifications"


def write_target(alert: Alert) -> str:
    """The path of the page on which the alert's next step is done."""
    match alert.target:
        case MapLicence(customer_id, sku_id):
            return f"/customers/{part(customer_id)}/licences/{part(sku_id)}/map"
        case LookAtCustomer(customer_id):
            return f"/customers/{part(customer_id)}"
        case LookAtUsers(customer_id):
            return f"/customers/{part(customer_id)}/users"
        case MoveLines(customer_id, agreement_id):
            return f"/customers/{part(customer_id)}/agreements/{part(agreement_id)}/move"
        case DecideHold(hold_id):
            return f"/approvals/{part(hold_id)}"
        case SettleCredits(customer_name):
            return f"/approvals/credits?{urlencode({'q': customer_name})}"
        case CompleteInvoice(customer_name):
            return f"/approvals/invoices?{urlencode({'q': customer_name})}"
        case AddCustomer(tenant_name):
            return f"/customers/add?{urlencode({'q': tenant_name})}"
        case ConfirmRemoval(customer_id):
            return f"/customers/{part(customer_id)}/gone"
        case RenewAccount(account_id):
            return f"/settings/connections/microsoft/{part(account_id)}"
        case LetIn(account_id):
            return f"/settings/connections/microsoft/{part(account_id)}/tenants"
        case RenewDirectTenant(direct_id):
            return f"/settings/connections/microsoft/direct/{part(direct_id)}"
        case LookAtRun(run_id):
            return f"/runs/{part(run_id)}" if run_id else "/runs"


def write_mute(alert_id: str) -> str:
    """The path of the page on which an alert is muted."""
    return f"{MUTE_PATH}?{urlencode({'alert': alert_id})}"


def part(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")
