"""The headers that stand on every answer (S9)."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONSENT_PLACE = "/settings/connections/microsoft"


def write_policy(form_targets: str = "'self'") -> str:
    """What a page may load, and where its forms may lead."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action {form_targets}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


CONTENT_SECURITY_POLICY = write_policy()

EVERY_ANSWER = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecurityHeaders:
    """Puts them on, and keeps every answer out of caches that does not say otherwise itself.

    Browsers look at where a form's answer redirects to, too: only the pages that ask for consent may lead to the
    sign-in, and to no other address of the world.
    """

    def __init__(self, app: ASGIApp, login_origin: str = "") -> None:
        self._app = app
        self._consent_policy = write_policy(f"'self' {login_origin}") if login_origin else CONTENT_SECURITY_POLICY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(EVERY_ANSWER)
                if is_consent_place(scope["path"]):
                    headers["Content-Security-Policy"] = self._consent_policy
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def is_consent_place(path: str) -> bool:
    """Whether a page may hold a button that leads to Microsoft's consent."""
    return path == CONSENT_PLACE or path.startswith(f"{CONSENT_PLACE}/")
