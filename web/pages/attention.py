"""Who needs a person, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from plans.approvals import HeldLine
from plans.changes import HoldRule
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.billing import Customer
from profiles.microsoft_rights import PRECONSENT_ADVICE
from profiles.readings import UnknownReason
from web.pages.aftermath import Aftermath
from web.pages.names import (
    name_customer,
    write_account_address,
    write_approvals_address,
    write_customer_address,
    write_direct_address,
    write_tenants_address,
    write_waiting_address,
)
from web.pages.view import Need, Tone
from web.wording import (
    CHECK_ACCESS,
    DECIDE,
    LET_IN,
    LOOK_AT_READING,
    LOOK_AT_WAITING,
    end_sentence,
    hide_ids,
    join,
    write_number_of,
    write_short_day,
)

NOT_READ = "The tenant was not read."
NOT_WRITTEN = "The change was planned and not written in this run. The next night plans it afresh."
NO_REASON = "The records of this run give no reason."
NOT_LET_IN = (
    "The application is not let into these tenants yet: no new app registration is. Partner Center lets it in for you, "
    "so that nobody has to sign in there."
)
UNKNOWN_CUSTOMERS = "/customers?state=unknown"
# What the access of an account mends; anything else passes, or is looked at in the customer.
NO_ACCESS = frozenset({UnknownReason.SIGN_IN_REFUSED, UnknownReason.ACCESS_DENIED, UnknownReason.TENANT_GONE})
MANY_ALIKE, MOST_NAMES = 3, 4
NO_CUSTOMERS: Mapping[str, Customer] = MappingProxyType({})


class NeedKind(StrEnum):
    """Why a person is needed, worst first."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    PARKED = "parked"
    HELD = "held"


KIND_OF_STATE = {
    CustomerState.FAILED: NeedKind.FAILED,
    CustomerState.PARKED: NeedKind.PARKED,
    CustomerState.HELD: NeedKind.HELD,
}
WORDS = {
    NeedKind.FAILED: ("Failed", Tone.BAD),
    NeedKind.UNKNOWN: ("Unknown", Tone.LOOK),
    NeedKind.PARKED: ("Parked", Tone.LOOK),
    NeedKind.HELD: ("Held", Tone.LOOK),
}
ORDER = {kind: place for place, kind in enumerate(NeedKind)}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason why one customer needs a person. `reason` says why its tenant could not be read, where Microsoft said.

    `is_decided`: a person refused the held change. It stands until the count is another one, and asks for nothing.
    """

    customer_id: str
    tenant_id: str
    kind: NeedKind
    sentence: str
    reason: UnknownReason | None = None
    is_decided: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """What one customer needs a person for, of one kind. `customer_id` is empty where the customer is gone.

    `alike` are the names of several customers that could not be read for one and the same reason: one case for all.
    """

    customer_id: str
    customer_name: str
    troubles: tuple[Trouble, ...]
    since: date
    alike: tuple[str, ...] = ()

    @property
    def kind(self) -> NeedKind:
        """Why the person is needed."""
        return self.troubles[0].kind


def find_customers_in_need(tenants: Sequence[TenantResult], aftermath: Aftermath) -> frozenset[str]:
    """The ids of the customers that need a person."""
    return frozenset(trouble.customer_id for trouble in find_troubles(tenants, aftermath) if not trouble.is_decided)


def find_troubles(tenants: Sequence[TenantResult], aftermath: Aftermath) -> list[Trouble]:
    """Every reason in a run. In one that is open, what is still to be read or written is no trouble yet."""
    troubles: list[Trouble] = []
    for tenant in tenants:
        if tenant.state is TenantState.UNKNOWN or (aftermath.is_closed and tenant.state is TenantState.QUEUED):
            sentence = tenant.sentence or NOT_READ
            troubles += [
                Trouble(each, tenant.tenant_id, NeedKind.UNKNOWN, sentence, tenant.reason)
                for each in tenant.customer_ids
            ]
        for agreement in tenant.agreements:
            troubles += find_reasons(agreement, tenant.tenant_id, aftermath)
    return troubles


def find_reasons(agreement: AgreementResult, tenant_id: str, aftermath: Aftermath) -> Iterator[Trouble]:
    """Why one agreement needs a person: by its plan, by the night, by its push, or because it was never pushed."""

    def name(kind: NeedKind, sentence: str) -> Trouble:
        return Trouble(agreement.customer_id, tenant_id, kind, sentence)

    if agreement.state in (CustomerState.FAILED, CustomerState.PARKED):
        for sentence in list_unexplained(agreement) or (NO_REASON,):
            yield name(KIND_OF_STATE[agreement.state], sentence)
    if not agreement.is_observed:
        for line in (*agreement.held, *aftermath.held_lines(agreement)):
            yield tell_hold(agreement.customer_id, tenant_id, line)
        if agreement.state is CustomerState.HELD and not agreement.held:
            yield name(NeedKind.HELD, NO_REASON)
    push = aftermath.push_of(agreement.plan_hash)
    if push is not None and agreement.change_count and push.state in KIND_OF_STATE:
        for sentence in push.sentences or (NO_REASON,):
            yield name(KIND_OF_STATE[push.state], sentence)
    if aftermath.is_unwritten(agreement):
        yield name(NeedKind.FAILED, NOT_WRITTEN)


def tell_hold(customer_id: str, tenant_id: str, line: HeldLine) -> Trouble:
    """A held line, and whether a person has decided about it already."""
    is_decided = line.rule is HoldRule.REFUSED
    return Trouble(customer_id, tenant_id, NeedKind.HELD, line.sentence, is_decided=is_decided)


def list_unexplained(agreement: AgreementResult) -> tuple[str, ...]:
    """Why lines are parked, or why nothing of the agreement could be planned."""
    return tuple(line.sentence for line in agreement.parked) if agreement.plan_hash else agreement.sentences


def list_cases(
    troubles: Sequence[Trouble], customers: Mapping[str, Customer], needed_since: Mapping[str, date], today: date
) -> list[Case]:
    """One case per customer and kind, oldest first, then worst first, then by name. What a person refused is none."""
    by_customer: dict[tuple[str, NeedKind], list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        if not trouble.is_decided:
            by_customer[trouble.customer_id, trouble.kind].append(trouble)
    cases = [
        Case(
            customer_id if customer_id in customers else "",
            name_customer(customers, customer_id),
            tuple(own),
            needed_since.get(customer_id, today),
        )
        for (customer_id, _), own in by_customer.items()
    ]
    return sorted(group_alike(cases), key=lambda case: (case.since, ORDER[case.kind], case.customer_name.casefold()))


def count_customers(cases: Sequence[Case]) -> int:
    """How many customers all of them are about."""
    return len({trouble.customer_id for case in cases for trouble in case.troubles})


def group_alike(cases: Sequence[Case]) -> Iterator[Case]:
    """The cases, those of many customers that could not be read for the same reason as one."""
    by_reason: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_reason[find_shared_reason(case)].append(case)
    for reason, own in by_reason.items():
        if not reason or len(own) < MANY_ALIKE:
            yield from own
            continue
        names = tuple(sorted((case.customer_name for case in own), key=str.casefold))
        said = NOT_LET_IN if reason == PRECONSENT_ADVICE else reason
        told = tuple(replace(trouble, sentence=said) for case in own for trouble in case.troubles[:1])
        name = write_number_of(len(own), "customer")
        yield Case("", name, told, min(case.since for case in own), names)


def find_shared_reason(case: Case) -> str:
    """Why the tenant of a customer could not be read; empty where it was."""
    if case.kind is not NeedKind.UNKNOWN:
        return ""
    sentence = hide_ids(case.troubles[0].sentence, case.troubles[0].tenant_id)
    return PRECONSENT_ADVICE if PRECONSENT_ADVICE in sentence else sentence


def make_need(
    case: Case, today: date, customers: Mapping[str, Customer] = NO_CUSTOMERS, accounts: Sequence[str] = ()
) -> Need:
    """The words for one case. `accounts` are the ids of partner accounts, that of customers that name none first."""
    word, tone = WORDS[case.kind]
    sentences = [hide_ids(trouble.sentence, trouble.tenant_id) for trouble in case.troubles]
    if case.alike:
        sentences.append(name_some(case.alike))
    return Need(
        case.customer_id,
        case.customer_name,
        word,
        tone,
        tuple(dict.fromkeys(sentences)),
        write_since(case.since, today),
        find_next_click(case, customers, accounts),
        UNKNOWN_CUSTOMERS if case.alike else "",
    )


def find_next_click(case: Case, customers: Mapping[str, Customer], accounts: Sequence[str]) -> tuple[str, str] | None:
    """Where a person puts it right, and the words that lead there; None where no single page does."""
    customer = customers.get(case.troubles[0].customer_id)
    match case.kind:
        case _ if customer is None:
            return None
        case NeedKind.HELD:
            return DECIDE, write_approvals_address(customer.id)
        case NeedKind.UNKNOWN:
            return lead_to_reading(case, customer, accounts)
        case NeedKind.PARKED | NeedKind.FAILED:
            return LOOK_AT_WAITING, write_waiting_address(customer.id)


def lead_to_reading(case: Case, customer: Customer, accounts: Sequence[str]) -> tuple[str, str] | None:
    """Where what keeps a tenant from being read is mended: the access of the account that reads it, else the customer
    itself, who is read again there."""
    trouble = case.troubles[0]
    account = customer.partner_account_id or next(iter(accounts), "")
    if account in accounts and (NOT_LET_IN in trouble.sentence or PRECONSENT_ADVICE in trouble.sentence):
        return LET_IN, write_tenants_address(account)
    if trouble.reason in NO_ACCESS and account:
        is_partner = account in accounts
        return CHECK_ACCESS, write_account_address(account) if is_partner else write_direct_address(account)
    return None if case.alike else (LOOK_AT_READING, write_customer_address(customer.id))


def name_some(names: Sequence[str]) -> str:
    """Alder, Birch, Cedar and 23 more."""
    shown = list(names[:MOST_NAMES])
    left = len(names) - len(shown)
    return end_sentence(join([*shown, f"{left:,} more"]) if left else join(shown))


def write_since(since: date, today: date) -> str:
    """Since when it waits."""
    return "Since last night" if since >= today else f"Since {write_short_day(since)}"
