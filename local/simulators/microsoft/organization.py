"""GET /organization: the one row that says whose tenant this is."""

from __future__ import annotations

from local.simulators.microsoft.tenants import Row


def organization(tenant: Row) -> Row:
    return {
        "id": tenant["id"],
        "deletedDateTime": None,
        "businessPhones": [],
        "city": None,
        "country": None,
        "countryLetterCode": tenant["country"],
        "createdDateTime": "2025-01-03T09:10:00Z",
        "defaultUsageLocation": None,
        "displayName": tenant["displayName"],
        "marketingNotificationEmails": [],
        "onPremisesSyncEnabled": None,
        "preferredLanguage": "en",
        "securityComplianceNotificationMails": [],
        "securityComplianceNotificationPhones": [],
        "technicalNotificationMails": [],
        "tenantType": "AAD",
        "assignedPlans": [],
        "provisionedPlans": [],
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": True,
                "isInitial": False,
                "name": tenant["domain"],
                "type": "Managed",
            }
        ],
    }
