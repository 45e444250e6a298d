"""Letting the partner's application into a customer tenant: Partner Center's application consents (microsoft.md 1.5).

Asked again with the same `MS-RequestId` it changes nothing more, so an answer that was lost is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from microsoft.partner_center import MEANINGS, fold, read_code
from microsoft.signed import SignedClient
from net.client import Answer
from plans.consent import PreConsent
from plans.errors import Misconfigured, Retry
from profiles.microsoft_rights import GRAPH_IN_TENANTS, Right
from profiles.readings import Known, Unknown

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
DISPLAY_NAME = "Seatledger"
TRY_AGAIN = "Try it again in a minute."
# Partner Center's words for an account that may read, and may not consent.
LACKING_ROLE = ("900308", "2032")
EXISTS_ALREADY = "permission entry already exists"


async def preconsent(
    partner_center: SignedClient,
    client_id: str,
    tenant_id: str,
    rights: Sequence[Right] = GRAPH_IN_TENANTS,
    make_id: Callable[[], str] = lambda: str(uuid4()),
) -> PreConsent:
    """Ask for it once. Where more than usual is asked for, a consent that is there is taken back first: nothing else
    widens it (microsoft.md 1.5). Never raises for what Microsoft answers, or fails to."""
    path = f"/v1/customers/{tenant_id}/applicationconsents"
    headers = {"MS-Contract-Version": "v1", "MS-CorrelationId": make_id(), "MS-RequestId": make_id()}
    try:
        found = await partner_center.read("POST", path, headers, write_request(client_id, rights))
        if len(rights) > len(GRAPH_IN_TENANTS) and isinstance(found, Known) and is_there(found.value):
            await partner_center.read("DELETE", f"{path}/{client_id}", headers | {"MS-RequestId": make_id()})
            again = headers | {"MS-RequestId": make_id()}
            found = await partner_center.read("POST", path, again, write_request(client_id, rights))
    except Retry as error:
        return PreConsent(tenant_id, False, f"{error}. {TRY_AGAIN}")
    except Misconfigured as error:
        return PreConsent(tenant_id, False, str(error))
    if isinstance(found, Unknown):
        return PreConsent(tenant_id, False, found.detail)
    sentence = explain_answer(found.value)
    return PreConsent(tenant_id, not sentence, sentence)


def write_request(client_id: str, rights: Sequence[Right]) -> Mapping[str, Any]:
    """Graph alone: a resource that a small tenant does not have would make it fail (microsoft.md 1.5)."""
    scopes = ",".join(right.name for right in rights)
    return {
        "applicationId": client_id,
        "displayName": DISPLAY_NAME,
        "applicationGrants": [{"enterpriseApplicationId": GRAPH_APP_ID, "scope": scopes}],
    }


def is_there(answer: Answer) -> bool:
    """Whether there is a consent already, to whatever rights."""
    return EXISTS_ALREADY in answer.text.lower()


def explain_answer(answer: Answer) -> str:
    """Why there is no consent, and what to do next; empty where there is one, an older one included."""
    if answer.is_success or is_there(answer):
        return ""
    code = read_code(fold(answer.body))
    told = f" (Partner Center answered {answer.status}" + (f", code {code})" if code else ")")
    if code in MEANINGS and code not in LACKING_ROLE:
        return f"{MEANINGS[code][1]}{told}"
    match answer.status:
        case 400:
            advice = "Microsoft did not take the request. Check the application id, and that the app is multi-tenant."
        case 401:
            advice = "Partner Center did not accept the sign-in. Grant the partner consent again, with MFA."
        case 403:
            advice = (
                "The service account may not consent here. Its GDAP groups need Cloud Application Administrator in "
                "this tenant, and it must be an admin agent in Partner Center."
            )
        case 404:
            advice = "Partner Center does not know this customer. Check the reseller relationship."
        case _:
            advice = TRY_AGAIN
    return f"{advice}{told}"
