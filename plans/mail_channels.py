"""How mail leaves: by an SMTP server or from a mailbox in Microsoft 365; and what whoever is asked to send answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

SMTP_PASSWORD_SECRET = "mail-smtp-password"  # noqa: S105 - the name under which a secret is kept
GRAPH_SECRET = "mail-graph-client-secret"  # noqa: S105 - the name under which a secret is kept
LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
ADDRESS = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+(?P<top>[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?))"
)
# Of names that mail can be sent to the last part has two characters at least and begins with a letter (RFC 3696,
# section 2): what looks otherwise is the number of a machine, or half typed.
TOP = re.compile(r"[A-Za-z][A-Za-z0-9-]+")


class Encryption(StrEnum):
    """How the connection to an SMTP server is encrypted. There is no third way: mail never leaves in the clear."""

    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """An SMTP server that takes mail from us. `user` is empty where it asks for no sign-in."""

    host: str
    port: int
    encryption: Encryption
    sender: str
    user: str = ""
    password_secret: str = SMTP_PASSWORD_SECRET


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """A mailbox of the MSP from which an application sends: `tenant_id` is the MSP's own, `sender` the mailbox."""

    tenant_id: str
    client_id: str
    sender: str
    client_secret_secret: str = GRAPH_SECRET


type MailSettings = SmtpSettings | GraphSettings


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it travels: `content` is its MIME text (RFC 5322), lines ended by CRLF; addresses are checked."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MailTaken:
    """Whoever was asked has taken the mail on and will deliver it."""

    sentence: str


@dataclass(frozen=True, slots=True)
class MailRefused:
    """The mail was not taken, and will not be as it is."""

    sentence: str


@dataclass(frozen=True, slots=True)
class MailDelayed:
    """The mail was not taken, for certain, and may be later; `wait` is how long we were asked to wait."""

    sentence: str
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class MailInDoubt:
    """The mail left us and no answer came: nobody knows whether it was taken. Never repeated blindly."""

    sentence: str


type MailAnswer = MailTaken | MailRefused | MailDelayed | MailInDoubt


class MailChannel(Protocol):
    """A way out for mail, with the address it sends from."""

    @property
    def sender(self) -> str:
        """The address in From."""
        ...

    async def send(self, letter: Letter) -> MailAnswer:
        """Hand one letter over, once. Never raises for what the other side answers or fails to answer."""
        ...


class OpenMailChannel(Protocol):
    """Opens the way that is set up now."""

    async def __call__(self) -> MailChannel:
        """Raises Misconfigured, with a sentence, where none is set up or what is set up cannot be used."""
        ...


class MailOffice(Protocol):
    """What the settings page needs: how mail leaves now, and other ways to try and to keep."""

    async def read_settings(self) -> MailSettings | None:
        """How mail leaves now; None where nobody has said."""
        ...

    def check_settings(self, settings: MailSettings) -> None:
        """Raises Misconfigured, with a sentence for the field, where this server may not be called (S7)."""
        ...

    async def try_settings(self, settings: MailSettings, secret: str | None, recipient: str) -> MailAnswer:
        """Send a test mail that way, to this address; nothing is kept.

        `secret` is the password or client secret as typed; None takes the kept one, which is shown to no other server,
        user or application than it was given for. Raises Misconfigured with a sentence where that cannot be tried.
        """
        ...

    async def save_settings(self, settings: MailSettings, secret: str | None) -> None:
        """Send that way from now on. Raises Misconfigured like `try_settings`."""
        ...

    async def remove_settings(self) -> None:
        """Send no mail any more; the kept secret is put out of use first."""
        ...


def find_address_trouble(text: str) -> str:
    """Why this is no address that mail can be sent to; empty where it is one.

    One plain address (RFC 5321, section 4.1.2, without quoted local parts and address literals): no name, no list, no
    space or line break, so that nothing of it can become another header or command.
    """
    found = ADDRESS.fullmatch(text)
    if found is None:
        return "Type one plain address, such as billing@msp.example."
    if TOP.fullmatch(found["top"]) is None:
        return "Type an address whose domain has a name and an ending, such as billing@msp.example."
    if len(text) > LONGEST_ADDRESS or len(found["local"]) > LONGEST_LOCAL_PART:
        return f"An address has {LONGEST_ADDRESS} characters at most, {LONGEST_LOCAL_PART} of them before the @."
    return ""
