"""Consent at Microsoft: what is kept of a consent that is under way, and how it ends (promise S4; microsoft.md 1).

Nothing that is kept would help a thief: of state and browser only the SHA-256 is kept, and the PKCE verifier and the
nonce are derived from what the browser alone holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from plans.connecting import DirectTenant, PartnerAccount

CONSENT_LIFE = timedelta(minutes=10)
STATE_BYTES = 32


class ConsentPurpose(StrEnum):
    """Which account a consent is for."""

    PARTNER = "partner"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class PendingConsent:
    """A consent that is under way: single-use, bound to a person and a browser, good until `expires_at` (UTC)."""

    state_digest: str
    browser_digest: str
    purpose: ConsentPurpose
    account_id: str
    expected_tenant_id: str
    asked_by: str
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Whether it may still end."""
        return now < self.expires_at


class PendingConsents(Protocol):
    """Where pending consents are kept."""

    async def add(self, pending: PendingConsent) -> None: ...

    async def take(self, state_digest: str) -> PendingConsent | None:
        """The pending consent, which is gone afterwards: of two who take it one gets it. None where there is none.

        One that has expired is taken as well: whoever takes it looks at `is_good`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """Microsoft gave what was asked for, and it is stored. `has_mfa` is None where the sign-in did not say."""

    tenant_id: str
    user_name: str
    has_mfa: bool | None
    kind: Literal["granted"] = "granted"


@dataclass(frozen=True, slots=True)
class NotGranted:
    """Why there is no consent, and what to do next."""

    sentence: str
    kind: Literal["not_granted"] = "not_granted"


type ConsentEnding = Granted | NotGranted


@dataclass(frozen=True, slots=True)
class Redemption:
    """What came back from Microsoft with the browser, and what only we and the browser know of it."""

    code: str
    verifier: str
    nonce: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class PreConsent:
    """How pre-consent in one customer tenant ended (microsoft.md 1.5). `sentence` is empty where all is well."""

    tenant_id: str
    is_granted: bool
    sentence: str = ""


class MicrosoftConsent(Protocol):
    """Microsoft, for granting consent. Addresses are for browsers; tokens never come back from here."""

    def write_partner_address(self, account: PartnerAccount, state: str, browser: str, redirect_uri: str) -> str:
        """Where a partner's service account signs in and consents: code flow with PKCE S256 and a nonce."""
        ...

    def write_admin_address(self, tenant: DirectTenant, state: str, redirect_uri: str) -> str:
        """Where an administrator of a direct tenant lets our application read it."""
        ...

    def explain_refused(self, error: str, description: str) -> str:
        """What an error means that Microsoft sent back with the browser, and what to do next. Nothing of it is
        repeated but Microsoft's own code: an address is anybody's to write."""
        ...

    async def redeem(self, account: PartnerAccount, redemption: Redemption) -> ConsentEnding:
        """Exchange the code; verify the ID token (signature, audience, issuer, tenant, nonce, expiry); store the
        refresh token as a new secret version, then its pointer (S6). Never raises for what Microsoft answers."""
        ...

    async def read_token_moment(self, account: PartnerAccount) -> datetime | None:
        """When the refresh token that is in force was stored; None where nobody can say."""
        ...

    async def try_direct(self, tenant: DirectTenant) -> ConsentEnding:
        """Whether the application may read the tenant now, by reading its organisation. Never raises like `redeem`."""
        ...

    async def preconsent(self, account_id: str, tenant_id: str) -> PreConsent:
        """Let the account's application into a customer tenant. Never raises for what Microsoft answers."""
        ...


def digest(text: str) -> str:
    """What is kept of a state or a browser's secret: 256 random bits need no salt."""
    return hashlib.sha256(text.encode()).hexdigest()


def derive_verifier(browser: str, state: str) -> str:
    """The PKCE verifier: 43 characters that only the browser's secret leads to."""
    return derive(browser, f"pkce:{state}")


def derive_nonce(browser: str, state: str) -> str:
    """The nonce that the ID token must carry."""
    return derive(browser, f"nonce:{state}")


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, 4.2)."""
    return spell(hashlib.sha256(verifier.encode()).digest())


def derive(browser: str, purpose: str) -> str:
    """256 bits for one purpose."""
    return spell(hmac.new(browser.encode(), purpose.encode(), hashlib.sha256).digest())


def spell(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
