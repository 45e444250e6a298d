"""Who needs a person, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from plans.results import AgreementResult, PushResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.billing import Customer
from web.pages.names import name_customer
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


def find_customers_in_need(
    tenants: Sequence[TenantResult], pushes: Sequence[PushResult], *, is_closed: bool
) -> frozenset[str]:
    """The ids of the customers that need a person."""
    return frozenset(trouble.customer_id for trouble in find_troubles(tenants, pushes, is_closed=is_closed))


def find_troubles(tenants: Sequence[TenantResult], pushes: Sequence[PushResult], *, is_closed: bool) -> list[Trouble]:
    """Every reason in a run. In one that is open, what is still to be read or written is no trouble yet."""
    ended = {push.plan_hash: push for push in pushes}
    troubles: list[Trouble] = []
    for tenant in tenants:
        if tenant.state is TenantState.UNKNOWN or (is_closed and tenant.state is TenantState.QUEUED):
            sentence = tenant.sentence or NOT_READ
            troubles += [Trouble(each, tenant.tenant_id, NeedKind.UNKNOWN, sentence) for each in tenant.customer_ids]
        for agreement in tenant.agreements:
            reasons = find_reasons(agreement, ended.get(agreement.plan_hash), is_closed=is_closed)
            troubles += [Trouble(agreement.customer_id, tenant.tenant_id, kind, each) for kind, each in reasons]
    return troubles


def find_reasons(
    agreement: AgreementResult, push: PushResult | None, *, is_closed: bool
) -> Iterator[tuple[NeedKind, str]]:
    """Why one agreement needs a person: by its plan, by its push, or because it was never pushed."""
    if agreement.state in KIND_OF_STATE:
        for sentence in agreement.sentences or (NO_REASON,):
            yield KIND_OF_STATE[agreement.state], sentence
    if agreement.change_count == 0:
        return
    if push is not None and push.state in KIND_OF_STATE:
        for sentence in push.sentences or (NO_REASON,):
            yield KIND_OF_STATE[push.state], sentence
    if push is None and is_closed:
        yield NeedKind.FAILED, NOT_WRITTEN


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
    return Need(case.customer_id, case.customer_name, word, tone, words, write_since(case.since, today))


def write_since(since: date, today: date) -> str:
    """Since when it waits; nothing for what is new."""
    return "New" if since >= today else f"Since {write_short_day(since)}"
