"""Consent at Microsoft in memory: addresses that browsers could be sent to, and what a test lets Microsoft answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from plans.account_records import Errand, ErrandKind, PreConsentRecord, ReadingStep, TellProgress, tell_nobody
from plans.connecting import DirectTenant, PartnerAccount
from plans.consent import ConsentEnding, Granted, PendingConsent, PreConsent, Redemption
from profiles.partners import PartnerReading
from profiles.readings import Known, Reading
from sync.accounts import ErrandMessage

LOGIN = "https://login.microsoftonline.com"
PARTNER = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
GRANTED = Granted(PARTNER, "svc@msp.example", True)
TRIED = Granted(PARTNER, "", None)
STORED_AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@dataclass
class FakeConsent:
    """`plans.consent.MicrosoftConsent`. `redeemed` is what it was asked to exchange."""

    ending: ConsentEnding = GRANTED
    tried: ConsentEnding = TRIED
    refused: dict[str, str] = field(default_factory=dict)
    stored_at: datetime | None = STORED_AT
    login: str = LOGIN
    redeemed: list[tuple[str, Redemption]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def write_partner_address(self, account: PartnerAccount, state: str, browser: str, redirect_uri: str) -> str:
        fields = urlencode({"state": state, "redirect_uri": redirect_uri})
        return f"{self.login}/{account.tenant_id}/oauth2/v2.0/authorize?{fields}"

    def write_admin_address(self, tenant: DirectTenant, state: str, redirect_uri: str) -> str:
        fields = urlencode({"redirect_uri": redirect_uri} | ({"state": state} if state else {}))
        return f"{self.login}/{tenant.tenant_id}/v2.0/adminconsent?{fields}"

    def explain_refused(self, error: str, description: str) -> str:
        return "Whoever signed in declined, or may not consent. Begin the consent again."

    async def redeem(self, account: PartnerAccount, redemption: Redemption) -> ConsentEnding:
        self.redeemed.append((account.id, redemption))
        return self.ending

    async def read_token_moment(self, account: PartnerAccount) -> datetime | None:
        return self.stored_at

    async def try_direct(self, tenant: DirectTenant) -> ConsentEnding:
        return self.tried

    async def preconsent(self, account_id: str, tenant_id: str) -> PreConsent:
        self.asked.append(tenant_id)
        sentence = self.refused.get(tenant_id, "")
        return PreConsent(tenant_id, not sentence, sentence)


@dataclass
class FakePendingConsents:
    """`plans.consent.PendingConsents`."""

    kept: dict[str, PendingConsent] = field(default_factory=dict)

    async def add(self, pending: PendingConsent) -> None:
        self.kept[pending.state_digest] = pending

    async def take(self, state_digest: str) -> PendingConsent | None:
        return self.kept.pop(state_digest, None)


@dataclass
class FakeAccountRecords:
    """`plans.account_records.AccountRecords`. `told` is every state that was kept, `sent` what the queue was asked for;
    `error` is raised by the queue.
    """

    errands: dict[tuple[str, ErrandKind], Errand] = field(default_factory=dict)
    preconsents: dict[str, dict[str, PreConsentRecord]] = field(default_factory=dict)
    told: list[Errand] = field(default_factory=list)
    sent: list[ErrandMessage] = field(default_factory=list)
    error: Exception | None = None

    def put(self, errand: Errand) -> None:
        self.errands[errand.account_id, errand.kind] = errand

    async def read_errand(self, account_id: str, kind: ErrandKind) -> tuple[Errand, str] | None:
        found = self.errands.get((account_id, kind))
        return None if found is None else (found, str(found))

    async def keep_errand(self, errand: Errand, stamp: str | None) -> str | None:
        standing = await self.read_errand(errand.account_id, errand.kind)
        if stamp != (None if standing is None else standing[1]):
            return None
        self.told.append(errand)
        self.put(errand)
        return str(errand)

    async def send_errand(self, errand: Errand) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append({"account_id": errand.account_id, "kind": errand.kind.value, "errand_id": errand.id})

    async def save_preconsents(self, account_id: str, records: tuple[PreConsentRecord, ...]) -> None:
        self.preconsents.setdefault(account_id, {}).update({each.tenant_id: each for each in records})

    async def list_preconsents(self, account_id: str) -> tuple[PreConsentRecord, ...]:
        return tuple(self.preconsents.get(account_id, {}).values())

    async def forget_account(self, account_id: str) -> None:
        for kind in ErrandKind:
            self.errands.pop((account_id, kind), None)
        self.preconsents.pop(account_id, None)


@dataclass
class FakePartner:
    """`plans.ports.PartnerReader`: tells the steps, then gives what a test set."""

    reading: Reading[PartnerReading] | Exception
    steps: tuple[tuple[ReadingStep, int], ...] = ((ReadingStep.SIGN_IN, 0), (ReadingStep.RELATIONSHIPS, 27))

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        for step, count in self.steps:
            await tell(step, count)
        if isinstance(self.reading, Exception):
            raise self.reading
        return self.reading


def make_partner(reading: PartnerReading) -> FakePartner:
    """One that can be read."""
    return FakePartner(Known(reading))
