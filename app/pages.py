"""The bridge between the HTTP trigger and the web. Imported at the first request only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit
from weakref import WeakKeyDictionary

import azure.functions as func
import httpx

from app import clock
from app.health import check_health
from app.settings import Settings, read_settings
from app.wiring import WIRINGS
from net.client import open_client
from net.hosts import parse_origin
from plans.errors import Misconfigured
from web.application import create_application
from web.context import WebContext
from web.security.sign_in import SignIn

LOGGER = logging.getLogger(__name__)

type KeySet = dict[str, Any]


async def answer(request: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """What the web says to one request."""
    try:
        bridge = BRIDGES.find()
    except Misconfigured as error:
        LOGGER.exception("The pages cannot start (invocation %s)", context.invocation_id)
        sentence = f"{error} Reference: {context.invocation_id}"
        return func.HttpResponse(sentence, status_code=503, mimetype="text/plain")
    response: func.HttpResponse = await bridge.handle_async(make_readable(request), context)
    return response


def make_readable(request: func.HttpRequest) -> func.HttpRequest:
    """The same request, with a path that is UTF-8: the library decodes it strictly, before any page of ours can answer.

    What is no UTF-8 becomes U+FFFD, which stands in no name of ours: such an address is answered as one that leads
    nowhere, by the gate and the pages like any other.
    """
    parts = urlsplit(request.url)
    try:
        unquote_to_bytes(parts.path).decode()
    except UnicodeDecodeError:
        url = parts._replace(path=quote(unquote(parts.path, errors="replace"), safe="/;")).geturl()
        return func.HttpRequest(request.method, url, headers=request.headers, body=request.get_body())
    return request


class Bridges:
    """One web application per event loop, like the wiring behind it."""

    def __init__(self) -> None:
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, func.AsgiMiddleware] = WeakKeyDictionary()

    def find(self) -> func.AsgiMiddleware:
        """The running loop's."""
        loop = asyncio.get_running_loop()
        if loop not in self._of_loop:
            app = create_application(make_context(read_settings()))
            self._of_loop[loop] = func.AsgiMiddleware(app)  # type: ignore[no-untyped-call]
        return self._of_loop[loop]


def make_context(settings: Settings) -> WebContext:
    """What the settings say about pages and sign-in."""
    return WebContext(
        outside=WIRINGS.outside,
        administration=WIRINGS.administration,
        configuration_changed=WIRINGS.forget,
        run_requests=WIRINGS.run_requests,
        tokens=WIRINGS.tokens,
        sign_in=find_sign_in(settings),
        fetch_sign_in_keys=make_key_fetcher(settings),
        zone=settings.zone,
        currency=settings.currency,
        public_url=settings.public_url,
        now=clock.utc_now,
        check_health=check_health,
        login_origin=parse_origin(settings.microsoft_cloud.login_url),
    )


def find_sign_in(settings: Settings) -> SignIn | None:
    """Whose sign-ins are accepted; None, and so no pages, where the platform or a setting does not say."""
    if not settings.auth_enabled:
        return None
    audience, tenant_id = settings.sign_in_audience, settings.sign_in_tenant_id
    if audience is None or tenant_id is None:
        LOGGER.error("Set SEATLEDGER_SIGN_IN_AUDIENCE and SEATLEDGER_SIGN_IN_TENANT_ID; until then no page is shown.")
        return None
    login_url = settings.microsoft_cloud.login_url
    return SignIn(settings.sign_in_issuer or f"{login_url}/{tenant_id}/v2.0", audience, tenant_id)


def make_key_fetcher(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> Callable[[], Awaitable[KeySet]]:
    """Fetches the issuer's public keys through the one way out."""
    login_url, tenant_id = settings.microsoft_cloud.login_url, settings.sign_in_tenant_id
    url = settings.sign_in_keys_url or f"{login_url}/{tenant_id}/discovery/v2.0/keys"

    async def fetch() -> KeySet:
        client = open_client(url, settings.allowed_hosts, transport)
        try:
            found = await client.read("GET", urlsplit(url).path)
        finally:
            await client.close()
        if not found.is_success or not isinstance(found.body, dict):
            raise Misconfigured(f"{client.origin} answered {found.status} where the sign-in keys should be.")
        return found.body

    return fetch


BRIDGES = Bridges()
