"""How a PSA connection becomes an adapter: its kind, its host (S7), its keys (S5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from net.client import WebClient
from net.hosts import AllowedHosts
from plans.connecting import (
    AutotaskConnection,
    AutotaskKeys,
    AutotaskMode,
    ConnectWiseConnection,
    ConnectWiseKeys,
    PsaConnection,
    PsaKeys,
    list_psa_secrets,
    spell_keys,
)
from plans.errors import Bug, Misconfigured, Retry
from plans.ports import Psa
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.catalogue import AutotaskCatalogue
from psa.autotask.client import AutotaskClient
from psa.autotask.client import Credentials as AutotaskCredentials
from psa.autotask.settings import BillingSettings
from psa.autotask.zones import find_zone
from psa.connectwise.adapter import ConnectWisePsa
from psa.connectwise.client import ConnectWiseClient, Credentials
from psa.connectwise.settings import InvoicingSettings
from psa.connectwise.site import find_api_site
from store.secrets import RenewedSecrets

LOGGER = logging.getLogger(__name__)

type Remember = Callable[[str], None]


class PsaOpener:
    """Makes adapters of PSA connections. `open_client` refuses hosts that nobody may call (S7).

    `discovery_url` is where Autotask says in which zone a user's database is, `today` the day in the MSP's zone.
    """

    def __init__(
        self,
        secrets: RenewedSecrets,
        allowed: AllowedHosts,
        open_client: Callable[[str], WebClient],
        remember: Remember,
        discovery_url: str,
        today: Callable[[], date],
    ) -> None:
        self._secrets = secrets
        self._allowed = allowed
        self._open_client = open_client
        self._remember = remember
        self._discovery_url = discovery_url
        self._today = today

    async def locate(self, connection: PsaConnection) -> PsaConnection:
        """The connection with the address that would be called, found out anew (`plans.connecting.Connections`)."""
        match connection:
            case ConnectWiseConnection():
                return self.settle(connection)
            case AutotaskConnection():
                zone = await find_zone(self._open_client(self._discovery_url), connection.user_name, self._allowed)
                return replace(connection, zone_url=zone.api_url, web_url=zone.web_url, database=zone.database)

    def settle(self, connection: PsaConnection) -> PsaConnection:
        """The connection with the address that would be called, from what is known of it.

        Raises Misconfigured with a sentence where it may not be called.
        """
        match connection:
            case ConnectWiseConnection():
                origin = self._allowed.check_connectwise(connection.site_url.strip())
                return replace(connection, site_url=find_api_site(origin))
            case AutotaskConnection():
                origin = self._allowed.check_autotask(connection.zone_url, self._discovery_url)
                return replace(connection, zone_url=origin)

    async def read_keys(self, connection: PsaConnection) -> PsaKeys:
        """The keys that are in force. Raises Misconfigured where one is missing."""
        first, second = [(await self._secrets.read(name)).value for name in list_psa_secrets(connection)]
        match connection:
            case ConnectWiseConnection():
                return ConnectWiseKeys(first, second)
            case AutotaskConnection():
                return AutotaskKeys(first, second)

    async def open(self, connection: PsaConnection) -> Psa:
        """The connection as nights use it, with its kept keys. Raises Misconfigured where it cannot be used."""
        match await self._prepare(connection, None):
            case ConnectWiseConnection() as settled, ConnectWiseKeys() as keys:
                return self._open_connectwise(settled, keys)
            case AutotaskConnection() as settled, AutotaskKeys() as keys:
                settings = BillingSettings(settled.mode is AutotaskMode.PRORATED, settled.posting_lead_nights)
                return AutotaskPsa(settled.id, self._open_autotask(settled, keys), self._today, settings)
            case _:
                raise Bug(f"The keys of {connection.id} are those of another kind of PSA.")

    async def open_catalogue(
        self, connection: PsaConnection, keys: PsaKeys | None = None
    ) -> ConnectWisePsa | AutotaskCatalogue:
        """The connection as pages use it, with its kept keys where none are given. Raises like `open`."""
        match await self._prepare(connection, keys):
            case ConnectWiseConnection() as settled, ConnectWiseKeys() as known:
                return self._open_connectwise(settled, known)
            case AutotaskConnection() as settled, AutotaskKeys() as known:
                return AutotaskCatalogue(self._open_autotask(settled, known), self._today)
            case _:
                raise Bug(f"The keys of {connection.id} are those of another kind of PSA.")

    async def _prepare(self, connection: PsaConnection, keys: PsaKeys | None) -> tuple[PsaConnection, PsaKeys]:
        settled = self.settle(connection)
        keys = keys or await self.read_keys(settled)
        for key in spell_keys(keys):
            self._remember(key)
        return settled, keys

    def _open_connectwise(self, connection: ConnectWiseConnection, keys: ConnectWiseKeys) -> ConnectWisePsa:
        credentials = Credentials(connection.company, connection.client_id, keys.public_key, keys.private_key)
        settings = InvoicingSettings(
            in_arrears=connection.invoices_in_arrears,
            arrears_exceptions=frozenset(connection.arrears_exceptions),
            confirmed_cycles=frozenset(connection.confirmed_cycles),
            lengths=dict(connection.cycle_months),
        )
        client = ConnectWiseClient(self._open_client(connection.site_url), credentials)
        return ConnectWisePsa(connection.id, client, settings)

    def _open_autotask(self, connection: AutotaskConnection, keys: AutotaskKeys) -> AutotaskClient:
        credentials = AutotaskCredentials(connection.user_name, keys.secret, keys.integration_code)
        return AutotaskClient(
            self._open_client(connection.zone_url),
            credentials,
            find_again=lambda: self._find_again(connection),
        )

    async def _find_again(self, connection: AutotaskConnection) -> WebClient | None:
        """Where the database is by now; None where nobody can tell, or discovery names another one."""
        try:
            located = await self.locate(connection)
        except (Retry, Misconfigured) as error:
            LOGGER.warning("The zone of PSA connection %s cannot be found again: %s", connection.id, error)
            return None
        if not isinstance(located, AutotaskConnection) or located.database != connection.database:
            return None
        return self._open_client(located.zone_url)
