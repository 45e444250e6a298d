"""Who may call: Basic credentials of an API member and a client id."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from local.simulators.connectwise.errors import ApiError, unauthorized
from local.simulators.secret_files import CONNECTWISE_PRIVATE_KEY, CONNECTWISE_PUBLIC_KEY, SecretFiles

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"application/vnd\.connectwise\.com\+json;\s*version=(\d{4}\.\d{1,2})\b", re.IGNORECASE)
DEFAULT_VERSION = "2026.4"


def check_access(headers: Mapping[str, str], company_id: str, secrets: SecretFiles) -> None:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise unauthorized("UserNotAuthenticated")
    try:
        offered = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized("UserNotAuthenticated") from None
    user, _, private_key = offered.partition(":")
    given_company, _, public_key = user.partition("+")
    known = secrets.matches(CONNECTWISE_PUBLIC_KEY, public_key) and secrets.matches(
        CONNECTWISE_PRIVATE_KEY, private_key
    )
    if not known or given_company.lower() != company_id.lower():
        raise unauthorized("UserNotAuthenticated")
    if not _GUID.fullmatch(headers.get("clientid", "")):
        raise unauthorized("a clientId header is required")


def answer_media_type(headers: Mapping[str, str]) -> str:
    """The vendor type where it was asked for, with the version asked for; else plain JSON."""
    accept = headers.get("accept", "*/*").strip()
    if found := _VERSION.search(accept):
        return f"application/vnd.connectwise.com+json; version={found[1]}"
    if any(kind in accept for kind in ("application/json", "*/*", "application/*", "vnd.connectwise")):
        return "application/json; charset=utf-8"
    raise ApiError(406, "NotAcceptable", "The requested media type is not supported.")


def api_version(media_type: str) -> str:
    """What the header api-current-version says."""
    return media_type.rpartition("version=")[2] if "version=" in media_type else DEFAULT_VERSION
