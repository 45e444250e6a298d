"""Connections in memory, and a PSA that offers what a test gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from plans.agreements import AgreementReading
from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Product
from plans.connecting import (
    ConnectWiseConnection,
    ConnectWiseKeys,
    DirectTenant,
    PartnerAccount,
    PsaCatalogue,
    name_connectwise_secrets,
)
from plans.errors import Misconfigured
from plans.permissions import Connected, PermissionReport

CONNECTWISE = ConnectWiseConnection(
    id="connectwise",
    name="ConnectWise",
    site_url="https://api-eu.myconnectwise.net",
    company="demo",
    client_id="9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90",
    public_key_secret="psa-connectwise-public-key",
    private_key_secret="psa-connectwise-private-key",
)
REPORT = PermissionReport(Connected("v2026.4", True, "GMT Standard Time"), ())


@dataclass
class FakeCatalogue:
    """What a PSA offers. `error` is raised by every read but the report."""

    report: PermissionReport = REPORT
    companies: tuple[Company, ...] = ()
    products: tuple[Product, ...] = ()
    agreements: tuple[AgreementSummary, ...] = ()
    types: tuple[AgreementType, ...] = ()
    cycles: tuple[BillingCycle, ...] = (BillingCycle("1", "Monthly", 1), BillingCycle("2", "Quarterly", 3))
    readings: tuple[AgreementReading, ...] = ()
    error: Exception | None = None

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    async def report_permissions(self) -> PermissionReport:
        return self.report

    async def list_companies(self) -> tuple[Company, ...]:
        self._check()
        return self.companies

    async def list_products(self) -> tuple[Product, ...]:
        self._check()
        return self.products

    async def list_agreements_of(self, company_id: str) -> tuple[AgreementSummary, ...]:
        self._check()
        return tuple(each for each in self.agreements if each.company_id == company_id)

    async def list_agreement_types(self) -> tuple[AgreementType, ...]:
        self._check()
        return self.types

    async def list_billing_cycles(self) -> tuple[BillingCycle, ...]:
        self._check()
        return self.cycles

    async def read_agreements(self, agreement_ids: Sequence[str]) -> tuple[AgreementReading, ...]:
        self._check()
        return tuple(each for each in self.readings if each.id in agreement_ids)


@dataclass
class FakeConnections:
    """`plans.connecting.Connections`. A site with `evil` in it may not be called; `tried` says with which keys."""

    psa: dict[str, ConnectWiseConnection] = field(default_factory=dict)
    keys: dict[str, ConnectWiseKeys] = field(default_factory=dict)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    accounts: dict[str, PartnerAccount] = field(default_factory=dict)
    tenants: dict[str, DirectTenant] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    tried: list[tuple[ConnectWiseConnection, ConnectWiseKeys | None]] = field(default_factory=list)

    def check_site(self, site_url: str) -> str:
        if "evil" in site_url or "://" not in site_url:
            raise Misconfigured(f"{site_url} is not a host of ConnectWise's cloud.")
        return site_url.rstrip("/")

    async def list_psa(self) -> tuple[ConnectWiseConnection, ...]:
        return tuple(self.psa.values())

    async def open_psa(self, connection_id: str) -> PsaCatalogue:
        if connection_id not in self.psa:
            raise Misconfigured("This PSA connection does not exist any more. Choose another one under Connections.")
        return self.catalogue

    async def try_psa(self, connection: ConnectWiseConnection, keys: ConnectWiseKeys | None) -> PsaCatalogue:
        self.tried.append((connection, keys))
        self.check_site(connection.site_url)
        if keys is None and connection.id not in self.psa:
            raise Misconfigured("Type the public and the private key of the API member.")
        return self.catalogue

    async def save_psa(self, connection: ConnectWiseConnection, keys: ConnectWiseKeys | None) -> bool:
        wanted = (connection.site_url, connection.company.casefold())
        if any(
            (each.site_url, each.company.casefold()) == wanted for each in self.psa.values() if each.id != connection.id
        ):
            return False
        public, private = name_connectwise_secrets(connection.id)
        self.psa[connection.id] = replace(connection, public_key_secret=public, private_key_secret=private)
        if keys is not None:
            self.keys[connection.id] = keys
        return True

    async def remove_psa(self, connection_id: str) -> None:
        self.psa.pop(connection_id, None)
        self.keys.pop(connection_id, None)

    async def list_partner_accounts(self) -> tuple[PartnerAccount, ...]:
        return tuple(self.accounts.values())

    async def save_partner_account(self, account: PartnerAccount, client_secret: str | None) -> None:
        self.accounts[account.id] = account
        if client_secret is not None:
            self.secrets[account.id] = client_secret

    async def remove_partner_account(self, account_id: str) -> None:
        self.accounts.pop(account_id, None)

    async def list_direct_tenants(self) -> tuple[DirectTenant, ...]:
        return tuple(self.tenants.values())

    async def save_direct_tenant(self, tenant: DirectTenant, client_secret: str | None) -> None:
        self.tenants[tenant.id] = tenant
        if client_secret is not None:
            self.secrets[tenant.id] = client_secret

    async def remove_direct_tenant(self, tenant_id: str) -> None:
        self.tenants.pop(tenant_id, None)
