"""Sending a browser to Microsoft with the secret that proves it when it comes back (promise S4)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from plans.consent import CONSENT_LIFE
from web.actions.consenting import CALLBACK, BegunConsent, name_cookie


def send_to_microsoft(address: str, begun: BegunConsent, callback: str) -> Response:
    """303 after a POST; the cookie goes to the callback alone, and comes along with the browser."""
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(
        begun.cookie,
        begun.browser,
        max_age=int(CONSENT_LIFE.total_seconds()),
        path=CALLBACK,
        secure=urlsplit(callback).scheme == "https",
        httponly=True,
        samesite="lax",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def forget_cookie(answer: Response, state: str, callback: str) -> Response:
    """The answer, which takes the cookie away."""
    answer.delete_cookie(
        name_cookie(state), path=CALLBACK, secure=urlsplit(callback).scheme == "https", httponly=True, samesite="lax"
    )
    return answer
