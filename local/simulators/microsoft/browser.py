"""What Microsoft's pages for people have in common: a request that a browser brings, errors, and the way back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from local.simulators.answers import Answer
from local.simulators.microsoft.application import Application
from local.simulators.microsoft.consent_page import render_error_page
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Row, Tenants

HTML = "text/html; charset=utf-8"
PAGE_HEADERS = {"cache-control": "no-store, no-cache", "x-frame-options": "DENY", "referrer-policy": "no-referrer"}


@dataclass(frozen=True)
class BrowserCall:
    """`tenant` as the address names it; `address` is path and query, for the page's own form; `form` is what the page
    sent, empty where it is only shown."""

    tenant: str
    query: tuple[tuple[str, str], ...]
    address: str
    base_url: str
    now: datetime
    form: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """Those that are not empty."""
        return {name: value for name, value in self.query if value}

    def need(self, name: str) -> str:
        """Raises SignInError where the parameter is not there."""
        if name not in self.parameters:
            raise SignInError(900144, f"'{name}'")
        return self.parameters[name]


@dataclass(frozen=True)
class WayBack:
    """Where the browser is sent: an address that the application registered, and the state that it gave."""

    redirect_uri: str
    state: str | None

    def send(self, parameters: Mapping[str, str]) -> Answer:
        told = dict(parameters)
        if self.state is not None:
            told.setdefault("state", self.state)
        joint = "&" if "?" in self.redirect_uri else "?"
        location = f"{self.redirect_uri}{joint}{urlencode(told)}"
        return Answer(302, headers={**PAGE_HEADERS, "location": location})

    def refuse(self, refused: SignInError, now: datetime, **more: str) -> Answer:
        description = str(_error_body(refused, now)["error_description"])
        told = {"error": refused.error, "error_description": description, "error_uri": refused.uri}
        return self.send({**told, **more})


def answer_browser(
    call: BrowserCall, tenants: Tenants, application: Application, answer: Callable[[Row, WayBack], Answer]
) -> Answer:
    """Errors go back to the application only when client and redirect address are beyond doubt (RFC 6749, 4.1.2.1)."""
    try:
        tenant, way_back = _check_origin(call, tenants, application)
    except SignInError as refused:
        return error_page(refused, call.now)
    try:
        return answer(tenant, way_back)
    except SignInError as refused:
        return way_back.refuse(refused, call.now)


def _check_origin(call: BrowserCall, tenants: Tenants, application: Application) -> tuple[Row, WayBack]:
    counted = Counter(name for name, _ in call.query)
    if repeated := [name for name, count in counted.items() if count > 1]:
        raise SignInError(9000411, f"(parameter '{repeated[0]}')")
    tenant = tenants.find(call.tenant)
    if tenant is None:
        raise SignInError(90002, f"(tenant '{call.tenant}')")
    client_id = call.need("client_id")
    if client_id.lower() != application.client_id:
        raise SignInError(700016, f"(application '{client_id}')")
    redirect_uri = call.need("redirect_uri")
    if redirect_uri not in application.redirect_uris:
        raise SignInError(50011, f"(redirect URI '{redirect_uri}')")
    return tenant, WayBack(redirect_uri, call.parameters.get("state"))


def page(html: str, status: int = 200) -> Answer:
    return Answer(status, text=html, headers=PAGE_HEADERS, media_type=HTML)


def error_page(refused: SignInError, now: datetime) -> Answer:
    """What stays with the person and never reaches the application."""
    return page(render_error_page(str(_error_body(refused, now)["error_description"])), 400)


def _error_body(refused: SignInError, now: datetime) -> Row:
    body = refused.as_answer(now, None).value
    if not isinstance(body, dict):
        raise TypeError("a refusal has a body")
    return body
