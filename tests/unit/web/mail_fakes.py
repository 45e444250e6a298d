"""Mail in memory: how it leaves, what came of it, and what a test mail is answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from plans.errors import Misconfigured
from plans.mail import Delivery
from plans.mail_channels import MailAnswer, MailSettings, MailTaken


@dataclass
class FakeMailOffice:
    """`plans.mail_channels.MailOffice`; `tried` and `kept_secrets` are what it was handed."""

    settings: MailSettings | None = None
    answer: MailAnswer = field(default_factory=lambda: MailTaken("The mail server took it: 250 OK."))
    refusal: str = ""
    bad_host: str = ""
    tried: list[tuple[MailSettings, str | None, str]] = field(default_factory=list)
    kept_secrets: list[str | None] = field(default_factory=list)

    async def read_settings(self) -> MailSettings | None:
        return self.settings

    def check_settings(self, settings: MailSettings) -> None:
        if self.bad_host:
            raise Misconfigured(self.bad_host)

    async def try_settings(self, settings: MailSettings, secret: str | None, recipient: str) -> MailAnswer:
        if self.refusal:
            raise Misconfigured(self.refusal)
        self.tried.append((settings, secret, recipient))
        return self.answer

    async def save_settings(self, settings: MailSettings, secret: str | None) -> None:
        if self.refusal:
            raise Misconfigured(self.refusal)
        self.settings = settings
        self.kept_secrets.append(secret)

    async def remove_settings(self) -> None:
        self.settings = None


@dataclass
class FakeDeliveries:
    """`plans.mail.Deliveries`, and the wish to send one again."""

    deliveries: Sequence[Delivery] = ()
    may_resend: bool = True
    resent: list[tuple[str, str]] = field(default_factory=list)

    async def list_deliveries(self, limit: int) -> Sequence[Delivery]:
        return self.deliveries[:limit]

    async def resend(self, mail_id: str, who: str) -> bool:
        self.resent.append((mail_id, who))
        return self.may_resend
