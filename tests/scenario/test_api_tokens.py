"""A script comes with its token through the whole local host; what the platform says elsewhere opens nothing there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from local.stack import Stack
from store.storage import Storage
from store.tokens import TableTokens

pytestmark = pytest.mark.stack


@pytest.fixture
async def browser(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who is signed in as administrator by the platform's session cookie."""
    async with httpx.AsyncClient(
        base_url=stack.pages_url, timeout=60, headers={"Sec-Fetch-Site": "same-origin"}
    ) as client:
        answer = await client.post("/.auth/login/aad", data={"person": "administrator", "post_login_redirect_uri": "/"})
        assert answer.status_code == 303
        yield client


@pytest.fixture
async def script(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{stack.pages_url}/api/v1", timeout=60) as client:
        yield client


async def test_a_token_is_issued_used_and_revoked(
    browser: httpx.AsyncClient, script: httpx.AsyncClient, storage: Storage, stack: Stack
) -> None:
    wish = {"name": "Night watch", "role": "operator", "days": "30"}
    issued = await browser.post("/settings/tokens", data=wish)
    assert issued.status_code == 200 and issued.headers["cache-control"] == "no-store"
    found = re.search(r'value="(slt_[^"]+)"', issued.text)
    assert found is not None
    token = {"X-Seatledger-Token": found[1]}

    assert (await script.get("/holds")).status_code == 401, "the platform lets everybody through to this one path"
    assert (await browser.get("/api/v1/holds")).status_code == 401, "a cookie opens no API"
    announced = {"X-MS-CLIENT-PRINCIPAL": "e30=", "X-MS-TOKEN-AAD-ID-TOKEN": "x"}
    assert (await script.get("/holds", headers=announced)).status_code == 401
    assert (await script.get("/holds", headers=token)).json() == {"holds": [], "page": 1, "total": 0}
    decision = {"holds": [{"id": "none", "line_hash": "none"}], "reason": "Seen"}
    assert (await script.post("/holds/refuse", json=decision, headers=token)).json()["gone"] == 1
    page = await script.get(f"{stack.pages_url}/approvals", headers=token)
    assert page.status_code == 302 and page.headers["location"].startswith("/.auth/login/aad"), "a token opens no page"
    assert (await script.get("/openapi.json")).json()["openapi"] == "3.1.0"

    (kept,) = await TableTokens(storage.table("config")).list_tokens()
    assert found[1] not in str(await storage.table("config").get_entity("token", kept.id))
    assert (await browser.post("/settings/tokens/revoke", data={"token": kept.id})).status_code == 303
    refused = await script.get("/holds", headers=token)
    assert refused.status_code == 401 and "revoked" in refused.json()["detail"]
    log = (stack.folder / "logs/host.log").read_text()
    assert "by token 'Night watch'" in log and found[1] not in log and found[1].rpartition("_")[2] not in log
