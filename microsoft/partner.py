"""Reading a partner account: `plans.ports.PartnerReader`. The one place that stores a rotated refresh token (S6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from microsoft.contract import make_customers
from microsoft.gdap import read_relationships
from microsoft.graph import explain_silence
from microsoft.partner_center import PartnerCenter
from microsoft.signed import SignedClient
from microsoft.tokens import AccessToken, PartnerCredentials, Remember, acquire_token
from net.client import WebClient
from plans.account_records import ReadingStep, TellProgress, tell_nobody
from plans.errors import Misconfigured, Retry
from profiles.partners import GdapRelationship, PartnerCustomer, PartnerReading, make_reading
from profiles.readings import Known, Reading, Unknown, UnknownReason

type ReadPartnerCredentials = Callable[[], Awaitable[PartnerCredentials]]
type StoreRefreshToken = Callable[[PartnerCredentials, str], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class PartnerLines:
    """The servers that a partner account is read from.

    `partner_center` is None for indirect resellers; `lists_gdap` is False where the cloud has no such list.
    """

    login: WebClient
    graph: WebClient
    partner_center: WebClient | None
    lists_gdap: bool


@dataclass(frozen=True, slots=True)
class PartnerAccountReader:
    """One partner account: GDAP relationships and, where it may, Partner Center's customers (microsoft.md 8)."""

    account_id: str
    partner_tenant_id: str
    lines: PartnerLines
    read_credentials: ReadPartnerCredentials
    store_refresh_token: StoreRefreshToken
    now: Callable[[], datetime]
    remember: Remember

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        """What the account reaches now; Unknown with the next step for everything else."""
        try:
            return await self._read(tell)
        except Retry as error:
            return explain_silence(error)
        except Misconfigured as error:
            return Unknown(UnknownReason.SIGN_IN_REFUSED, str(error))

    async def _read(self, tell: TellProgress) -> Reading[PartnerReading]:
        await tell(ReadingStep.SIGN_IN, 0)
        tokens = FreshTokens(self, await self.read_credentials())
        relationships = await self._read_relationships(tokens, tell)
        if isinstance(relationships, Unknown):
            return relationships
        customers = await self._read_customers(tokens, tell)
        if isinstance(customers, Unknown):
            return customers
        return Known(make_reading(self.account_id, self.now(), relationships.value, customers.value))

    async def _read_relationships(
        self, tokens: FreshTokens, tell: TellProgress
    ) -> Reading[tuple[GdapRelationship, ...] | None]:
        graph = tokens.sign(self.lines.graph)
        if self.lines.lists_gdap:
            return await read_relationships(graph, partial(tell, ReadingStep.RELATIONSHIPS))
        token = await graph.tokens()
        return token if isinstance(token, Unknown) else Known(None)

    async def _read_customers(self, tokens: FreshTokens, tell: TellProgress) -> Reading[tuple[PartnerCustomer, ...]]:
        if self.lines.partner_center is None:
            return Known(())
        partner_center = PartnerCenter(tokens.sign(self.lines.partner_center))
        rows = await partner_center.list_customers(partial(tell, ReadingStep.CUSTOMERS))
        return rows if isinstance(rows, Unknown) else make_customers(rows.value)


class FreshTokens:
    """Tokens of the partner's own tenant, asked for anew in every reading, so that the refresh token stays young.

    The first one that comes back is stored before anything is listed; the later ones of the same reading are not.
    """

    def __init__(self, reader: PartnerAccountReader, credentials: PartnerCredentials) -> None:
        self._reader = reader
        self._credentials = credentials
        self._tokens: dict[str, AccessToken] = {}
        self._is_stored = False

    def sign(self, web: WebClient) -> SignedClient:
        """The server, read with a token for it."""
        return SignedClient(web, partial(self._open, web.origin))

    async def _open(self, resource: str, refused: AccessToken | None = None) -> Reading[AccessToken]:
        if refused is None and resource in self._tokens:
            return Known(self._tokens[resource])
        reader = self._reader
        granted = await acquire_token(
            reader.lines.login, self._credentials, reader.partner_tenant_id, resource, reader.now()
        )
        if isinstance(granted, Unknown):
            return granted
        token, refresh_token = granted.value.token, granted.value.refresh_token
        reader.remember(token.value)
        self._tokens[resource] = token
        if refresh_token is not None:
            reader.remember(refresh_token)
            await self._store(refresh_token)
        return Known(token)

    async def _store(self, refresh_token: str) -> None:
        """Where another run has stored a newer one meanwhile, theirs stands; ours opened this reading all the same."""
        if not self._is_stored and refresh_token != self._credentials.refresh_token:
            self._is_stored = True
            await self._reader.store_refresh_token(self._credentials, refresh_token)
