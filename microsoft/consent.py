"""Consent at Microsoft: `plans.consent.MicrosoftConsent` (promises S4 to S6; reference microsoft.md 1).

Addresses go to browsers; codes and tokens stay on this side, and the redactor knows them before anything else does.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from microsoft.code_exchange import SIGN_IN_SCOPES, CodeGrant, exchange_code
from microsoft.graph import read_body
from microsoft.id_tokens import BadIdToken, Expected, SignedInAs, verify_id_token
from microsoft.preconsent import TRY_AGAIN, preconsent
from microsoft.session import Door, ReadCredentials, Session
from microsoft.sign_in_errors import MEANINGS, explain_sign_in_error
from microsoft.signed import SignedClient
from microsoft.tokens import AppCredentials, Remember
from net.client import WebClient
from plans.connecting import DirectTenant, PartnerAccount
from plans.consent import (
    ConsentEnding,
    Granted,
    NotGranted,
    PreConsent,
    Redemption,
    challenge_of,
    derive_nonce,
    derive_verifier,
)
from plans.errors import Misconfigured, Retry
from profiles.microsoft_rights import GRAPH_FOR_MAILBOXES, GRAPH_IN_TENANTS
from profiles.readings import Unknown

CODES = re.compile(r"\bAADSTS(\d{5,8})\b")
DECLINED = "access_denied"
BEGIN_AGAIN = "Begin the consent again."
ASKED = "The organisation"
NOT_LET_IN = "The tenant does not let the application read it. Ask its administrator to consent by the link."
ORGANIZATION = "/v1.0/organization?$select=id,displayName"

type StoreToken = Callable[[PartnerAccount, str], Awaitable[None]]
type ReadTokenMoment = Callable[[PartnerAccount], Awaitable[datetime | None]]
type FindAccount = Callable[[str], Awaitable[PartnerAccount | None]]
type ReadSecret = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class ConsentLines:
    """The servers that consent is granted at. `partner_center` is None where the cloud has none."""

    login: WebClient
    graph: WebClient
    partner_center: WebClient | None


@dataclass(frozen=True, slots=True)
class EntraConsent:
    """Consent at one cloud.

    `store_token` puts a refresh token in force, a new secret version first (S6); `read_stored_at` says when that was
    done last. `find_account` and `credentials_of` are the connected accounts and what opens Partner Center for them.
    """

    lines: ConsentLines
    read_secret: ReadSecret
    store_token: StoreToken
    read_stored_at: ReadTokenMoment
    find_account: FindAccount
    credentials_of: Callable[[PartnerAccount], ReadCredentials]
    now: Callable[[], datetime]
    remember: Remember
    _sessions: dict[str, Session] = field(default_factory=dict)

    def write_partner_address(self, account: PartnerAccount, state: str, browser: str, redirect_uri: str) -> str:
        """The v2 authorize endpoint of the partner's own tenant, for the scopes of one resource (AADSTS700022)."""
        fields = {
            "client_id": account.client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "response_mode": "query",
            "scope": " ".join((self._scope, *SIGN_IN_SCOPES)),
            "state": state,
            "nonce": hash_nonce(derive_nonce(browser, state)),
            "code_challenge": challenge_of(derive_verifier(browser, state)),
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{self.lines.login.origin}/{account.tenant_id}/oauth2/v2.0/authorize?{urlencode(fields)}"

    def write_admin_address(self, tenant: DirectTenant, state: str, redirect_uri: str) -> str:
        """The v2 admin consent endpoint; application permissions come with `/.default` only (microsoft.md 1.7)."""
        fields = {"client_id": tenant.client_id, "scope": self._scope, "redirect_uri": redirect_uri}
        if state:
            fields["state"] = state
        return f"{self.lines.login.origin}/{tenant.tenant_id}/v2.0/adminconsent?{urlencode(fields)}"

    def explain_refused(self, error: str, description: str) -> str:
        """What Microsoft's refusal means; the code alone is repeated, never the text that came with the browser."""
        codes = [int(code) for code in CODES.findall(description)]
        known = next((code for code in codes if code in MEANINGS), None)
        if known is not None:
            return f"{MEANINGS[known][1]} (AADSTS{known})"
        told = f" (AADSTS{codes[0]})" if codes else ""
        if error == DECLINED:
            return f"Whoever signed in declined, or may not consent{told}. {BEGIN_AGAIN}"
        return f"Microsoft did not grant the consent{told}. {BEGIN_AGAIN}"

    async def redeem(self, account: PartnerAccount, redemption: Redemption) -> ConsentEnding:
        """The code for tokens; nothing is stored before the ID token is proven."""
        self.remember(redemption.code)
        self.remember(redemption.verifier)
        try:
            return await self._redeem(account, redemption)
        except (BadIdToken, Misconfigured) as error:
            return NotGranted(str(error))
        except Retry as error:
            return NotGranted(f"{str(error).removesuffix('.')}. {BEGIN_AGAIN}")
        except ValueError:
            return NotGranted(f"The sign-in that came back cannot be read, or answers another consent. {BEGIN_AGAIN}")

    async def _redeem(self, account: PartnerAccount, redemption: Redemption) -> ConsentEnding:
        grant = CodeGrant(
            tenant_id=account.tenant_id,
            client_id=account.client_id,
            client_secret=await self.read_secret(account.client_secret_secret),
            code=redemption.code,
            verifier=redemption.verifier,
            nonce=redemption.nonce,
            redirect_uri=redemption.redirect_uri,
            scope=self._scope,
        )
        found = await exchange_code(self.lines.login, grant)
        for name in ("access_token", "refresh_token", "id_token"):
            if isinstance(found.get(name), str):
                self.remember(found[name])
        if "error" in found:
            return NotGranted(explain_sign_in_error(found).detail)
        signed_in = await self._verify(account, found, redemption)
        refresh_token = found.get("refresh_token")
        if not isinstance(refresh_token, str) or not refresh_token:
            return NotGranted(
                "Microsoft gave no refresh token. Allow the app registration offline access, as a platform of type Web."
            )
        await self.store_token(account, refresh_token)
        return Granted(signed_in.tenant_id, signed_in.user_name, signed_in.has_mfa)

    async def _verify(self, account: PartnerAccount, found: Mapping[str, Any], redemption: Redemption) -> SignedInAs:
        token = found.get("id_token")
        if not isinstance(token, str):
            raise BadIdToken(f"Microsoft did not say who signed in. {BEGIN_AGAIN}")
        tenant = f"/{account.tenant_id.lower()}"
        keys = await self.lines.login.read("GET", f"{tenant}/discovery/v2.0/keys")
        expected = Expected(
            issuer=f"{self.lines.login.origin}{tenant}/v2.0",
            audience=account.client_id,
            tenant_id=account.tenant_id,
            nonce=hash_nonce(redemption.nonce),
        )
        return verify_id_token(token, keys.body, expected, self.now())

    async def read_token_moment(self, account: PartnerAccount) -> datetime | None:
        """When the refresh token in force was stored."""
        return await self.read_stored_at(account)

    async def try_direct(self, tenant: DirectTenant) -> ConsentEnding:
        """A token of the application's own, and the tenant's organisation read with it."""

        async def read_credentials() -> AppCredentials:
            return AppCredentials(tenant.client_id, await self.read_secret(tenant.client_secret_secret))

        session = Session(self.lines.login, read_credentials, self.now, self.remember)
        graph = SignedClient(self.lines.graph, partial(session.open, Door(tenant.tenant_id, self.lines.graph.origin)))
        try:
            body = await read_body(graph, ASKED, ORGANIZATION, {})
        except Retry as error:
            return NotGranted(f"{error}. {TRY_AGAIN}")
        except Misconfigured as error:
            return NotGranted(str(error))
        if isinstance(body, Unknown):
            told = body.detail.partition(" Check the GDAP roles")[0]
            return NotGranted(f"{NOT_LET_IN} {told}" if body.detail.startswith(ASKED) else body.detail)
        if find_organization(body.value) != tenant.tenant_id.lower():
            return NotGranted("Microsoft answered for another tenant. Check the directory (tenant) id.")
        return Granted(tenant.tenant_id, "", None)

    async def preconsent(self, account_id: str, tenant_id: str) -> PreConsent:
        """With a token of the partner's own tenant: Partner Center knows no other (microsoft.md 1.4)."""
        if self.lines.partner_center is None:
            return PreConsent(tenant_id, False, "This cloud has no Partner Center. Let each tenant consent by itself.")
        account = await self.find_account(account_id)
        if account is None:
            return PreConsent(tenant_id, False, "This partner account is no longer connected.")
        session = self._sessions.setdefault(
            account_id, Session(self.lines.login, self.credentials_of(account), self.now, self.remember)
        )
        door = Door(account.tenant_id, self.lines.partner_center.origin)
        client = SignedClient(self.lines.partner_center, partial(session.open, door))
        rights = (*GRAPH_IN_TENANTS, *(GRAPH_FOR_MAILBOXES if account.reads_mailboxes else ()))
        return await preconsent(client, account.client_id, tenant_id, rights)

    @property
    def _scope(self) -> str:
        return f"{self.lines.graph.origin}/.default"


def hash_nonce(nonce: str) -> str:
    """The nonce as it travels: MSAL sends and expects the SHA-256 of the one it is told."""
    return hashlib.sha256(nonce.encode()).hexdigest()


def find_organization(body: Mapping[str, Any]) -> str:
    """Whose organisation an answer describes; empty where it does not say."""
    rows = body.get("value")
    first = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    return str(first.get("id", "")).lower()
