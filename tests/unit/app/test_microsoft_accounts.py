"""The wiring of consent: the form's client secret opens the exchange, the refresh token becomes a secret (S5, S6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app import clock
from app.logs import REDACTOR
from app.settings import Settings
from app.wiring import Wiring, wire
from plans.connecting import PartnerAccount, name_partner_secrets
from plans.consent import Granted, Redemption, derive_nonce, derive_verifier
from tests.unit.microsoft.consenting import KEY_ID, entra_key, make_keys, sign

TENANT, CLIENT = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10", "5ea71ed9-0000-4000-8000-00000000c11e"
CLIENT_SECRET, REFRESH = "client-secret-canary", "refresh-token-canary"
SECRETS = name_partner_secrets("ms-1")
ACCOUNT = PartnerAccount("ms-1", TENANT, CLIENT, SECRETS[0], SECRETS[1], name="Ours")
CALLBACK = "https://seatledger.example/settings/connections/microsoft/callback"


class Entra:
    """Microsoft over the wire: it answers the nonce that the address asked for."""

    nonce = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/discovery/v2.0/keys"):
            return httpx.Response(200, json=make_keys())
        now = clock.utc_now()
        form = parse_qs(request.content.decode())
        assert form["client_secret"] == [CLIENT_SECRET]
        claims = {
            "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "aud": CLIENT,
            "tid": TENANT,
            "sub": "pairwise",
            "nonce": self.nonce,
            "iat": now,
            "exp": now + timedelta(hours=1),
            "preferred_username": "svc@msp.example",
        }
        token = sign(claims, entra_key(), KEY_ID)
        return httpx.Response(200, json={"access_token": "access", "refresh_token": REFRESH, "id_token": token})


@pytest.fixture
async def wiring(settings: Settings) -> AsyncIterator[tuple[Wiring, Entra]]:
    entra = Entra()
    opened = wire(settings, httpx.MockTransport(entra))
    yield opened, entra
    await opened.close()


async def test_a_consent_stores_its_refresh_token_as_a_secret_and_nowhere_else(
    wiring: tuple[Wiring, Entra], settings: Settings
) -> None:
    opened, entra = wiring
    administration = opened.administer(await opened.connect())
    await administration.connections.save_partner_account(ACCOUNT, CLIENT_SECRET)
    state, browser = "s" * 43, "b" * 43
    address = administration.consent.write_partner_address(ACCOUNT, state, browser, CALLBACK)
    entra.nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    redemption = Redemption("code-canary", derive_verifier(browser, state), derive_nonce(browser, state), CALLBACK)
    assert await administration.consent.read_token_moment(ACCOUNT) is None
    ending = await administration.consent.redeem(ACCOUNT, redemption)
    assert ending == Granted(TENANT, "svc@msp.example", None)
    moment = await administration.consent.read_token_moment(ACCOUNT)
    assert moment is not None and clock.utc_now() - moment < timedelta(minutes=1)
    assert await opened.read_secret(SECRETS[1]) == REFRESH
    assert REDACTOR.redact(f"{REFRESH} {CLIENT_SECRET}") == "[redacted] [redacted]"
    rows = [str(dict(row)) async for row in opened.storage.table("config").list_entities()]
    assert rows and not any(secret in row for secret in (REFRESH, CLIENT_SECRET, "code-canary") for row in rows)
    assert settings.secrets_folder is not None
    again = await administration.consent.redeem(ACCOUNT, replace(redemption, code="second"))
    assert isinstance(again, Granted), "a person's consent wins over whatever is in force"
