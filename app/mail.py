"""Mail as people set it up: `plans.mail_channels.MailOffice`, and how the way out is opened for every mail.

The adapters stand where the way out is: SMTP in `net`, Graph in `microsoft`; `notify` knows them by their port.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from microsoft.clouds import Cloud
from microsoft.mail import GraphMailChannel
from microsoft.session import Session
from microsoft.tokens import AppCredentials
from net.client import WebClient
from net.mail_servers import AllowedMailServers
from net.redaction import Redactor
from net.smtp import SmtpChannel, mail_certificates
from notify.letters import write_letter
from plans.errors import Misconfigured
from plans.mail import Mail
from plans.mail_channels import (
    GraphSettings,
    MailAnswer,
    MailChannel,
    MailRefused,
    MailSettings,
    SmtpSettings,
)
from store.mail_settings import TableMailSettings
from store.secrets import RenewedSecrets

NOT_SET_UP = "Nobody has said how mail leaves. Set it up under Settings, Mail."
TEST_SUBJECT = "A test mail of Seatledger"
TEST_TEXT = (
    "This mail was sent from the page Settings, Mail. It arrived, so digests and alerts will as well.\n\n"
    "Nobody needs to do anything.\n"
)
TEST_HTML = (
    "<!doctype html><html lang='en'><body style='font-family:sans-serif'>"
    "<p>This mail was sent from the page <strong>Settings, Mail</strong>. It arrived, so digests and alerts will as "
    "well.</p><p>Nobody needs to do anything.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class MailWays:
    """What opening a way out needs of the wiring."""

    cloud: Cloud
    open_client: Callable[[str], WebClient]
    allowed: AllowedMailServers
    authorities: Path | None
    now: Callable[[], datetime]
    redactor: Redactor

    def check(self, settings: MailSettings) -> None:
        """Raises Misconfigured, with a sentence, for a server that may not be called."""
        if isinstance(settings, SmtpSettings):
            self.allowed.check(settings.host, settings.port)

    def open(self, settings: MailSettings, secret: str) -> MailChannel:
        """The channel, with its password or client secret. Raises Misconfigured like `check`."""
        self.check(settings)
        self.redactor.remember(secret)
        match settings:
            case SmtpSettings():
                return SmtpChannel(
                    settings, self.allowed, mail_certificates(self.authorities), secret, self.redactor.redact
                )
            case GraphSettings():
                return GraphMailChannel(
                    settings, self._open_session(settings, secret), self.open_client(self.cloud.graph_url)
                )

    def _open_session(self, settings: GraphSettings, secret: str) -> Session:
        async def read_credentials() -> AppCredentials:
            return AppCredentials(settings.client_id, secret)

        return Session(
            self.open_client(self.cloud.login_url), read_credentials, self.now, self.redactor.remember_passing
        )


class KeptMail:
    """The settings in table `config`, their secrets where secrets are."""

    def __init__(self, settings: TableMailSettings, secrets: RenewedSecrets, ways: MailWays) -> None:
        self._settings = settings
        self._secrets = secrets
        self._ways = ways

    async def __call__(self) -> MailChannel:
        """`plans.mail_channels.OpenMailChannel`: what is kept now, for the next mail."""
        kept = await self._settings.read_settings()
        if kept is None:
            raise Misconfigured(NOT_SET_UP)
        return self._ways.open(kept, await self._read_secret(kept))

    async def read_settings(self) -> MailSettings | None:
        return await self._settings.read_settings()

    def check_settings(self, settings: MailSettings) -> None:
        self._ways.check(settings)

    async def try_settings(self, settings: MailSettings, secret: str | None, recipient: str) -> MailAnswer:
        wanted, used = await self._complete(settings, secret)
        channel = self._ways.open(wanted, used)
        mail = Mail(f"test:{uuid4().hex}", recipient, TEST_SUBJECT, TEST_TEXT, TEST_HTML, self._ways.now())
        letter = write_letter(mail, channel.sender)
        return MailRefused(letter) if isinstance(letter, str) else await channel.send(letter)

    async def save_settings(self, settings: MailSettings, secret: str | None) -> None:
        """The secret first, then the row that names it. No row stands while a secret for somebody else is put there,
        for it would be shown to the one before; mail that comes in between waits."""
        self._ways.check(settings)
        wanted, _ = await self._complete(settings, secret)
        if secret is not None and needs_secret(wanted):
            self._ways.redactor.remember(secret)
            kept = await self._settings.read_settings()
            if kept is not None and to_whom(kept) != to_whom(wanted):
                await self._settings.remove_settings()
            await self._secrets.put({name_secret(wanted): secret})
        await self._settings.save_settings(wanted)

    async def remove_settings(self) -> None:
        kept = await self._settings.read_settings()
        if kept is not None:
            await self._secrets.forget({name_secret(kept)})
            await self._settings.remove_settings()

    async def _complete(self, settings: MailSettings, secret: str | None) -> tuple[MailSettings, str]:
        """The settings with the name of their secret, and the secret itself: the typed one, or the kept one.

        Raises Misconfigured where none is kept, or the kept one was given for somebody else.
        """
        if not needs_secret(settings):
            return settings, ""
        if secret is not None:
            return settings, secret
        kept = await self._settings.read_settings()
        if kept is None or to_whom(kept) != to_whom(settings):
            raise Misconfigured(ask_for_secret(settings))
        return with_secret(settings, name_secret(kept)), await self._read_secret(kept)

    async def _read_secret(self, settings: MailSettings) -> str:
        return (await self._secrets.read(name_secret(settings))).value if needs_secret(settings) else ""


def needs_secret(settings: MailSettings) -> bool:
    """Whether the way out asks who we are; an SMTP server may know us by our address."""
    return isinstance(settings, GraphSettings) or bool(settings.user)


def name_secret(settings: MailSettings) -> str:
    """The name under which its password or client secret is kept."""
    match settings:
        case SmtpSettings():
            return settings.password_secret
        case GraphSettings():
            return settings.client_secret_secret


def with_secret(settings: MailSettings, name: str) -> MailSettings:
    """The same, opened by the secret of this name."""
    match settings:
        case SmtpSettings():
            return replace(settings, password_secret=name)
        case GraphSettings():
            return replace(settings, client_secret_secret=name)


def to_whom(settings: MailSettings) -> tuple[str, ...]:
    """Whom a secret was given for: it is shown to nobody else."""
    match settings:
        case SmtpSettings():
            return "smtp", settings.host, str(settings.port), settings.user
        case GraphSettings():
            return "graph", settings.tenant_id, settings.client_id


def ask_for_secret(settings: MailSettings) -> str:
    """What to type where no secret is kept for this one."""
    match settings:
        case SmtpSettings():
            return f"Type the password of {settings.user}: the one that is kept, if any, is of another server or user."
        case GraphSettings():
            return "Type the client secret: the one that is kept, if any, is of another application."
