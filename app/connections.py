"""Connections and accounts as people keep them: `plans.connecting.Connections`, and how a PSA is opened.

Secrets go first and settings after them, so that nothing ever names a secret that is not there (S5, S6).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from app.psa_opening import PsaOpener, Remember
from plans.connecting import (
    AutotaskConnection,
    ConnectWiseConnection,
    DirectTenant,
    PartnerAccount,
    PsaCatalogue,
    PsaConnection,
    PsaKeys,
    at_secrets,
    find_database,
    list_psa_secrets,
    name_direct_secret,
    name_partner_secrets,
    name_psa_secrets,
    spell_keys,
)
from plans.errors import Bug, Misconfigured
from plans.ports import Psa
from psa.autotask.adapter import AutotaskPsa
from psa.connectwise.adapter import ConnectWisePsa
from store.configuration import TableConfiguration
from store.secrets import RenewedSecrets

ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


class KeptConnections:
    """`plans.connecting.Connections` on table `config` and the secrets. `wired` is what the running loop uses now."""

    def __init__(
        self,
        configuration: TableConfiguration,
        secrets: RenewedSecrets,
        opener: PsaOpener,
        wired: Mapping[str, Psa],
        remember: Remember,
    ) -> None:
        self._configuration = configuration
        self._secrets = secrets
        self._opener = opener
        self._wired = wired
        self._remember = remember

    async def locate(self, connection: PsaConnection) -> PsaConnection:
        """Where the PSA's API is. Raises Misconfigured with a sentence for the field, Retry where nobody answers."""
        return await self._opener.locate(connection)

    async def list_psa(self) -> tuple[PsaConnection, ...]:
        """Every PSA connection, by name."""
        return tuple(sorted(await self._configuration.list_connections(), key=lambda each: (each.name, each.id)))

    async def open_psa(self, connection_id: str) -> PsaCatalogue:
        """The connection that the nights use, or a fresh one where they cannot use theirs."""
        wired = self._wired.get(connection_id)
        match wired:
            case ConnectWisePsa():
                return wired
            case AutotaskPsa():
                return wired.open_catalogue()
        kept = await self._find(connection_id)
        if kept is None:
            raise Misconfigured("This PSA connection does not exist any more. Choose another one under Connections.")
        return await self._opener.open_catalogue(kept)

    async def try_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> PsaCatalogue:
        """The connection as it would be, with the keys that were typed or those that are kept for it."""
        check_id(connection.id)
        if keys is None:
            kept = await self._find_with_keys(connection)
            return await self._opener.open_catalogue(connection, await self._opener.read_keys(kept))
        return await self._opener.open_catalogue(connection, keys)

    async def save_psa(self, connection: PsaConnection, keys: PsaKeys | None) -> bool:
        """Both keys as one commit, then the connection that names them."""
        check_id(connection.id)
        settled = self._opener.settle(connection)
        if keys is None:
            kept = await self._find_with_keys(connection)
            return await self._configuration.save_connection(at_secrets(settled, list_psa_secrets(kept)))
        names = name_psa_secrets(connection)
        before = await self._find_keys(connection.id, names)
        await self._put_keys(names, keys)
        if await self._configuration.save_connection(at_secrets(settled, names)):
            return True
        if before is None:
            await self._secrets.forget(set(names))
        else:
            await self._put_keys(names, before)
        return False

    async def _put_keys(self, names: tuple[str, str], keys: PsaKeys) -> None:
        spelt = spell_keys(keys)
        for key in spelt:
            self._remember(key)
        await self._secrets.put(dict(zip(names, spelt, strict=True)))

    async def _find_keys(self, connection_id: str, names: tuple[str, str]) -> PsaKeys | None:
        """The keys that are in force under these names; None where there are none."""
        kept = await self._find(connection_id)
        if kept is None or list_psa_secrets(kept) != names:
            return None
        try:
            return await self._opener.read_keys(kept)
        except Misconfigured:
            return None

    async def remove_psa(self, connection_id: str) -> None:
        """The keys go first: whoever dies in between leaves a connection that opens nothing."""
        kept = await self._find(connection_id)
        if kept is not None:
            await self._secrets.forget(set(list_psa_secrets(kept)))
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

    async def _find(self, connection_id: str) -> PsaConnection | None:
        connections = await self._configuration.list_connections()
        return next((each for each in connections if each.id == connection_id), None)

    async def _find_with_keys(self, connection: PsaConnection) -> PsaConnection:
        """The kept connection, if its keys may be shown to the one that is asked for."""
        kept = await self._find(connection.id)
        match kept, connection:
            case ConnectWiseConnection(), ConnectWiseConnection():
                if self._find_database(kept) != find_database(self._opener.settle(connection)):
                    raise Misconfigured(
                        f"The keys that are kept were given for company {kept.company} at {kept.site_url}. "
                        "Type the keys of the API member of the other one."
                    )
            case AutotaskConnection(), AutotaskConnection():
                # The zone is Autotask's own word for the user, whose database may have moved to another one.
                if kept.user_name != connection.user_name:
                    raise Misconfigured(
                        f"The keys that are kept were given for {kept.user_name}. Type the secret of the other user, "
                        "and the tracking identifier."
                    )
            case _, ConnectWiseConnection():
                raise Misconfigured("Type the public and the private key of the API member.")
            case _, AutotaskConnection():
                raise Misconfigured("Type the secret of the API user, and the tracking identifier.")
        return kept

    def _find_database(self, kept: PsaConnection) -> tuple[str, str] | None:
        """Whose agreements a kept connection bills; one that may not be called any more is like no other."""
        try:
            return find_database(self._opener.settle(kept))
        except Misconfigured:
            return None


def check_id(name: str) -> None:
    """Raises Bug for an id that no secret can be named after."""
    if ID.fullmatch(name) is None:
        raise Bug(f"{name!r} is no id of a connection: small letters, digits and dashes only.")
