"""Wiring of consent at Microsoft, and of the tenants that are read without a partner relationship."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from app import clock
from microsoft.adapter import DirectReader, GraphLicenceReader
from microsoft.clouds import Cloud
from microsoft.consent import ConsentLines, EntraConsent
from microsoft.partner import ReadPartnerCredentials
from microsoft.tokens import AppCredentials, Remember
from net.client import WebClient
from plans.connecting import DirectTenant, PartnerAccount
from store.configuration import TableConfiguration
from store.secrets import RenewedSecrets


@dataclass(frozen=True, slots=True)
class MicrosoftAccounts:
    """What both need of the wiring. `open_client` refuses hosts that nobody may call (S7)."""

    cloud: Cloud
    open_client: Callable[[str], WebClient]
    configuration: TableConfiguration
    secrets: RenewedSecrets
    read_secret: Callable[[str], Awaitable[str]]
    credentials_of: Callable[[PartnerAccount], ReadPartnerCredentials]
    remember: Remember

    def open_direct(self, tenants: Iterable[DirectTenant]) -> dict[str, DirectReader]:
        """A reader for every direct tenant, by the id that customers name."""
        return {each.id: self._open_reader(each) for each in tenants}

    def _open_reader(self, tenant: DirectTenant) -> DirectReader:
        async def read_credentials() -> AppCredentials:
            return AppCredentials(tenant.client_id, await self.read_secret(tenant.client_secret_secret))

        reader = GraphLicenceReader(
            self.open_client(self.cloud.login_url),
            self.open_client(self.cloud.graph_url),
            read_credentials,
            clock.utc_now,
            self.remember,
        )
        return DirectReader(tenant.tenant_id, tenant.name, reader)

    def open_consent(self) -> EntraConsent:
        """Consent, for one request: the tokens that it asks for are forgotten afterwards."""
        partner_center = self.cloud.partner_center_url
        lines = ConsentLines(
            self.open_client(self.cloud.login_url),
            self.open_client(self.cloud.graph_url),
            None if partner_center is None else self.open_client(partner_center),
        )
        return EntraConsent(
            lines=lines,
            read_secret=self.read_secret,
            store_token=self._store_token,
            read_stored_at=self._read_stored_at,
            find_account=self._find_account,
            credentials_of=self.credentials_of,
            now=clock.utc_now,
            remember=self.remember,
        )

    async def _store_token(self, account: PartnerAccount, refresh_token: str) -> None:
        """What a person consented to wins over what a night renews at the same time."""
        await self.secrets.put({account.refresh_token_secret: refresh_token})

    async def _read_stored_at(self, account: PartnerAccount) -> datetime | None:
        return await self.secrets.read_moment(account.refresh_token_secret)

    async def _find_account(self, account_id: str) -> PartnerAccount | None:
        accounts = await self.configuration.list_partner_accounts()
        return next((each for each in accounts if each.id == account_id), None)
