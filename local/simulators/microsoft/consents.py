"""Which tenant has let the application in, and to what: by the partner's pre-consent, or by its own administrator."""

from __future__ import annotations

from local.simulators.microsoft.tenants import Row, Tenants

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
PARTNER_CENTER_APP = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd"
# What the registration asks for: delegated for the partner's way in, application permissions for direct tenants.
DELEGATED = ("Directory.Read.All", "Organization.Read.All", "User.Read.All")
APPLICATION = ("Organization.Read.All", "User.Read.All")
# What the MSP let it do on its own at home, so that digests leave from a mailbox.
OWN_PERMISSIONS = ("Mail.Send",)
KNOWN_SCOPES = {
    GRAPH_APP: frozenset(
        (
            *DELEGATED,
            "DelegatedAdminRelationship.Read.All",
            "DeviceManagementManagedDevices.Read.All",
            "Domain.Read.All",
            "GroupMember.Read.All",
            "LicenseAssignment.Read.All",
            "MailboxSettings.Read",
            "OrgContact.Read.All",
            "PartnerBilling.Read.All",
            "ReportSettings.Read.All",
            "Reports.Read.All",
            "User.Read",
        )
    ),
    PARTNER_CENTER_APP: frozenset(("user_impersonation",)),
}
# What a tenant's token endpoint says as long as it has not let the application in; every other refusal stays.
NOT_CONSENTED = (65001, 90099)
GDAP_ROLES_THAT_CONSENT = frozenset(
    (
        "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
    )
)


class Consents:
    """Kept with each tenant: `applicationConsents` by the partner, `adminConsent` by its administrator.

    A tenant for which neither is named has let the application in already, unless its own sign-in error or the
    application's `isPreconsented` says otherwise.
    """

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def given(self, tenant: Row) -> list[Row]:
        """The partner's pre-consents that are in force."""
        if "applicationConsents" in tenant:
            rows: list[Row] = tenant["applicationConsents"]
            return rows
        is_open = self._tenants.application.get("isPreconsented", True) and not tenant.get("isDirect")
        return [self._first_consent()] if is_open and tenant.get("signInError") not in NOT_CONSENTED else []

    def missing_code(self, tenant: Row) -> int | None:
        """What sign-in says where the application was never let in; None where it was."""
        if self.given(tenant):
            return None
        code = tenant.get("signInError")
        return code if code in NOT_CONSENTED else NOT_CONSENTED[0]

    def delegated_scopes(self, tenant: Row) -> tuple[str, ...]:
        """What an account may do at Graph in this tenant through the application."""
        grants = (grant for row in self.given(tenant) for grant in row["applicationGrants"])
        graph = (grant["scope"] for grant in grants if grant["enterpriseApplicationId"] == GRAPH_APP)
        return tuple(sorted({name.strip() for scope in graph for name in scope.split(",")}))

    def application_permissions(self, tenant: Row) -> tuple[str, ...] | None:
        """What the application may do on its own; None where the tenant has no service principal of it."""
        if (consent := tenant.get("adminConsent")) is not None:
            return tuple(consent["permissions"])
        if tenant["id"] == self._tenants.partner_tenant_id:
            return OWN_PERMISSIONS
        return () if self.given(tenant) else None

    def add(self, tenant: Row, consent: Row) -> None:
        tenant["applicationConsents"] = [*self.given(tenant), consent]
        self._tenants.save()

    def remove(self, tenant: Row, application_id: str) -> bool:
        """Whether there was one."""
        before = self.given(tenant)
        tenant["applicationConsents"] = [row for row in before if row["applicationId"].lower() != application_id]
        self._tenants.save()
        return len(tenant["applicationConsents"]) < len(before)

    def consent_as_administrator(self, tenant: Row, permissions: tuple[str, ...]) -> None:
        tenant["adminConsent"] = {"permissions": list(permissions)}
        self._tenants.save()

    def _first_consent(self) -> Row:
        grant = {"enterpriseApplicationId": GRAPH_APP, "scope": ",".join(DELEGATED)}
        return {"applicationId": self._tenants.client_id, "displayName": "Seatledger", "applicationGrants": [grant]}
