"""Connections and accounts as people keep them: `plans.connecting.Connections`, and how a PSA is opened.

Secrets go first and settings after them, so that nothing ever names a secret that is not there (S5, S6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from net.client import WebClient
from net.hosts import AllowedHosts
from plans.connecting import (
    ConnectWiseConnection,
    ConnectWiseKeys,
    DirectTenant,
    PartnerAccount,
    PsaCatalogue,
    PsaConnection,
    PsaKeys,
    name_connectwise_secrets,
    name_direct_secret,
    name_partner_secrets,
)
from plans.errors import Bug, Misconfigured
from plans.ports import Psa
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from psa.connectwise.settings import InvoicingSettings
from psa.connectwise.site import find_api_site
from store.configuration import TableConfiguration
from store.secrets import RenewedSecrets

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")

type Remember = Callable[[str], None]


class ConnectWiseOpener:
    """Makes adapters of ConnectWise connections. `open_client` refuses hosts that nobody may call (S7)."""

    def __init__(
        self,
        secrets: RenewedSecrets,
        allowed: AllowedHosts,
        open_client: Callable[[str], WebClient],
        remember: Remember,
    ) -> None:
        self._secrets = secrets
        self._allowed = allowed
        self._open_client = open_client
        self._remember = remember

    def check_site(self, site_url: str) -> str:
        """The origin of the API. Raises Misconfigured with a sentence where it may not be called."""
        return find_api_site(self._allowed.check_connectwise(site_url.strip()))

    async def read_keys(self, connection: ConnectWiseConnection) -> ConnectWiseKeys:
        """The keys that are in force. Raises Misconfigured where one is missing."""
        public = await self._secrets.read(connection.public_key_secret)
        private = await self._secrets.read(connection.private_key_secret)
        return ConnectWiseKeys(public.value, private.value)

    async def open(self, connection: ConnectWiseConnection, keys: ConnectWiseKeys | None = None) -> ConnectWisePsa:
        """The connection, with its kept keys where none are given. Raises Misconfigured where it cannot be used."""
        site = self.check_site(connection.site_url)
        keys = keys or await self.read_keys(connection)
        self._remember(keys.public_key)
        self._remember(keys.private_key)
        credentials = Credentials(connection.company, connection.client_id, keys.public_key, keys.private_key)
        settings = InvoicingSettings(
            in_arrears=connection.invoices_in_arrears,
            arrears_exceptions=frozenset(connection.arrears_exceptions),
            confirmed_cycles=frozenset(connection.confirmed_cycles),
            lengths=dict(connection.cycle_months),
        )
        return ConnectWisePsa(connection.id, ConnectWiseClient(self._open_client(site), credentials), settings)


class KeptConnections:
    """`plans.connecting.Connections` on table `config` and the secrets. `wired` is what the running loop uses now."""

    def __init__(
        self,
        configuration: TableConfiguration,
        secrets: RenewedSecrets,
        opener: ConnectWiseOpener,
        wired: Mapping[str, Psa],
        remember: Remember,
    ) -> None:
        self._configuration = configuration
        self._secrets = secrets
        self._opener = opener
        self._wired = wired
        self._remember = remember

    def check_site(self, site_url: str) -> str:
        """Where the PSA's API is. Raises Misconfigured with a sentence for the field."""
        return self._opener.check_site(site_url)

    async def list_psa(self) -> tuple[PsaConnection, ...]:
        """Every PSA connection, by name."""
        return tuple(sorted(await self._configuration.list_connections(), key=lambda each: (each.name, each.id)))

    async def open_psa(self, connection_id: str) -> PsaCatalogue:
        """The connection that the nights use, or a fresh one where they cannot use theirs."""
        wired = self._wired.get(connection_id)
        if isinstance(wired, ConnectWisePsa):
            return wired
        kept = await self._find(connection_id)
        if kept is None:
            raise Misconfigured("This PSA connection does not exist any more. Choose another one under Connections.")
        return await self._opener.open(kept)

    async def try_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> PsaCatalogue:
        """The connection as it would be, with the keys that were typed or those that are kept for it."""
        check_id(connection.id)
        if keys is None:
            kept = await self._find_with_keys(connection)
            return await self._opener.open(connection, await self._opener.read_keys(kept))
        return await self._opener.open(connection, keys)

    async def save_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> bool:
        """Both keys as one commit, then the connection that names them."""
        check_id(connection.id)
        site = self.check_site(connection.site_url)
        if keys is None:
            kept = await self._find_with_keys(connection)
            names = kept.public_key_secret, kept.private_key_secret
            return await self._configuration.save_connection(at_site(connection, site, names))
        names = name_connectwise_secrets(connection.id)
        before = await self._find_keys(connection.id, names)
        await self._put_keys(names, keys)
        if await self._configuration.save_connection(at_site(connection, site, names)):
            return True
        if before is None:
            await self._secrets.forget(set(names))
        else:
            await self._put_keys(names, before)
        return False

    async def _put_keys(self, names: tuple[str, str], keys: ConnectWiseKeys) -> None:
        self._remember(keys.public_key)
        self._remember(keys.private_key)
        await self._secrets.put({names[0]: keys.public_key, names[1]: keys.private_key})

    async def _find_keys(self, connection_id: str, names: tuple[str, str]) -> ConnectWiseKeys | None:
        """The keys that are in force under these names; None where there are none."""
        kept = await self._find(connection_id)
        if kept is None or (kept.public_key_secret, kept.private_key_secret) != names:
            return None
        try:
            return await self._opener.read_keys(kept)
        except Misconfigured:
            return None

    async def remove_psa(self, connection_id: str) -> None:
        """The keys go first: whoever dies in between leaves a connection that opens nothing."""
        kept = await self._find(connection_id)
        if kept is not None:
            await self._secrets.forget({kept.public_key_secret, kept.private_key_secret})
            await self._configuration.remove_connection(connection_id)

    async def list_partner_accounts(self) -> tuple[PartnerAccount, ...]:
        """Every partner account."""
        return await self._configuration.list_partner_accounts()

    async def save_partner_account(self, account: PartnerAccount, client_secret: str | None) -> None:
        """The client secret, then the account that names it."""
        check_id(account.id)
        if client_secret is not None:
            account = replace(account, client_secret_secret=name_partner_secrets(account.id)[0])
            await self._put_secret(account.client_secret_secret, client_secret)
        await self._configuration.save_partner_account(account)

    async def remove_partner_account(self, account_id: str) -> None:
        """Its client secret and refresh token go first."""
        for account in await self._configuration.list_partner_accounts():
            if account.id == account_id:
                await self._secrets.forget({account.client_secret_secret, account.refresh_token_secret})
                await self._configuration.remove_partner_account(account_id)

    async def list_direct_tenants(self) -> tuple[DirectTenant, ...]:
        """Every direct tenant."""
        return await self._configuration.list_direct_tenants()

    async def save_direct_tenant(self, tenant: DirectTenant, client_secret: str | None) -> None:
        """The client secret, then the tenant that names it."""
        check_id(tenant.id)
        if client_secret is not None:
            tenant = replace(tenant, client_secret_secret=name_direct_secret(tenant.id))
            await self._put_secret(tenant.client_secret_secret, client_secret)
        await self._configuration.save_direct_tenant(tenant)

    async def remove_direct_tenant(self, tenant_id: str) -> None:
        """Its client secret goes first."""
        for tenant in await self._configuration.list_direct_tenants():
            if tenant.id == tenant_id:
                await self._secrets.forget({tenant.client_secret_secret})
                await self._configuration.remove_direct_tenant(tenant_id)

    async def _put_secret(self, name: str, value: str) -> None:
        self._remember(value)
        await self._secrets.put({name: value})

    async def _find(self, connection_id: str) -> ConnectWiseConnection | None:
        connections = await self._configuration.list_connections()
        return next((each for each in connections if each.id == connection_id), None)

    async def _find_with_keys(self, connection: ConnectWiseConnection) -> ConnectWiseConnection:
        """The kept connection, if its keys may be shown to the one that is asked for."""
        kept = await self._find(connection.id)
        if kept is None:
            raise Misconfigured("Type the public and the private key of the API member.")
        if (self._spell_site(kept), kept.company) != (self.check_site(connection.site_url), connection.company):
            raise Misconfigured(
                f"The keys that are kept were given for company {kept.company} at {kept.site_url}. "
                "Type the keys of the API member of the other one."
            )
        return kept

    def _spell_site(self, kept: ConnectWiseConnection) -> str:
        """A kept site as it is compared; one that may not be called any more is like no other."""
        try:
            return self.check_site(kept.site_url)
        except Misconfigured:
            return ""


def at_site(connection: ConnectWiseConnection, site: str, names: tuple[str, str]) -> ConnectWiseConnection:
    """The connection as it is kept."""
    return replace(connection, site_url=site, public_key_secret=names[0], private_key_secret=names[1])


def check_id(name: str) -> None:
    """Raises Bug for an id that no secret can be named after."""
    if ID.fullmatch(name) is None:
        raise Bug(f"{name!r} is no id of a connection: small letters, digits and dashes only.")
