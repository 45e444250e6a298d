"""A user the way Graph shows it: every published property can be selected, few are filled."""

from __future__ import annotations

import hashlib
from typing import Any

from local.simulators.microsoft.tenants import Row, assigned_sku_ids


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


DEFAULT_PROPERTIES = _names(
    """
    businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage
    surname userPrincipalName id
    """
)

_LISTS = _names(
    """
    assignedLicenses assignedPlans businessPhones identities imAddresses interests
    licenseAssignmentStates onPremisesProvisioningErrors otherMails pastProjects provisionedPlans
    proxyAddresses responsibilities schools serviceProvisioningErrors skills
    """
)

_SINGLE = _names(
    """
    aboutMe accountEnabled ageGroup authorizationInfo birthday city companyName
    consentProvidedForMinor country createdDateTime creationType customSecurityAttributes
    deletedDateTime department displayName employeeHireDate employeeId employeeLeaveDateTime
    employeeOrgData employeeType externalUserState externalUserStateChangeDateTime faxNumber
    givenName hireDate id isManagementRestricted isResourceAccount jobTitle
    lastPasswordChangeDateTime legalAgeGroupClassification mail mailNickname mobilePhone mySite
    officeLocation onPremisesDistinguishedName onPremisesDomainName onPremisesExtensionAttributes
    onPremisesImmutableId onPremisesLastSyncDateTime onPremisesSamAccountName
    onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName passwordPolicies
    passwordProfile postalCode preferredDataLocation preferredLanguage preferredName print
    securityIdentifier showInAddressList signInActivity signInSessionsValidFromDateTime state
    streetAddress surname usageLocation userPrincipalName userType
    """
)

KNOWN_PROPERTIES = frozenset((*_LISTS, *_SINGLE))


def user_row(user: Row, properties: list[str], *, concealed: bool = False) -> Row:
    full = {**dict.fromkeys(_SINGLE), **{name: [] for name in _LISTS}, **_filled(user)}
    if concealed:
        full |= _concealed(user)
    return {name: full[name] for name in properties}


def _filled(user: Row) -> Row:
    plain = {name: value for name, value in user.items() if name != "licenses"}
    return {
        # Graph gives the first day of all where it has none.
        **dict.fromkeys(("birthday", "hireDate"), "0001-01-01T00:00:00Z"),
        **plain,
        "mail": user["userPrincipalName"],
        "usageLocation": "US",
        "assignedLicenses": [{"disabledPlans": [], "skuId": sku_id} for sku_id in assigned_sku_ids(user)],
        "licenseAssignmentStates": [_assignment(entry) for entry in user["licenses"]],
    }


def _assignment(entry: dict[str, Any]) -> Row:
    return {
        "assignedByGroup": entry.get("assignedByGroup"),
        "disabledPlans": [],
        "error": entry.get("error", "None"),
        "lastUpdatedDateTime": entry.get("lastUpdatedDateTime", "2025-01-08T10:00:00Z"),
        "skuId": entry["skuId"],
        "state": entry.get("state", "Active"),
    }


def _concealed(user: Row) -> Row:
    """Hashes where the names were."""
    digest = hashlib.sha256(user["userPrincipalName"].encode()).hexdigest().upper()[:32]
    names = dict.fromkeys(("displayName", "userPrincipalName", "mail"), digest)
    return {**names, "givenName": None, "surname": None}
