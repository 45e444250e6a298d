"""Connections in memory, and a PSA that offers what a test gives it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from plans.agreements import Agreement, AgreementReading
from plans.beside import OtherAgreement, pick_products
from plans.catalogue import AgreementSummary, AgreementType, BillingCycle, Company, Payer, Product
from plans.connecting import (
    AutotaskConnection,
    ConnectWiseConnection,
    DirectTenant,
    PartnerAccount,
    PsaCatalogue,
    PsaConnection,
    PsaKeys,
    at_secrets,
    is_same_database,
    name_psa_secrets,
)
from plans.errors import Misconfigured
from plans.permissions import Connected, PermissionReport
from profiles.billing import BillableOption

CONNECTWISE = ConnectWiseConnection(
    id="connectwise",
    name="ConnectWise",
    site_url="https://api-eu.myconnectwise.net",
    company="demo",
    client_id="9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90",
    public_key_secret="psa-connectwise-public-key",
    private_key_secret="psa-connectwise-private-key",
)
AUTOTASK = AutotaskConnection(
    id="autotask",
    name="Autotask",
    user_name="k7f3q@msp.example",
    zone_url="https://webservices5.autotask.net",
    web_url="https://ww5.autotask.net",
    database="41234",
    secret_secret="psa-autotask-secret",
    integration_code_secret="psa-autotask-integration-code",
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
    billable_options: tuple[BillableOption, ...] = tuple(BillableOption)
    payers: dict[str, Payer] = field(default_factory=dict)
    error: Exception | None = None

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    async def report_permissions(self) -> PermissionReport:
        return self.report

    async def list_companies(self) -> tuple[Company, ...]:
        self._check()
        return self.companies

    async def find_companies(self, words: Sequence[str]) -> tuple[Company, ...]:
        self._check()
        return tuple(
            each for each in self.companies if words and all(word.casefold() in each.name.casefold() for word in words)
        )

    async def list_products(self) -> tuple[Product, ...]:
        self._check()
        return self.products

    async def list_agreements_of(self, company_id: str) -> tuple[AgreementSummary, ...]:
        self._check()
        return tuple(each for each in self.agreements if each.company_id == company_id)

    async def list_agreements(self) -> tuple[AgreementSummary, ...]:
        self._check()
        return self.agreements

    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        self._check()
        return self.payers.get(company_id)

    async def search_products(
        self, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
    ) -> tuple[OtherAgreement, ...]:
        self._check()
        asked = {each.id for each in self.agreements if each.is_active and each.company_id in company_ids}
        there = [each for each in self.readings if isinstance(each, Agreement) and each.id in asked - set(known_ids)]
        return tuple(pick_products(each, product_ids) for each in there)

    async def list_agreement_types(self) -> tuple[AgreementType, ...]:
        self._check()
        return self.types

    async def list_billing_cycles(self) -> tuple[BillingCycle, ...]:
        self._check()
        return self.cycles

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        self._check()
        return tuple(each for each in self.readings if each.id in agreement_ids)

    async def find_agreements(self, agreement_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(each.id for each in await self.read_agreements(agreement_ids))


@dataclass
class FakeConnections:
    """`plans.connecting.Connections`. A site with `evil` in it may not be called; `tried` says with which keys."""

    psa: dict[str, PsaConnection] = field(default_factory=dict)
    keys: dict[str, PsaKeys] = field(default_factory=dict)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    accounts: dict[str, PartnerAccount] = field(default_factory=dict)
    tenants: dict[str, DirectTenant] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    tried: list[tuple[PsaConnection, PsaKeys | None]] = field(default_factory=list)

    async def locate(self, connection: PsaConnection) -> PsaConnection:
        match connection:
            case ConnectWiseConnection(site_url=site):
                if "evil" in site or "://" not in site:
                    raise Misconfigured(f"{site} is not a host of ConnectWise's cloud.")
                return replace(connection, site_url=site.rstrip("/"))
            case AutotaskConnection(user_name=user):
                if "unknown" in user:
                    raise Misconfigured("Autotask knows no zone for this user name.")
                return replace(connection, zone_url=AUTOTASK.zone_url, web_url=AUTOTASK.web_url, database=user)

    async def list_psa(self) -> tuple[PsaConnection, ...]:
        return tuple(self.psa.values())

    async def open_psa(self, connection_id: str) -> PsaCatalogue:
        if connection_id not in self.psa:
            raise Misconfigured("This PSA connection does not exist any more. Choose another one under Connections.")
        return self.catalogue

    async def try_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> PsaCatalogue:
        self.tried.append((connection, keys))
        await self.locate(connection)
        if keys is None and connection.id not in self.psa:
            raise Misconfigured("Type the public and the private key of the API member.")
        return self.catalogue

    async def save_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> bool:
        if any(is_same_database(each, connection) for each in self.psa.values() if each.id != connection.id):
            return False
        self.psa[connection.id] = at_secrets(connection, name_psa_secrets(connection))
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
