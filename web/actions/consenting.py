"""Consent at Microsoft from its first click to its end (promise S4).

The state goes to Microsoft and back; a second secret goes to the browser as a cookie and nowhere else. Only their
SHA-256 is kept, with who asked. PKCE verifier and nonce come from the cookie, so a stolen table, a stolen state or a
stolen code is worth nothing.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from plans.connecting import DirectTenant, PartnerAccount
from plans.consent import (
    CONSENT_LIFE,
    STATE_BYTES,
    ConsentPurpose,
    PendingConsent,
    PendingConsents,
    Redemption,
    derive_nonce,
    derive_verifier,
    digest,
)
from web.actions.asking import Actor

LOGGER = logging.getLogger(__name__)

CALLBACK = "/settings/connections/microsoft/callback"
COOKIE_PREFIX = "seatledger-consent-"
NAMED_CHARACTERS = 16
AGAIN = "Nothing was changed. Begin it again from the account's page."
NO_STATE = f"This address is where Microsoft sends a browser back to, and it did not come with a consent. {AGAIN}"
UNKNOWN = f"This consent is not known: it was used already, or never begun here. {AGAIN}"
EXPIRED = f"This consent took longer than ten minutes. {AGAIN}"
FOREIGN_PERSON = f"This consent was begun by somebody else. {AGAIN}"
FOREIGN_BROWSER = f"This consent was begun in another browser, or its cookie is gone. {AGAIN}"
NO_ACCOUNT = "The account that this consent is for was removed or changed meanwhile. Nothing was changed."
OTHER_TENANT = f"Microsoft answered for another directory than the one that is set here. {AGAIN}"
NO_CODE = f"Microsoft sent neither a consent nor a reason. {AGAIN}"


@dataclass(frozen=True, slots=True)
class BegunConsent:
    """What goes out: the state with the address, the secret as a cookie of this name."""

    state: str = field(repr=False)
    browser: str = field(repr=False)

    @property
    def cookie(self) -> str:
        """One cookie for each consent, so that two that are under way do not disturb each other."""
        return name_cookie(self.state)


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back with a browser; `cookies` are all of its cookies by name. Lists hold what was sent twice."""

    states: Sequence[str]
    tenants: Sequence[str]
    cookies: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProvenConsent:
    """A consent that was begun here, by this person, in this browser, less than ten minutes ago, and never ended."""

    purpose: ConsentPurpose
    account_id: str
    expected_tenant_id: str
    state: str = field(repr=False)
    browser: str = field(repr=False)

    def redeem(self, code: str, redirect_uri: str) -> Redemption:
        """What the code is exchanged with."""
        verifier, nonce = derive_verifier(self.browser, self.state), derive_nonce(self.browser, self.state)
        return Redemption(code, verifier, nonce, redirect_uri)

    def fits(self, account: PartnerAccount | DirectTenant) -> bool:
        """Whether the account is still the one that consent was asked for."""
        return account.id == self.account_id and account.tenant_id.lower() == self.expected_tenant_id.lower()


@dataclass(frozen=True, slots=True)
class ConsentRefused:
    """Why what came back is no consent of ours."""

    sentence: str


def name_cookie(state: str) -> str:
    """The cookie that belongs to a state, without telling the state."""
    return f"{COOKIE_PREFIX}{digest(state)[:NAMED_CHARACTERS]}"


async def begin_consent(
    pending: PendingConsents, purpose: ConsentPurpose, account: PartnerAccount | DirectTenant, actor: Actor
) -> BegunConsent:
    """Two secrets of 256 bits, and what is kept of them for ten minutes."""
    begun = BegunConsent(secrets.token_urlsafe(STATE_BYTES), secrets.token_urlsafe(STATE_BYTES))
    await pending.add(
        PendingConsent(
            state_digest=digest(begun.state),
            browser_digest=digest(begun.browser),
            purpose=purpose,
            account_id=account.id,
            expected_tenant_id=account.tenant_id,
            asked_by=actor.identity,
            expires_at=actor.at + CONSENT_LIFE,
        )
    )
    LOGGER.info("Consent for account %s begun by %s", account.id, actor.identity)
    return begun


async def prove_consent(pending: PendingConsents, returned: Returned, actor: Actor) -> ProvenConsent | ConsentRefused:
    """Take the consent that came back, once, and prove that it is this person's and this browser's.

    It is taken before it is proven: whoever tries it in vain has used it up.
    """
    if len(returned.states) != 1 or not returned.states[0]:
        return refuse(NO_STATE, actor)
    state = returned.states[0]
    taken = await pending.take(digest(state))
    if taken is None:
        return refuse(UNKNOWN, actor)
    if not taken.is_good(actor.at):
        return refuse(EXPIRED, actor)
    if taken.asked_by != actor.identity:
        return refuse(FOREIGN_PERSON, actor)
    browser = returned.cookies.get(name_cookie(state), "")
    if not browser or not hmac.compare_digest(digest(browser), taken.browser_digest):
        return refuse(FOREIGN_BROWSER, actor)
    if any(tenant.lower() != taken.expected_tenant_id.lower() for tenant in returned.tenants):
        return refuse(OTHER_TENANT, actor)
    return ProvenConsent(taken.purpose, taken.account_id, taken.expected_tenant_id, state, browser)


def refuse(sentence: str, actor: Actor) -> ConsentRefused:
    """Refused, and logged with who tried it (S12)."""
    LOGGER.warning("Consent refused to %s: %s", actor.identity, sentence)
    return ConsentRefused(sentence)
