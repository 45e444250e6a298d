"""The SMTP side: aiosmtpd with TLS, a sign-in, and everything that can go wrong at a mail server."""

from __future__ import annotations

import asyncio
import hmac
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from local.simulators.faults import FaultBoard
from local.simulators.mail.folder import MailFolder

HOST = "127.0.0.1"
NAME = "mail.stand-in.example"
USER = "seatledger"
OPERATION = "SMTP"
# `detail` of those that refuse is the answer; without one it is the one that stands here.
REFUSALS = {
    "refuse_connect": "421 4.3.2 Service not available, try again later",
    "refuse_sender": "550 5.7.60 Client does not have permission to send as this sender",
    "refuse_recipient": "550 5.1.1 No such user here",
    "refuse_data": "451 4.3.0 Local error in processing",
}
# Cut the connection; after the mail was taken, that is while nobody was told.
DROPS = ("drop_at_recipient", "drop_at_data", "drop_after_data")
FAULT_NAMES = (*REFUSALS, *DROPS, "refuse_sign_in", "slow", "no_starttls")
SLOW_SECONDS = 5.0


@dataclass
class MailHandler:
    """What aiosmtpd asks at each command. `read_password` is the one that opens it now."""

    folder: MailFolder
    faults: FaultBoard
    read_password: Callable[[], str]
    now: Callable[[], datetime]

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """The one user with the one password."""
        is_known = (
            isinstance(data, LoginPassword)
            and data.login == USER.encode()
            and hmac.compare_digest(data.password, self.read_password().encode())
        )
        if not is_known or self.faults.take("refuse_sign_in", OPERATION):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.refusal("refuse_sender"):
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.refusal("refuse_recipient"):
            return refusal
        if self.faults.take("drop_at_recipient", OPERATION):
            cut(server)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if refusal := self.refusal("refuse_data"):
            return refusal
        if self.faults.take("drop_at_data", OPERATION):
            cut(server)
            return "250 never said"
        content = envelope.original_content or b""
        self.folder.add(str(envelope.mail_from), envelope.rcpt_tos, "smtp", self.now(), content)
        if fault := self.faults.take("slow", OPERATION):
            await asyncio.sleep(fault.seconds or SLOW_SECONDS)
        if self.faults.take("drop_after_data", OPERATION):
            cut(server)
        return "250 2.0.0 Queued"

    def refusal(self, name: str) -> str | None:
        """What to answer instead, where that fault is on."""
        fault = self.faults.take(name, OPERATION)
        return None if fault is None else (fault.detail or REFUSALS[name])


class RefusingProtocol(asyncio.Protocol):
    """A server that turns everybody away at the door."""

    def __init__(self, greeting: str) -> None:
        self._greeting = greeting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writing = cast(asyncio.WriteTransport, transport)
        writing.write(f"{self._greeting}\r\n".encode())
        writing.close()


def cut(server: SMTP) -> None:
    """Break the connection off without a word."""
    cast(asyncio.WriteTransport, server.transport).abort()


async def listen(handler: MailHandler, tls: ssl.SSLContext, port: int, *, is_implicit: bool = False) -> asyncio.Server:
    """Serve on 127.0.0.1; port 0 takes a free one. `is_implicit` encrypts from the start, else with STARTTLS."""
    loop = asyncio.get_running_loop()

    def make() -> asyncio.BaseProtocol:
        if greeting := handler.refusal("refuse_connect"):
            return RefusingProtocol(greeting)
        offers_tls = not is_implicit and not handler.faults.take("no_starttls", OPERATION)
        with warnings.catch_warnings():
            # It warns of sign-ins in the clear, for it does not see that the connection is encrypted from the start.
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(
                handler,
                hostname=NAME,
                ident="Seatledger's stand-in for a mail server",
                tls_context=tls if offers_tls else None,
                require_starttls=offers_tls,
                authenticator=handler.authenticate,
                auth_required=True,
                auth_require_tls=not is_implicit,
                loop=loop,
            )

    return await loop.create_server(make, HOST, port, ssl=tls if is_implicit else None)
