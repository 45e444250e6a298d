"""Graph's mailbox usage report: an address that opens a CSV for a short while, without any token (microsoft.md 3.2).

Columns as Microsoft's files of 2026 have them, byte order mark first. A tenant that `concealsNames` shows hashes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.simulators.answers import Answer
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError
from local.simulators.microsoft.tenants import Row, Tenants

REPORT = "GET /v1.0/reports/getMailboxUsageDetail(period='D7')"
DOWNLOADS = "/reports-download"
PERMISSION = "Reports.Read.All"
COLUMNS = (
    "Report Refresh Date",
    "User Principal Name",
    "Display Name",
    "Is Deleted",
    "Deleted Date",
    "Created Date",
    "Last Activity Date",
    "Item Count",
    "Storage Used (Byte)",
    "Issue Warning Quota (Byte)",
    "Prohibit Send Quota (Byte)",
    "Prohibit Send/Receive Quota (Byte)",
    "Deleted Item Count",
    "Deleted Item Size (Byte)",
    "Deleted Item Quota (Byte)",
    "Has Archive",
    "Recipient Type",
    "Report Period",
)
LAG = timedelta(days=2)
USUAL_BYTES = 1_288_490_188


class MailboxReport:
    """Every user with a licence has a mailbox; `mailbox` of a user says what is peculiar about it: its `type`, whether
    it has an `archive`, its `bytes`."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._files: dict[str, str] = {}

    def routes(self) -> list[Route]:
        return [Route(f"{DOWNLOADS}/{{name}}", self.download)]

    def answer(self, exchange: Exchange) -> Answer:
        tenant = self._tenants.find(exchange.tenant_id)
        if tenant is None or (exchange.scopes is not None and PERMISSION not in exchange.scopes):
            raise GraphError(403, "S2SUnauthorized", "Invalid permission.")
        name = uuid.uuid4().hex
        self._files[name] = write_report(tenant, exchange)
        return Answer(302, headers={**exchange.headers(), "location": f"{exchange.base_url}{DOWNLOADS}/{name}"})

    async def download(self, request: Request) -> Response:
        """The file, to whoever knows its address; a token is none of its business, and refused."""
        text = self._files.get(request.path_params["name"])
        if text is None or "authorization" in request.headers:
            return Response(status_code=400)
        return Response("\ufeff" + text, media_type="application/octet-stream")


def write_report(tenant: Row, exchange: Exchange) -> str:
    """The CSV of a tenant."""
    made = io.StringIO()
    writer = csv.DictWriter(made, COLUMNS, restval="")
    writer.writeheader()
    for user in tenant["users"]:
        if user["licenses"] or "mailbox" in user:
            writer.writerow(write_row(user, exchange, conceals=bool(tenant.get("concealsNames"))))
    return made.getvalue()


def write_row(user: Row, exchange: Exchange, *, conceals: bool) -> Row:
    """One mailbox."""
    mailbox = user.get("mailbox") or {}
    names = [user["userPrincipalName"], user["displayName"]]
    if conceals:
        names = [hashlib.md5(name.encode(), usedforsecurity=False).hexdigest().upper() for name in names]
    return {
        "Report Refresh Date": (exchange.now - LAG).date().isoformat(),
        "User Principal Name": names[0],
        "Display Name": names[1],
        "Is Deleted": "False",
        "Created Date": "2024-01-02",
        "Item Count": 1234,
        "Storage Used (Byte)": mailbox.get("bytes", USUAL_BYTES),
        "Has Archive": str(bool(mailbox.get("archive"))),
        "Recipient Type": mailbox.get("type", "UserMailbox"),
        "Report Period": 7,
    }
