"""Who needs a person, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.billing import Customer
from web.pages.aftermath import Aftermath
from web.pages.names import name_customer, write_approvals_address
from web.pages.view import Need, Tone
from web.wording import hide_ids, write_short_day

NOT_READ = "The tenant was not read."
NOT_WRITTEN = "The change was planned and not written in this run. The next night plans it afresh."
NO_REASON = "The records of this run give no reason."


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
    """One reason why one customer needs a person."""

    customer_id: str
    tenant_id: str
    kind: NeedKind
    sentence: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything for which one customer needs a person. `customer_id` is empty where the customer is gone."""

    customer_id: str
    customer_name: str
    troubles: tuple[Trouble, ...]
    since: date

    @property
    def kind(self) -> NeedKind:
        """The worst of its reasons."""
        return min((trouble.kind for trouble in self.troubles), key=ORDER.__getitem__)


def find_customers_in_need(tenants: Sequence[TenantResult], aftermath: Aftermath) -> frozenset[str]:
    """The ids of the customers that need a person."""
    return frozenset(trouble.customer_id for trouble in find_troubles(tenants, aftermath))


def find_troubles(tenants: Sequence[TenantResult], aftermath: Aftermath) -> list[Trouble]:
    """Every reason in a run. In one that is open, what is still to be read or written is no trouble yet."""
    troubles: list[Trouble] = []
    for tenant in tenants:
        if tenant.state is TenantState.UNKNOWN or (aftermath.is_closed and tenant.state is TenantState.QUEUED):
            sentence = tenant.sentence or NOT_READ
            troubles += [Trouble(each, tenant.tenant_id, NeedKind.UNKNOWN, sentence) for each in tenant.customer_ids]
        for agreement in tenant.agreements:
            troubles += [
                Trouble(agreement.customer_id, tenant.tenant_id, kind, sentence)
                for kind, sentence in find_reasons(agreement, aftermath)
            ]
    return troubles


def find_reasons(agreement: AgreementResult, aftermath: Aftermath) -> Iterator[tuple[NeedKind, str]]:
    """Why one agreement needs a person: by its plan, by the night, by its push, or because it was never pushed."""
    if agreement.state in (CustomerState.FAILED, CustomerState.PARKED):
        for sentence in list_unexplained(agreement) or (NO_REASON,):
            yield KIND_OF_STATE[agreement.state], sentence
    if not agreement.is_observed:
        for line in (*agreement.held, *aftermath.held_lines(agreement)):
            yield NeedKind.HELD, line.sentence
        if agreement.state is CustomerState.HELD and not agreement.held:
            yield NeedKind.HELD, NO_REASON
    push = aftermath.push_of(agreement.plan_hash)
    if push is not None and agreement.change_count and push.state in KIND_OF_STATE:
        for sentence in push.sentences or (NO_REASON,):
            yield KIND_OF_STATE[push.state], sentence
    if aftermath.is_unwritten(agreement):
        yield NeedKind.FAILED, NOT_WRITTEN


def list_unexplained(agreement: AgreementResult) -> tuple[str, ...]:
    """Why lines are parked, or why nothing of the agreement could be planned."""
    return tuple(line.sentence for line in agreement.parked) if agreement.plan_hash else agreement.sentences


def list_cases(
    troubles: Sequence[Trouble], customers: Mapping[str, Customer], needed_since: Mapping[str, date], today: date
) -> list[Case]:
    """One case per customer, oldest first, then worst first, then by name."""
    by_customer: dict[str, list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        by_customer[trouble.customer_id].append(trouble)
    cases = [
        Case(
            customer_id if customer_id in customers else "",
            name_customer(customers, customer_id),
            tuple(own),
            needed_since.get(customer_id, today),
        )
        for customer_id, own in by_customer.items()
    ]
    return sorted(cases, key=lambda case: (case.since, ORDER[case.kind], case.customer_name.casefold()))


def make_need(case: Case, today: date) -> Need:
    """The words for one case."""
    word, tone = WORDS[case.kind]
    sentences = [hide_ids(trouble.sentence, trouble.tenant_id) for trouble in case.troubles]
    words = tuple(dict.fromkeys(sentences))
    is_held = any(trouble.kind is NeedKind.HELD for trouble in case.troubles)
    decides = write_approvals_address(case.customer_id) if is_held and case.customer_id else ""
    return Need(case.customer_id, case.customer_name, word, tone, words, write_since(case.since, today), decides)


def write_since(since: date, today: date) -> str:
    """Since when it waits; nothing for what is new."""
    return "New" if since >= today else f"Since {write_short_day(since)}"
