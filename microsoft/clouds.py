"""Where Microsoft lives: sign-in and Graph by cloud (reference microsoft.md 4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One national cloud's addresses."""

    login_url: str
    graph_url: str


CLOUDS = {
    "global": Cloud("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    "usgov-l4": Cloud("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "usgov-l5": Cloud("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": Cloud("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
}
