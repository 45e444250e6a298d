"""Where the API of a ConnectWise is, from the address that people see in their browser (connectwise.md 1)."""

from __future__ import annotations

# The cloud answers its API at a host of its own; at the one that people sign in at it asks for "Security / SSL".
API_HOSTS = {
    "https://na.myconnectwise.net": "https://api-na.myconnectwise.net",
    "https://eu.myconnectwise.net": "https://api-eu.myconnectwise.net",
    "https://au.myconnectwise.net": "https://api-au.myconnectwise.net",
    "https://aus.myconnectwise.net": "https://api-aus.myconnectwise.net",
    "https://za.myconnectwise.net": "https://api-za.myconnectwise.net",
}


def find_api_site(origin: str) -> str:
    """The origin of the API for the origin of a site; a site that is no known part of the cloud is its own."""
    return API_HOSTS.get(origin, origin)
