"""The one place that builds adapters: settings in, `plans.ports.Outside` out, once per event loop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import httpx
from azure.core.credentials_async import AsyncTokenCredential

from app import clock, opening
from app.closed import ClosedAccount, ClosedPsa
from app.connections import KeptConnections
from app.link_key import LinkKey
from app.logs import REDACTOR
from app.mail import KeptMail, MailWays
from app.mapping_desk import KeptMappingDesk
from app.microsoft_accounts import MicrosoftAccounts
from app.psa_opening import PsaOpener
from app.settings import Settings, read_settings
from app.webhooks import KeptWebhooks, open_webhooks
from microsoft.adapter import ContractAccess, GraphLicenceReader, LicencesByAccount
from microsoft.mailboxes import MailboxReports
from microsoft.partner import PartnerAccountReader, PartnerLines, ReadPartnerCredentials
from microsoft.tokens import PartnerCredentials
from net.client import WebClient, open_client
from notify.digests import MailRoom
from notify.sending import PostRoom, send_again
from plans.administration import Administration
from plans.asking import RunRequests
from plans.basis import RecentNight
from plans.connecting import PartnerAccount, PsaConnection
from plans.errors import Misconfigured
from plans.ports import LicenceReader, Outside, PartnerReader, Psa
from plans.preferences import Preferences
from plans.tokens import ApiTokens
from store.account_records import TableAccountRecords
from store.alerts import TableAlerts
from store.archive import BlobArchive
from store.audit import TableAudit
from store.books import TableBooks
from store.configuration import TableConfiguration
from store.consents import TableConsents
from store.drafts import BlobDrafts
from store.editing import TableCustomerEditor
from store.invoices import TableForecasts
from store.mail_settings import TableMailSettings
from store.marks import Marks
from store.open_items import TableOpenItems
from store.outbox import TableOutbox
from store.run_requests import QueueRunRequests
from store.runs import TableRuns
from store.secrets import RenewedSecrets, Secrets
from store.storage import Storage
from store.tokens import TableTokens
from sync.accounts import AccountRoom

LOGGER = logging.getLogger(__name__)
LONGEST_STALE_SECONDS = 5.0
LONGEST_CLOSED_SECONDS = 60.0


@dataclass(slots=True)
class Wiring:
    """What one event loop uses. `transport` replaces the network for every client that is opened."""

    settings: Settings
    storage: Storage
    secrets: Secrets
    run_requests: QueueRunRequests
    outbox: TableOutbox
    account_records: TableAccountRecords
    identity: AsyncTokenCredential | None = None
    transport: httpx.AsyncBaseTransport | None = None
    _clients: dict[str, WebClient] = field(default_factory=dict)

    async def connect(self) -> Outside:
        """Everything that the steps of a night may touch, with the connections that are configured now."""
        config = self.storage.table("config")
        configuration = self.open_configuration()
        preferences = await configuration.read_preferences()
        opener = self._opener(ZoneInfo(preferences.time_zone))
        accounts = await configuration.list_partner_accounts()
        direct = self._microsoft().open_direct(await configuration.list_direct_tenants())
        psas = {each.id: await open_psa(opener, each) for each in await configuration.list_connections()}
        return Outside(
            now=clock.utc_now,
            zone=ZoneInfo(preferences.time_zone),
            night_start_hour=preferences.night_hour,
            currency=preferences.currency,
            limits=self.settings.limits,
            licences=LicencesByAccount({each.id: self._open_tenants(each) for each in accounts}, direct),
            connections=psas,
            books=TableBooks(self.storage.table("books"), config, self.storage.container(), clock.utc_now),
            profiles=configuration,
            runs=TableRuns(self.storage.table("runs"), self.storage.table("runtenants"), self.storage.container()),
            archive=BlobArchive(self.storage.container()),
            open_items=TableOpenItems(self.storage.table("open")),
            forecasts=TableForecasts(self.storage.table("invoices")),
            alerts=TableAlerts(self.storage.table("open"), config),
            recent_night=RecentNight(asyncio.Lock()),
            partners={each.id: self._open_partner(each) for each in accounts},
            mapping_desk=KeptMappingDesk(
                configuration,
                self._edit_customers(),
                TableAudit(self.storage.table("audit")),
                self._keep_connections(opener, psas),
            ),
        )

    def open_configuration(self) -> TableConfiguration:
        """What people configured, over what the deployment did."""
        deployed = Preferences(self.settings.time_zone, self.settings.night_hour, self.settings.currency)
        return TableConfiguration(self.storage.table("config"), deployed)

    def administer(self, outside: Outside) -> Administration:
        """What pages change configuration with."""
        return Administration(
            customers=self._edit_customers(),
            configuration=self.open_configuration(),
            audit=TableAudit(self.storage.table("audit")),
            connections=self._keep_connections(self._opener(outside.zone), outside.connections),
            consent=self._microsoft().open_consent(),
            pending_consents=TableConsents(self.storage.table("config"), clock.utc_now),
            account_records=self.account_records,
            mail=self._open_mail(),
            deliveries=self.outbox,
            resend_mail=partial(send_again, self.open_post_room()),
            read_link_key=self._link_key().read,
            webhooks=self.open_webhooks(),
            drafts=BlobDrafts(self.storage.container(), clock.utc_now),
        )

    def _edit_customers(self) -> TableCustomerEditor:
        return TableCustomerEditor(self.storage.table("books"), Marks(self.storage.table("config"), clock.utc_now))

    def _keep_connections(self, opener: PsaOpener, psas: dict[str, Psa]) -> KeptConnections:
        return KeptConnections(self.open_configuration(), self._renewed_secrets(), opener, psas, REDACTOR.remember)

    def open_post_room(self) -> PostRoom:
        """What sending mail needs."""
        return PostRoom(self.outbox, self._open_mail(), clock.utc_now)

    def open_webhooks(self) -> KeptWebhooks:
        """Receivers, and how they are told."""
        return open_webhooks(self.storage, self._renewed_secrets(), self.outbox, self.settings, self.transport)

    def open_account_room(self, outside: Outside) -> AccountRoom:
        """What errands at Microsoft need. The tokens of a consent are forgotten with it."""
        return AccountRoom(outside, self.account_records, self._microsoft().open_consent().preconsent)

    def open_mail_room(self) -> MailRoom:
        """What making digests needs."""
        return MailRoom(self.outbox, self.settings.public_url, self._link_key().read, self.outbox)

    def _link_key(self) -> LinkKey:
        return LinkKey(self._renewed_secrets(), REDACTOR)

    def _open_mail(self) -> KeptMail:
        ways = MailWays(
            cloud=self.settings.microsoft_cloud,
            open_client=self._client,
            allowed=self.settings.mail_servers,
            authorities=self.settings.mail_ca_file,
            now=clock.utc_now,
            redactor=REDACTOR,
        )
        return KeptMail(TableMailSettings(self.storage.table("config")), self._renewed_secrets(), ways)

    def _microsoft(self) -> MicrosoftAccounts:
        return MicrosoftAccounts(
            cloud=self.settings.microsoft_cloud,
            open_client=self._client,
            configuration=self.open_configuration(),
            secrets=self._renewed_secrets(),
            read_secret=self.read_secret,
            credentials_of=self._credentials_of,
            remember=REDACTOR.remember_passing,
        )

    def _open_tenants(self, account: PartnerAccount) -> LicenceReader:
        try:
            lines = self._open_lines(account)
        except Misconfigured as error:
            return ClosedAccount(str(error))
        contract = None if lines.partner_center is None else ContractAccess(lines.partner_center, account.tenant_id)
        read_credentials = self._credentials_of(account)
        mailboxes = MailboxReports(self._client, lambda: clock.utc_now().date()) if account.reads_mailboxes else None
        return GraphLicenceReader(
            lines.login, lines.graph, read_credentials, clock.utc_now, REDACTOR.remember_passing, contract, mailboxes
        )

    def _open_partner(self, account: PartnerAccount) -> PartnerReader:
        try:
            lines = self._open_lines(account)
        except Misconfigured as error:
            return ClosedAccount(str(error))

        async def store_refresh_token(used: PartnerCredentials, refresh_token: str) -> bool:
            return await self._renewed_secrets().renew(account.refresh_token_secret, refresh_token, used.stamp)

        return PartnerAccountReader(
            account_id=account.id,
            partner_tenant_id=account.tenant_id,
            lines=lines,
            read_credentials=self._credentials_of(account),
            store_refresh_token=store_refresh_token,
            now=clock.utc_now,
            remember=REDACTOR.remember_passing,
        )

    def _open_lines(self, account: PartnerAccount) -> PartnerLines:
        cloud = self.settings.microsoft_cloud
        partner_center = None
        if account.model.reads_partner_center:
            if cloud.partner_center_url is None:
                raise Misconfigured(
                    f"Cloud {self.settings.cloud} has no Partner Center. Set SEATLEDGER_PARTNER_CENTER_URL, or make "
                    f"partner account {account.id} an indirect reseller."
                )
            partner_center = self._client(cloud.partner_center_url)
        login, graph = self._client(cloud.login_url), self._client(cloud.graph_url)
        return PartnerLines(login, graph, partner_center, cloud.lists_gdap)

    def _credentials_of(self, account: PartnerAccount) -> ReadPartnerCredentials:
        async def read_credentials() -> PartnerCredentials:
            held = await self._renewed_secrets().read(account.refresh_token_secret)
            REDACTOR.remember_passing(held.value)
            client_secret = await self.read_secret(account.client_secret_secret)
            return PartnerCredentials(account.client_id, client_secret, held.value, held.stamp)

        return read_credentials

    def _renewed_secrets(self) -> RenewedSecrets:
        return RenewedSecrets(self.secrets, self.storage.table("config"), clock.utc_now)

    def _opener(self, zone: ZoneInfo) -> PsaOpener:
        return PsaOpener(
            self._renewed_secrets(),
            self.settings.allowed_hosts,
            self._client,
            REDACTOR.remember,
            self.settings.autotask_url,
            lambda: clock.utc_now().astimezone(zone).date(),
        )

    async def read_secret(self, name: str) -> str:
        """A secret as a person typed or put it, which the redactor will know from now on."""
        held = await self._renewed_secrets().read(name)
        REDACTOR.remember(held.value)
        return held.value

    def _client(self, url: str) -> WebClient:
        origin = self.settings.allowed_hosts.check(url)
        if origin not in self._clients:
            self._clients[origin] = open_client(url, self.settings.allowed_hosts, self.transport, REDACTOR.mask_answer)
        return self._clients[origin]

    async def close(self) -> None:
        """Give every connection back."""
        for client in self._clients.values():
            await client.close()
        await self.run_requests.close()
        await self.outbox.close()
        await self.account_records.close()
        await self.storage.tables.close()
        await self.storage.blobs.close()
        if self.identity is not None:
            await self.identity.close()


async def open_psa(opener: PsaOpener, connection: PsaConnection) -> Psa:
    """The connection, or what says why it cannot be used: it must stop neither the others nor the night."""
    try:
        return await opener.open(connection)
    except Misconfigured as error:
        LOGGER.warning("PSA connection %s cannot be used: %s", connection.id, error)
        return ClosedPsa(f"The PSA connection {connection.name} cannot be used. {error}", connection.kind)


def wire(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> Wiring:
    """A wiring for the running event loop. Raises Misconfigured where a setting is missing."""
    identity = opening.open_identity(settings)
    storage = opening.open_storage(settings, identity)
    return Wiring(
        settings=settings,
        storage=storage,
        secrets=opening.open_secrets(settings, identity),
        run_requests=opening.open_run_requests(settings, storage, identity),
        outbox=opening.open_outbox(settings, storage, identity),
        account_records=opening.open_account_records(settings, storage, identity),
        identity=identity,
        transport=transport,
    )


@dataclass(slots=True)
class Wired:
    """What one loop uses, the stamp of the configuration it was made from, when, and when that was last looked at."""

    wiring: Wiring
    outside: Outside
    stamp: str
    made_at: float
    looked_at: float

    def is_outdated(self, stamp: str, now: float) -> bool:
        """Whether the configuration changed, or a connection that could not be used may be usable by now."""
        has_closed = any(isinstance(each, ClosedPsa) for each in self.outside.connections.values())
        return stamp != self.stamp or (has_closed and now - self.made_at >= LONGEST_CLOSED_SECONDS)


class Wirings:
    """One wiring per event loop; clients of one loop cannot be used in another.

    A connection that somebody adds or changes is in use `LONGEST_STALE_SECONDS` later in every process, and at once
    where `forget` was called. One that lacks a secret is tried again every `LONGEST_CLOSED_SECONDS`: whoever puts the
    secret there by hand changes no configuration.
    """

    def __init__(self) -> None:
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Wired] = WeakKeyDictionary()
        self._is_prepared = False

    async def outside(self) -> Outside:
        """What the running loop uses."""
        return (await self._find()).outside

    async def administration(self) -> Administration:
        """What the running loop changes configuration with."""
        wired = await self._find()
        return wired.wiring.administer(wired.outside)

    async def run_requests(self) -> RunRequests:
        """Where the running loop asks for extra runs."""
        return (await self._find()).wiring.run_requests

    async def tokens(self) -> ApiTokens:
        """Where the running loop keeps the tokens of scripts."""
        return TableTokens((await self._find()).wiring.storage.table("config"))

    async def post_room(self) -> PostRoom:
        """What the running loop sends mail with."""
        return (await self._find()).wiring.open_post_room()

    async def account_room(self) -> AccountRoom:
        """What the running loop does errands at Microsoft with."""
        wired = await self._find()
        return wired.wiring.open_account_room(wired.outside)

    async def mail_room(self) -> MailRoom:
        """What the running loop makes digests with."""
        return (await self._find()).wiring.open_mail_room()

    async def wiring(self) -> Wiring:
        """The wiring of the running loop."""
        return (await self._find()).wiring

    def forget(self) -> None:
        """Look at the configuration again before anything else is done."""
        for wired in self._of_loop.values():
            wired.looked_at = float("-inf")

    async def _find(self) -> Wired:
        loop, now = asyncio.get_running_loop(), monotonic()
        wired = self._of_loop.get(loop)
        if wired is None:
            wired = await self._begin(now)
            self._of_loop[loop] = wired
        elif now - wired.looked_at >= LONGEST_STALE_SECONDS:
            wired.looked_at = now
            if wired.is_outdated(await wired.wiring.open_configuration().read_stamp(), now):
                wired = await self._wire(wired.wiring, now)
                self._of_loop[loop] = wired
        return wired

    async def _begin(self, now: float) -> Wired:
        """The first wiring of a loop. In a new storage account it makes what is missing, once a process."""
        wiring = wire(read_settings())
        try:
            if not self._is_prepared:
                await wiring.storage.prepare()
                self._is_prepared = True
            return await self._wire(wiring, now)
        except BaseException:
            await wiring.close()
            raise

    async def _wire(self, wiring: Wiring, now: float) -> Wired:
        """The stamp is read first: what changes while connections are made is looked at again."""
        stamp = await wiring.open_configuration().read_stamp()
        return Wired(wiring, await wiring.connect(), stamp, now, now)


WIRINGS = Wirings()
