"""Where Microsoft lives: sign-in, Graph and Partner Center by cloud (reference microsoft.md 4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One national cloud's addresses. GDAP's list is in the global cloud only (microsoft.md 1.6)."""

    login_url: str
    graph_url: str
    partner_center_url: str | None = None
    lists_gdap: bool = False


PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
CLOUDS = {
    "global": Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com", PARTNER_CENTER, True),
    "usgov-l4": Cloud("https://login.microsoftonline.us", "https://graph.microsoft.us", PARTNER_CENTER),
    "usgov-l5": Cloud("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": Cloud(
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://partner.partnercenterapi.microsoftonline.cn",
    ),
}
