"""Graph's sendMail as an application uses it: MIME from a mailbox of the partner's own tenant, kept for the mail page.

Graph docs, `api-reference/v1.0/api/user-sendmail.md`: base64 text with content type text/plain, 202 without a body,
ErrorMimeContentInvalidBase64String; a mailbox that the application may not use is ErrorAccessDenied
(`auth-limit-mailbox-access`). The codes of an unknown mailbox and of a foreign From are our guess.
"""

from __future__ import annotations

import base64
import binascii
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from local.simulators.answers import Answer
from local.simulators.faults import FaultBoard
from local.simulators.mail.folder import MailFolder
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError, bad_request
from local.simulators.microsoft.tenants import Tenants

SEND_MAIL = "POST /v1.0/users/{mailbox}/sendMail"
PERMISSION = "Mail.Send"
ACTED_AND_FAILED = "mail_error_after_effect"
SEND_MAIL_FAULTS = (ACTED_AND_FAILED,)


class SendMail:
    """Every address of the tenant's domain is a mailbox. `detail` of the fault is the status after it acted."""

    def __init__(self, tenants: Tenants, folder: MailFolder, faults: FaultBoard) -> None:
        self._tenants = tenants
        self._folder = folder
        self._faults = faults

    def answer(self, exchange: Exchange, mailbox: str, body: bytes) -> Answer:
        tenant = self._tenants.find(exchange.tenant_id)
        if tenant is None or PERMISSION not in (exchange.scopes or ()):
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if exchange.given_headers.get("content-type", "").partition(";")[0] != "text/plain":
            raise bad_request("This stand-in takes MIME only: base64 text with content type text/plain.")
        try:
            content = base64.b64decode(body, validate=True)
        except binascii.Error:
            code = "ErrorMimeContentInvalidBase64String"
            raise GraphError(400, code, "Invalid base64 string for MIME content.") from None
        if mailbox.rpartition("@")[2].lower() != tenant["domain"]:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{mailbox}' is invalid.")
        message: EmailMessage = message_from_bytes(content, policy=default)
        if addresses_in(message, "From") != [mailbox.lower()]:
            raise GraphError(403, "ErrorSendAsDenied", "The user account which was used to submit has no right to.")
        self._folder.add(mailbox, addresses_in(message, "To"), "graph", exchange.now, content)
        if fault := self._faults.take(ACTED_AND_FAILED, SEND_MAIL, exchange.tenant_id):
            raise GraphError(int(fault.detail or "503"))
        return Answer(202, headers=exchange.headers())


def addresses_in(message: EmailMessage, name: str) -> list[str]:
    """The plain addresses of a header, in small letters."""
    header = message[name]
    return [] if header is None else [address.addr_spec.lower() for address in header.addresses]
