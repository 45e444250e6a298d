"""Microsoft as the night sees it: `plans.ports.LicenceReader`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from microsoft.contract import make_contract
from microsoft.graph import explain_silence, read_parts
from microsoft.mailboxes import MailboxReports, read_mailboxes
from microsoft.partner_center import PartnerCenter
from microsoft.session import Door, ReadCredentials, Session
from microsoft.signed import SignedClient
from microsoft.tokens import Remember, remember_nothing
from microsoft.translate import make_snapshot
from net.client import WebClient
from plans.errors import Misconfigured, Retry
from plans.ports import LicenceReader
from plans.raw_answers import KeepRaw, forget_raw
from profiles.licences import Snapshot
from profiles.readings import Known, Reading, Unknown, UnknownReason


@dataclass(frozen=True, slots=True)
class ContractAccess:
    """Partner Center, for an account that may read it: with a token of the partner's own tenant (microsoft.md 1.4)."""

    client: WebClient
    partner_tenant_id: str


class GraphLicenceReader:
    """Reads tenants through one partner account, or as an application that a tenant let in (P1).

    One token and one batch for up to 999 licensed users, one call more where the account may read Partner Center, and
    two where it is to read mailbox reports.
    """

    def __init__(
        self,
        login: WebClient,
        graph: WebClient,
        read_credentials: ReadCredentials,
        now: Callable[[], datetime],
        remember: Remember = remember_nothing,
        contract: ContractAccess | None = None,
        mailboxes: MailboxReports | None = None,
    ) -> None:
        self._session = Session(login, read_credentials, now, remember)
        self._graph = graph
        self._contract = contract
        self._mailboxes = mailboxes
        self._now = now

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        """The tenant's snapshot, read now; Unknown with the next step for everything else."""
        try:
            return await self._read(tenant_id, keep)
        except Retry as error:
            return explain_silence(error)
        except Misconfigured as error:
            return Unknown(UnknownReason.SIGN_IN_REFUSED, str(error))

    async def _read(self, tenant_id: str, keep: KeepRaw) -> Reading[Snapshot]:
        graph = self._sign(self._graph, tenant_id, keep)
        parts = await read_parts(graph)
        if isinstance(parts, Unknown):
            return parts
        snapshot = make_snapshot(tenant_id, self._now(), parts.value)
        if isinstance(snapshot, Known) and self._contract is not None:
            snapshot = await self._add_contract(snapshot.value, self._contract, keep)
        if isinstance(snapshot, Known) and self._mailboxes is not None:
            mailboxes = await read_mailboxes(graph, self._mailboxes)
            return Known(replace(snapshot.value, mailboxes=mailboxes))
        return snapshot

    async def _add_contract(self, snapshot: Snapshot, contract: ContractAccess, keep: KeepRaw) -> Reading[Snapshot]:
        partner_center = PartnerCenter(self._sign(contract.client, contract.partner_tenant_id, keep))
        rows = await partner_center.list_subscriptions(snapshot.tenant_id)
        if isinstance(rows, Unknown):
            return rows
        made = make_contract(rows.value, snapshot.subscriptions, contract.partner_tenant_id)
        if isinstance(made, Unknown):
            return made
        return Known(replace(snapshot, partner_subscriptions=made.value))

    def _sign(self, web: WebClient, tenant_id: str, keep: KeepRaw) -> SignedClient:
        return SignedClient(web, partial(self._session.open, Door(tenant_id, web.origin)), keep)


@dataclass(frozen=True, slots=True)
class DirectReader:
    """Reads the one tenant that let the application in, and no other."""

    tenant_id: str
    name: str
    reader: LicenceReader


class LicencesByAccount:
    """Reads every tenant through the partner account that reaches it, or as the application that it let in."""

    def __init__(self, partners: Mapping[str, LicenceReader], direct: Mapping[str, DirectReader] | None = None) -> None:
        """Both by the id that a customer names. A direct tenant is never the first account: it opens itself only."""
        self._partners = partners
        self._direct = direct or {}

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        """The tenant's snapshot through the named account; through the first partner account where none is named."""
        direct = None if account_id is None else self._direct.get(account_id)
        if direct is not None:
            return await self._read_direct(direct, tenant_id, keep)
        if not self._partners:
            sentence = "No Microsoft partner account is connected. Connect one under Connections."
            return Unknown(UnknownReason.SIGN_IN_REFUSED, sentence)
        name = next(iter(self._partners)) if account_id is None else account_id
        reader = self._partners.get(name)
        if reader is None:
            sentence = f"The Microsoft account {name} is no longer connected. Connect it, or choose another one."
            return Unknown(UnknownReason.SIGN_IN_REFUSED, sentence)
        return await reader.read_tenant(tenant_id, name, keep)

    async def _read_direct(self, direct: DirectReader, tenant_id: str, keep: KeepRaw) -> Reading[Snapshot]:
        if direct.tenant_id.lower() != tenant_id.lower():
            sentence = f"{direct.name} let us read its own tenant only. Choose the account that reaches this customer."
            return Unknown(UnknownReason.ACCESS_DENIED, sentence)
        return await direct.reader.read_tenant(tenant_id, None, keep)
