"""Microsoft in memory, as a consent meets it: code exchange, keys, Partner Center, Graph."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from microsoft.consent import ConsentLines, EntraConsent
from microsoft.tokens import PartnerCredentials
from net.client import open_client
from net.hosts import AllowedHosts
from plans.connecting import DirectTenant, PartnerAccount
from plans.consent import ConsentEnding, Redemption, derive_nonce, derive_verifier
from plans.errors import Misconfigured
from tests.unit.microsoft.graph import GRAPH, LOGIN, TENANT
from tests.unit.microsoft.msp import PARTNER, PARTNER_CENTER, START
from tests.unit.net.answers import Site

CLIENT_ID = "5ea71ed9-0000-4000-8000-00000000c11e"
CLIENT_SECRET = "client-secret-canary"
CODE = "0.code-canary-that-nobody-may-see"
ACCESS, REFRESH = "access-canary-token", "refresh-canary-token"
STATE, BROWSER = "s" * 43, "b" * 43
CALLBACK = "https://seatledger.example/settings/connections/microsoft/callback"
ACCOUNT = PartnerAccount("ms-1", PARTNER, CLIENT_ID, "ms-1-secret", "ms-1-token", name="Our partner account")
DIRECT = DirectTenant("direct-1", TENANT, "Contoso", CLIENT_ID, "direct-1-secret")
KEY_ID = "entra-key"

type Claims = dict[str, Any]


@cache
def entra_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@cache
def foreign_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def make_keys(**changes: Any) -> dict[str, Any]:
    public = json.loads(RSAAlgorithm.to_jwk(entra_key().public_key()))
    return {"keys": [{"kid": "another"}, "nonsense", {**public, "kid": KEY_ID, "use": "sig"} | changes]}


def sign(claims: Claims, key: RSAPrivateKey | None = None, key_id: str | None = KEY_ID) -> str:
    return jwt.encode(claims, key or entra_key(), "RS256", headers={} if key_id is None else {"kid": key_id})


def spell(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@dataclass
class Entra:
    """Answers a consent; `id_token` makes the token from good claims, `token` the whole answer from a good one."""

    id_token: Callable[[Claims], str | None] = sign
    token: Callable[[dict[str, Any]], httpx.Response] = lambda body: httpx.Response(200, json=body)
    keys: Callable[[], httpx.Response] = lambda: httpx.Response(200, json=make_keys())
    partner_center: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(201, json={})
    organization: Callable[[], httpx.Response] = lambda: httpx.Response(200, json={"value": [{"id": TENANT.upper()}]})
    account: PartnerAccount | None = ACCOUNT
    time: datetime = START
    nonce: str = ""
    stored: list[tuple[str, str]] = field(default_factory=list)
    remembered: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=lambda: {"ms-1-secret": CLIENT_SECRET, "direct-1-secret": "own"})
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.site = Site(self._answer)

    def claims(self, **changes: Any) -> Claims:
        claims: Claims = {
            "iss": f"{LOGIN}/{PARTNER}/v2.0",
            "aud": CLIENT_ID,
            "tid": PARTNER,
            "nonce": self.nonce,
            "sub": "pairwise",
            "preferred_username": "svc@msp.example",
            "amr": ["pwd", "mfa"],
            "iat": self.time - timedelta(minutes=5),
            "nbf": self.time - timedelta(minutes=5),
            "exp": self.time + timedelta(hours=1),
        }
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == urlsplit(PARTNER_CENTER).hostname:
            return self.partner_center(request)
        if request.url.host == urlsplit(GRAPH).hostname:
            return self.organization()
        if request.url.path == f"/{PARTNER}/discovery/v2.0/keys":
            return self.keys()
        body: dict[str, Any] = {"token_type": "Bearer", "expires_in": 3599, "access_token": ACCESS}
        if parse_qs(request.content.decode())["grant_type"] != ["client_credentials"]:
            body |= {"refresh_token": REFRESH, "id_token": self.id_token(self.claims())}
        return self.token({name: value for name, value in body.items() if value is not None})

    async def _read_secret(self, name: str) -> str:
        if name not in self.secrets:
            raise Misconfigured(f"There is no secret {name}.")
        return self.secrets[name]

    async def _store(self, account: PartnerAccount, token: str) -> None:
        self.stored.append((account.id, token))

    async def _stored_at(self, _: PartnerAccount) -> datetime | None:
        return self.time

    async def _find(self, _: str) -> PartnerAccount | None:
        return self.account

    async def _credentials(self) -> PartnerCredentials:
        return PartnerCredentials(CLIENT_ID, CLIENT_SECRET, REFRESH)

    def consent(self, *, has_partner_center: bool = True) -> EntraConsent:
        hosts = AllowedHosts()
        partner_center = open_client(PARTNER_CENTER, hosts, self.site) if has_partner_center else None
        return EntraConsent(
            lines=ConsentLines(
                open_client(LOGIN, hosts, self.site), open_client(GRAPH, hosts, self.site), partner_center
            ),
            read_secret=self._read_secret,
            store_token=self._store,
            read_stored_at=self._stored_at,
            find_account=self._find,
            credentials_of=lambda _: self._credentials,
            now=lambda: self.time,
            remember=self.remembered.append,
        )

    def address(self, account: PartnerAccount = ACCOUNT) -> str:
        """The address that a browser is sent to; its nonce comes back in the ID token, as Microsoft does it."""
        address = self.consent().write_partner_address(account, STATE, BROWSER, CALLBACK)
        self.nonce = parse_qs(urlsplit(address).query)["nonce"][0]
        return address

    async def redeem(self, account: PartnerAccount = ACCOUNT, **changes: str) -> ConsentEnding:
        if not self.nonce:
            self.address()
        good = Redemption(CODE, derive_verifier(BROWSER, STATE), derive_nonce(BROWSER, STATE), CALLBACK)
        return await self.consent().redeem(account, replace(good, **changes))

    def sent(self, ending: str) -> list[httpx.Request]:
        return [request for request in self.site.requests if request.url.path.endswith(ending)]
