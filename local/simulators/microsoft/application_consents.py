"""POST and DELETE …/applicationconsents: the partner lets the application into a tenant (microsoft.md 1.5)."""

from __future__ import annotations

import json
import re
from typing import Any

from local.simulators.microsoft.consents import GDAP_ROLES_THAT_CONSENT, KNOWN_SCOPES, Consents
from local.simulators.microsoft.partner_answers import PartnerError
from local.simulators.microsoft.tenants import Row, Tenants

ALREADY_THERE = "Permission entry already exists."
_SCOPES = re.compile(r"[A-Za-z0-9_.]+(\s*,\s*[A-Za-z0-9_.]+)*")


class ApplicationConsents:
    def __init__(self, tenants: Tenants, consents: Consents) -> None:
        self._tenants = tenants
        self._consents = consents

    def add(self, customer: Row, body: bytes) -> Row:
        """What was made. Raises PartnerError where it may not be, cannot be, or is there already."""
        self._check_role(customer)
        wanted = _read(body)
        if wanted["applicationId"].lower() != self._tenants.client_id:
            raise PartnerError(400, 600003, f"The application {wanted['applicationId']} is not the caller's own.")
        if any(row["applicationId"].lower() == self._tenants.client_id for row in self._consents.given(customer)):
            raise PartnerError(409, 600010, ALREADY_THERE)
        self._consents.add(customer, wanted)
        return wanted

    def remove(self, customer: Row, application_id: str) -> None:
        """Raises PartnerError where there is none."""
        self._check_role(customer)
        if not self._consents.remove(customer, application_id.lower()):
            raise PartnerError(404, 600011, "Permission entry does not exist.")

    def _check_role(self, customer: Row) -> None:
        """The account needs a role that may consent, through a relationship that is in force."""
        held = {
            role["roleDefinitionId"]
            for row in self._tenants.relationships_of(customer["id"])
            if row["status"] == "active"
            for role in row["accessDetails"]["unifiedRoles"]
        }
        if not held & GDAP_ROLES_THAT_CONSENT:
            raise PartnerError(403, 900308, "The account has no role that may consent for this customer.")


def _read(body: bytes) -> Row:
    try:
        wanted = json.loads(body)
    except ValueError:
        raise PartnerError(400, 600001, "The request body is not valid JSON.") from None
    if not isinstance(wanted, dict):
        raise PartnerError(400, 600001, "The request body is not an object.")
    folded = {name.lower(): value for name, value in wanted.items()}
    application_id, grants = folded.get("applicationid"), folded.get("applicationgrants")
    if not isinstance(application_id, str) or not isinstance(grants, list) or not grants:
        raise PartnerError(400, 600002, "applicationId and applicationGrants are required.")
    return {
        "applicationId": application_id,
        "displayName": str(folded.get("displayname") or ""),
        "applicationGrants": [_read_grant(grant) for grant in grants],
    }


def _read_grant(grant: Any) -> Row:
    if not isinstance(grant, dict):
        raise PartnerError(400, 600002, "A grant is not an object.")
    folded = {name.lower(): value for name, value in grant.items()}
    resource, scope = str(folded.get("enterpriseapplicationid", "")).lower(), str(folded.get("scope", ""))
    if resource not in KNOWN_SCOPES:
        raise PartnerError(400, 600004, f"The enterprise application '{resource}' was not found in the tenant.")
    if not _SCOPES.fullmatch(scope):
        raise PartnerError(400, 600005, f"The scope '{scope}' is not valid: separate scopes with commas.")
    if unknown := {name.strip() for name in scope.split(",")} - KNOWN_SCOPES[resource]:
        raise PartnerError(400, 600006, f"The scope '{sorted(unknown)[0]}' is not known to the enterprise application.")
    return {"enterpriseApplicationId": resource, "scope": scope}
