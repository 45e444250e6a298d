"""What the web needs of the app that serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from plans.administration import Administration
from plans.asking import RunRequests
from plans.health import Check
from plans.ports import Outside
from plans.tokens import ApiTokens
from web.security.sign_in import SignIn


async def find_nothing_wrong() -> tuple[Check, ...]:
    """For an app of which nothing is looked at."""
    return ()


@dataclass(frozen=True, slots=True)
class WebContext:
    """Handed over once per event loop.

    `sign_in` is None where the platform says that authentication is off. `fetch_sign_in_keys` answers the issuer's
    JSON Web Key Set. `public_url` is the only source of absolute addresses: the Host header is the client's.
    `zone` and `currency` are what the deployment set; what a person set takes their place (`Site`).
    `administration` is what pages change configuration with, and `configuration_changed` is called after they did.
    `login_origin` is where consent is granted, which forms of the Microsoft pages may lead to.
    `check_health` looks at every part of the app.
    `run_requests` is where extra runs are asked for: the web starts none itself. `tokens` are those of scripts.
    """

    outside: Callable[[], Awaitable[Outside]]
    administration: Callable[[], Awaitable[Administration]]
    configuration_changed: Callable[[], None]
    run_requests: Callable[[], Awaitable[RunRequests]]
    tokens: Callable[[], Awaitable[ApiTokens]]
    sign_in: SignIn | None
    fetch_sign_in_keys: Callable[[], Awaitable[dict[str, Any]]]
    zone: ZoneInfo
    currency: str
    public_url: str | None
    now: Callable[[], datetime]
    login_origin: str = ""
    check_health: Callable[[], Awaitable[tuple[Check, ...]]] = find_nothing_wrong
