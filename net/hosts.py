"""Which hosts may be called at all (S7): exact origins, and suffixes of parsed https host names."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from plans.errors import Misconfigured

CONNECTWISE_SUFFIXES = (".myconnectwise.net",)
MICROSOFT_ORIGINS = frozenset(
    {
        "https://login.microsoftonline.com",
        "https://login.microsoftonline.us",
        "https://login.chinacloudapi.cn",
        "https://graph.microsoft.com",
        "https://graph.microsoft.us",
        "https://dod-graph.microsoft.us",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://api.partnercenter.microsoft.com",
        "https://partner.partnercenterapi.microsoftonline.cn",
    }
)


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """`extra_origins` come from the deployment's settings only, never from a form."""

    extra_origins: frozenset[str] = frozenset()

    def check(self, url: str) -> str:
        """The URL's origin, if it may be called. Raises Misconfigured with a sentence otherwise."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = f":{parts.port}" if parts.port else ""
        origin = f"{parts.scheme}://{host}{port}"
        if parts.username or parts.password:
            raise Misconfigured(f"The address of {host} must not carry a user name or password.")
        if origin in self.extra_origins or origin in MICROSOFT_ORIGINS:
            return origin
        if parts.scheme == "https" and not port and host.endswith(CONNECTWISE_SUFFIXES):
            return origin
        raise Misconfigured(
            f"{origin} is not a host that Seatledger may call. A PSA that you host yourself must be named in the "
            "setting SEATLEDGER_ALLOWED_ORIGINS."
        )
