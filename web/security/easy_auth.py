"""The headers of Azure's built-in authentication, believed only where they agree with a verified ID token (S1)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from typing import Any

from starlette.types import Scope

from web.security.keys import SignInKeys
from web.security.sign_in import Principal, SignIn, SignInMissing, SignInRefused
from web.security.tokens import verify_id_token

PREFIX = b"x-ms-"
ID_TOKEN = "x-ms-token-aad-id-token"  # noqa: S105 - a header's name
PRINCIPAL = "x-ms-client-principal"
PRINCIPAL_ID = "x-ms-client-principal-id"
ONE_VALUE = re.compile(r"^[A-Za-z0-9._~+/=-]+$")
OBJECT_ID_CLAIMS = frozenset({"oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"})
TENANT_ID_CLAIMS = frozenset({"tid", "http://schemas.microsoft.com/identity/claims/tenantid"})


async def find_principal(scope: Scope, sign_in: SignIn, keys: SignInKeys) -> Principal:
    """Who sends this request. Raises SignInProblem where that is not proven."""
    headers = read_platform_headers(scope)
    token, announced = headers.get(ID_TOKEN), headers.get(PRINCIPAL)
    if token is None and announced is None:
        raise SignInMissing("Nobody is signed in.")
    if token is None or announced is None:
        raise SignInRefused("The platform did not pass on a whole sign-in. Switch its token store on.")
    principal = await verify_id_token(token, sign_in, keys)
    check_agreement(principal, announced, headers.get(PRINCIPAL_ID))
    return principal


def read_platform_headers(scope: Scope) -> dict[str, str]:
    """The platform's headers by name. The Functions host joins what was sent twice with a comma: both are refused."""
    found = [(name.lower(), value) for name, value in scope["headers"] if name.lower().startswith(PREFIX)]
    if any(count > 1 for count in Counter(name for name, _ in found).values()):
        raise SignInRefused("The request carries a platform header twice.")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in found}
    for name in (ID_TOKEN, PRINCIPAL, PRINCIPAL_ID):
        if name in headers and not ONE_VALUE.match(headers[name]):
            raise SignInRefused("The request carries a platform header that is not exactly one value.")
    return headers


def check_agreement(principal: Principal, announced: str, announced_id: str | None) -> None:
    """Refuse where the platform announces somebody else than the token proves."""
    claims = decode_announcement(announced)
    object_ids = {value for name, value in claims if name in OBJECT_ID_CLAIMS}
    tenant_ids = {value for name, value in claims if name in TENANT_ID_CLAIMS}
    agrees = object_ids == {principal.object_id} and tenant_ids <= {principal.tenant_id}
    if not agrees or announced_id not in (None, principal.object_id):
        raise SignInRefused("The platform announces somebody else than the sign-in proves.")


def decode_announcement(announced: str) -> list[tuple[str, str]]:
    """The claims of `X-MS-CLIENT-PRINCIPAL`: base64 of JSON with `{typ, val}` pairs."""
    try:
        decoded: Any = json.loads(base64.b64decode(announced, validate=True))
        return [(str(claim["typ"]), str(claim["val"])) for claim in decoded["claims"]]
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise SignInRefused("The platform's announcement of the sign-in cannot be read.") from error
