"""SMTP with TLS: one letter to one recipient over one connection, and what came of it (RFC 5321, 3207, 8314).

Each command is asked by itself, because what a failure means depends on where it happens: until the text of the mail
was sent, the server has taken nothing; after it, only its answer tells.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import aiosmtplib
import httpx
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPResponseException,
)

from net.mail_servers import AllowedMailServers
from plans.errors import Misconfigured, Retry
from plans.mail_channels import (
    Encryption,
    Letter,
    MailAnswer,
    MailDelayed,
    MailInDoubt,
    MailRefused,
    MailTaken,
    SmtpSettings,
)

CONNECT_TIMEOUT_SECONDS = 15.0
ANSWER_TIMEOUT_SECONDS = 30.0
LONGEST_GREETING_SECONDS = 60.0
# RFC 5321, section 4.5.3.2.6, lets a server think about the end of a mail for ten minutes; a function has that long
# altogether, so a slower one is in doubt.
TEXT_TIMEOUT_SECONDS = 180.0
FIRST_REFUSAL = 400
FIRST_REFUSAL_FOR_GOOD = 500
LONGEST_ECHO = 200
NOT_SHOWN = re.compile(r"[^ -~]+")
# All of it together: the greeting, sender, recipient, the text, and the goodbye.
LONGEST_SEND_SECONDS = (
    LONGEST_GREETING_SECONDS + 2 * ANSWER_TIMEOUT_SECONDS + TEXT_TIMEOUT_SECONDS + CONNECT_TIMEOUT_SECONDS
)
OWN_NAME = "seatledger.invalid"

type Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """`plans.mail_channels.MailChannel` by an SMTP server. `mask` takes our secrets out of what it says (S5)."""

    settings: SmtpSettings
    allowed: AllowedMailServers
    tls: ssl.SSLContext = field(repr=False)
    password: str = field(repr=False)
    mask: Mask = field(repr=False)

    @property
    def sender(self) -> str:
        """The address in From, and of the envelope."""
        return self.settings.sender

    async def send(self, letter: Letter) -> MailAnswer:
        """Hand the letter over, once."""
        try:
            async with asyncio.timeout(LONGEST_GREETING_SECONDS):
                connected = await self._connect()
        except TimeoutError:
            return MailDelayed(f"The mail server {self.settings.host} takes too long to greet. It is tried again.")
        if isinstance(connected, MailDelayed):
            return connected
        try:
            return await self._hand_over(connected, letter)
        finally:
            await leave(connected)

    async def _connect(self) -> aiosmtplib.SMTP | MailDelayed:
        """A connection that is encrypted and signed in; else why not. Nothing has been sent of any letter."""
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            reached = await self._reach()
        except (Misconfigured, Retry) as error:
            return MailDelayed(str(error))
        if reached is None:
            return MailDelayed(f"The mail server {where} does not answer. Check its name, port and firewall.")
        is_tls = self.settings.encryption is Encryption.TLS
        client = aiosmtplib.SMTP(
            hostname=self.settings.host,
            sock=reached,
            local_hostname=OWN_NAME,
            timeout=ANSWER_TIMEOUT_SECONDS,
            use_tls=is_tls,
            start_tls=not is_tls,
            tls_context=self.tls,
            username=self.settings.user or None,
            password=self.password if self.settings.user else None,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, ValueError) as error:
            return MailDelayed(self._explain(where, error))
        return client

    async def _reach(self) -> socket.socket | None:
        """A socket to the first address that answers; None where none does."""
        loop = asyncio.get_running_loop()
        for family, address in await self.allowed.find(self.settings.host, self.settings.port):
            reached = socket.socket(family, socket.SOCK_STREAM)
            reached.setblocking(False)
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                    await loop.sock_connect(reached, address)
            except OSError:
                reached.close()
                continue
            except BaseException:
                reached.close()
                raise
            return reached
        return None

    async def _hand_over(self, client: aiosmtplib.SMTP, letter: Letter) -> MailAnswer:
        whom = "sender"
        try:
            await client.mail(letter.sender)
            whom = "recipient"
            await client.rcpt(letter.recipient)
        except SMTPResponseException as error:
            return self._judge(error, f"refuses the {whom}")
        except (SMTPException, OSError):
            return MailDelayed("The mail server broke off before the mail was sent.")
        try:
            answer = await client.data(letter.content, timeout=TEXT_TIMEOUT_SECONDS)
        except SMTPDataError as error:
            if error.code < FIRST_REFUSAL:
                return self._doubt(f"answered {self._echo(error.code, error.message)}")
            return self._judge(error, "refuses the mail")
        except (SMTPException, OSError):
            return self._doubt("broke off before it said whether it took it")
        return MailTaken(f"The mail server took it: {self._echo(answer.code, answer.message)}.")

    def _doubt(self, what: str) -> MailInDoubt:
        sentence = f"The mail was sent, and the mail server {what}. Ask the recipient; send it again if it is missing."
        return MailInDoubt(sentence)

    def _judge(self, error: SMTPResponseException, what: str) -> MailAnswer:
        """Codes of 500 and more are for good, those of 400 for now (RFC 5321, section 4.2.1)."""
        told = self._echo(error.code, error.message)
        if error.code >= FIRST_REFUSAL_FOR_GOOD:
            return MailRefused(f"The mail server {what}: {told}.")
        return MailDelayed(f"The mail server {what} for now: {told}.")

    def _explain(self, where: str, error: Exception) -> str:
        """Why there is no connection, and what to do next."""
        cause = find_cause(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"The certificate of {where} cannot be trusted: {cause.verify_message}. Use the name that stands in "
                "the certificate; one of an authority of your own is named by SEATLEDGER_MAIL_CA_FILE."
            )
        if isinstance(cause, ssl.SSLError):
            return f"{where} does not speak TLS this way. Port 465 encrypts at once, 587 and 2525 with STARTTLS."
        if isinstance(error, SMTPAuthenticationError):
            told = self._echo(error.code, error.message)
            return f"{where} does not accept the user name and the password: {told}. Type them again."
        if isinstance(error, SMTPResponseException):
            return f"{where} does not take us now: {self._echo(error.code, error.message)}."
        if isinstance(error, TimeoutError):
            return f"{where} does not answer as a mail server in time. Check its port and the encryption."
        if isinstance(error, OSError):
            return f"{where} broke the connection off. Check its port and the encryption."
        return f"{where} cannot be used: {self._clean(str(error))}"

    def _echo(self, code: int, text: str) -> str:
        return f"{code} {self._clean(text)}".strip().removesuffix(".")

    def _clean(self, text: str) -> str:
        """What a server says, fit to be shown: masked first, for a cut secret is not recognised."""
        return NOT_SHOWN.sub(" ", self.mask(text))[:LONGEST_ECHO].strip()


async def leave(client: aiosmtplib.SMTP) -> None:
    """Say goodbye; whoever does not answer that is left without."""
    try:
        await client.quit(timeout=CONNECT_TIMEOUT_SECONDS)
    except (SMTPException, OSError):
        client.close()


def find_cause(error: BaseException) -> BaseException:
    """The first of the errors behind this one that TLS raised; else the error itself."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return error


@cache
def mail_certificates(authorities: Path | None) -> ssl.SSLContext:
    """Which servers are believed: those of public authorities, and of those in this file (PEM) of the deployment.

    Raises Misconfigured where the file cannot be read. Certificates and names are always verified; TLS 1.2 and newer.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authorities is not None:
        try:
            context.load_verify_locations(cafile=authorities)
        except OSError as error:
            raise Misconfigured(f"SEATLEDGER_MAIL_CA_FILE names {authorities}, which holds no certificates.") from error
    return context
