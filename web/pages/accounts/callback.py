"""Where Microsoft sends a browser back to: the one GET that may change state, and what proves it (S3, S4)."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from starlette.requests import Request
from starlette.responses import Response

from plans.administration import Administration
from plans.connecting import DirectTenant, PartnerAccount
from plans.consent import ConsentPurpose, Granted, NotGranted
from plans.ports import Outside
from web.actions.asking import Actor
from web.actions.consenting import NO_ACCOUNT, NO_CODE, ConsentRefused, ProvenConsent, Returned, prove_consent
from web.pages.accounts.desk import BASE, AccountDesk, address_of, go_to
from web.pages.accounts.sending import forget_cookie

LONGEST_FIELD = 8192
TRUE = "true"


class CallbackPage:
    """GET /settings/connections/microsoft/callback."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk

    async def receive(self, request: Request) -> Response:
        """End a consent, or say in a sentence why it is none. The address is left at once: it holds the code."""
        _, administration, (accounts, tenants) = await self._desk.load(list_both)
        actor = self._desk.actor(request)
        query = request.query_params
        returned = Returned(query.getlist("state"), query.getlist("tenant"), dict(request.cookies))
        proven = await prove_consent(administration.pending_consents, returned, actor)
        if isinstance(proven, ConsentRefused):
            return self._refuse(request, proven.sentence)
        match proven.purpose:
            case ConsentPurpose.PARTNER:
                account = next((each for each in accounts if proven.fits(each)), None)
                if account is None:
                    answer = self._refuse(request, NO_ACCOUNT)
                else:
                    answer = await self._end_partner(request, administration, account, proven, actor)
            case ConsentPurpose.DIRECT:
                tenant = next((each for each in tenants if proven.fits(each)), None)
                if tenant is None:
                    answer = self._refuse(request, NO_ACCOUNT)
                else:
                    answer = await self._end_direct(request, administration, tenant, actor)
            case _:
                assert_never(proven.purpose)
        return forget_cookie(answer, proven.state, self._desk.callback)

    async def _end_partner(
        self,
        request: Request,
        administration: Administration,
        account: PartnerAccount,
        proven: ProvenConsent,
        actor: Actor,
    ) -> Response:
        code = read_one(request, "code")
        if not code:
            return self._refuse(request, read_refusal(request, administration), account)
        ending = await administration.consent.redeem(account, proven.redeem(code, self._desk.callback))
        if isinstance(ending, NotGranted):
            return self._refuse(request, ending.sentence, account)
        granted = replace(
            account,
            consented_by=actor.name,
            consented_at=actor.at,
            user_name=ending.user_name,
            has_mfa=ending.has_mfa,
        )
        await administration.connections.save_partner_account(granted, None)
        await self._desk.note(request, administration, "granted Microsoft's consent for", account, granted)
        await self._desk.ask_reading(request, administration, granted)
        return go_to(address_of(account), "granted")

    async def _end_direct(
        self, request: Request, administration: Administration, tenant: DirectTenant, actor: Actor
    ) -> Response:
        """What came back only claims a consent; reading the tenant proves it."""
        if read_one(request, "error") or read_one(request, "admin_consent").lower() != TRUE:
            return self._refuse(request, read_refusal(request, administration), tenant)
        ending = await administration.consent.try_direct(tenant)
        if isinstance(ending, NotGranted):
            return self._refuse(request, ending.sentence, tenant)
        assert isinstance(ending, Granted)  # noqa: S101 - the other kind was refused above
        granted = replace(tenant, consented_by=actor.name, consented_at=actor.at)
        await administration.connections.save_direct_tenant(granted, None)
        await self._desk.note(request, administration, "found Microsoft's consent for", tenant, granted)
        return go_to(address_of(tenant), "granted")

    def _refuse(
        self, request: Request, sentence: str, account: PartnerAccount | DirectTenant | None = None
    ) -> Response:
        back = BASE if account is None else address_of(account)
        return self._desk.page(request, "refused.html", 400, sentence=sentence, back=back, account=account)


async def list_both(
    _: Outside, administration: Administration
) -> tuple[tuple[PartnerAccount, ...], tuple[DirectTenant, ...]]:
    """Everything that a consent may be for."""
    connections = administration.connections
    return await connections.list_partner_accounts(), await connections.list_direct_tenants()


def read_one(request: Request, name: str) -> str:
    """A field of the address that came once; empty where it is missing, sent twice, or longer than any code."""
    found = request.query_params.getlist(name)
    return found[0] if len(found) == 1 and len(found[0]) <= LONGEST_FIELD else ""


def read_refusal(request: Request, administration: Administration) -> str:
    """Why Microsoft sent no consent."""
    error = read_one(request, "error")
    if not error:
        return NO_CODE
    return administration.consent.explain_refused(error, read_one(request, "error_description"))
