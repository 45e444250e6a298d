"""Alerts that need no night: what waits in lists, what ends on a day, a night that did not come. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from plans.alerts.alert import Alert, AlertKind, DecideHold, SettleCredits, Severity
from plans.approvals import OpenHold, OpenProposal
from plans.changes import HoldRule
from profiles.billing import Customer


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """What the lists say at `now` (aware). `customers` are all there are, by id."""

    now: datetime
    zone: ZoneInfo
    customers: Mapping[str, Customer]
    holds: Sequence[OpenHold]
    proposals: Sequence[OpenProposal]

    @property
    def today(self) -> date:
        """The MSP's day."""
        return self.now.astimezone(self.zone).date()


def find_held(facts: StandingFacts) -> Iterator[Alert]:
    """A line that a brake stopped (billing rules, 9). One whose count is in doubt is told as that."""
    for hold in facts.holds:
        if hold.line.rule is not HoldRule.COUNT_MISMATCH:
            yield Alert(
                kind=AlertKind.HELD,
                thing=(hold.customer_id, hold.line.mapping_id),
                subject=hold.customer_id,
                sentence=hold.line.sentence,
                step="Approve or refuse it",
                target=DecideHold(hold.id),
                severity=Severity.NOW,
                customer_id=hold.customer_id,
                customer_name=hold.customer_name,
                tenant_id=find_tenant(facts.customers, hold.customer_id),
                licence_name=hold.line.licence_name,
                monthly=hold.line.monthly,
            )


def find_tenant(customers: Mapping[str, Customer], customer_id: str) -> str:
    """The tenant of a customer; empty where it is gone."""
    customer = customers.get(customer_id)
    return "" if customer is None else customer.tenant_id


def find_credit_proposals(facts: StandingFacts) -> Iterator[Alert]:
    """Money that only a person can give back (billing rules, 3)."""
    for each in facts.proposals:
        if each.settled_by is None:
            yield Alert(
                kind=AlertKind.CREDIT_PROPOSAL,
                thing=(each.id,),
                subject=each.customer_id,
                sentence=each.line.proposal.sentence,
                step="Give it back, and tick it off",
                target=SettleCredits(each.customer_name),
                severity=Severity.SOON,
                customer_id=each.customer_id,
                customer_name=each.customer_name,
                tenant_id=find_tenant(facts.customers, each.customer_id),
                licence_name=each.line.licence_name,
            )


STANDING_KINDS: Mapping[AlertKind, Callable[[StandingFacts], Iterator[Alert]]] = {
    AlertKind.HELD: find_held,
    AlertKind.CREDIT_PROPOSAL: find_credit_proposals,
}


def find_standing(facts: StandingFacts) -> list[Alert]:
    """Every alert of these kinds."""
    return [alert for find in STANDING_KINDS.values() for alert in find(facts)]
