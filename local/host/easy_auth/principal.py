"""The headers by which App Service tells an app who is signed in."""

from __future__ import annotations

import base64
import json

from local.host.easy_auth.people import Person
from local.host.easy_auth.tokens import IdToken

HEADER_PREFIX = b"x-ms-"
NAME_CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
ROLE_CLAIM = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"

# App Service renames these claims of the ID token on their way into the principal.
_LONG_NAMES = {
    "oid": "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "tid": "http://schemas.microsoft.com/identity/claims/tenantid",
    "sub": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
}

type Header = tuple[bytes, bytes]


def list_claims(token: IdToken) -> list[dict[str, str]]:
    """The claims as `{typ, val}` pairs, one pair per role."""
    pairs: list[dict[str, str]] = []
    for name, value in token.claims.items():
        values = value if isinstance(value, list) else [value]
        pairs += [{"typ": _LONG_NAMES.get(name, name), "val": str(item)} for item in values]
    return pairs


def write_principal_headers(person: Person, token: IdToken) -> list[Header]:
    """What is added to a request of somebody who is signed in."""
    principal = {
        "auth_typ": "aad",
        "claims": list_claims(token),
        "name_typ": NAME_CLAIM,
        "role_typ": ROLE_CLAIM,
    }
    encoded = base64.b64encode(json.dumps(principal).encode())
    return [
        (b"x-ms-client-principal", encoded),
        (b"x-ms-client-principal-id", person.object_id.encode()),
        (b"x-ms-client-principal-name", person.user_name.encode()),
        (b"x-ms-client-principal-idp", b"aad"),
        (b"x-ms-token-aad-id-token", token.text.encode()),
    ]


def strip_platform_headers(headers: list[Header]) -> list[Header]:
    """The client's headers without those that only the platform may set."""
    return [(name, value) for name, value in headers if not name.lower().startswith(HEADER_PREFIX)]
