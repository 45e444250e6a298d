"""Alerts that need no night: what waits in lists, what ends on a day, a night that did not come. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from plans.alerts.alert import (
    AddCustomer,
    Alert,
    AlertKind,
    ConfirmRemoval,
    DecideHold,
    LookAtRun,
    RenewAccount,
    SettleCredits,
    Severity,
)
from plans.alerts.expiries import Expiry
from plans.alerts.tenants import count
from plans.approvals import OpenHold, OpenProposal
from plans.changes import CreditProposal, HoldRule
from plans.names import is_visible
from profiles.billing import Customer
from profiles.exclusions import Exclusion, TenantExclusion
from profiles.partners import ActiveGdap, LapsedGdap, PartnerReading, is_unlisted
from profiles.periods import write_short_day

LONGEST_WITHOUT_NIGHT = timedelta(hours=26)
# A refresh token that nobody uses ends after 90 days (Microsoft Entra docs, refresh-tokens).
SIGN_IN_LASTS = timedelta(days=90)
NOTICES = (30, 14, 7)
MOST_STRETCHES = 3


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """What the lists say at `now` (aware). `customers` are all there are, by id.

    `readings` are the newest of every partner account that is connected. `last_night_at` is when the newest night began
    of those that ended, None where none ever did. `sku_ids` are the licences of the lines that wait, by mapping.
    """

    now: datetime
    zone: ZoneInfo
    customers: Mapping[str, Customer]
    holds: Sequence[OpenHold]
    proposals: Sequence[OpenProposal]
    exclusions: Sequence[Exclusion] = ()
    readings: Sequence[PartnerReading] = ()
    expiries: Sequence[Expiry] = ()
    last_night_at: datetime | None = None
    sku_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The MSP's day."""
        return self.now.astimezone(self.zone).date()


def find_held(facts: StandingFacts) -> Iterator[Alert]:
    """A line that a brake stopped (billing rules, 9). One whose count is in doubt is told as that; of one that a person
    refused it is good to know that it stands, until its count is another one or its invoice is near."""
    for hold in facts.holds:
        if hold.line.rule is not HoldRule.COUNT_MISMATCH:
            is_decided = hold.line.rule is HoldRule.REFUSED
            yield Alert(
                kind=AlertKind.HELD,
                thing=(hold.customer_id, hold.line.mapping_id),
                subject=hold.customer_id,
                sentence=hold.line.sentence,
                step=name_step(hold),
                target=DecideHold(hold.id),
                severity=Severity.KNOW if is_decided else Severity.NOW,
                customer_id=hold.customer_id,
                customer_name=hold.customer_name,
                tenant_id=find_tenant(facts.customers, hold.customer_id),
                sku_id=facts.sku_ids.get(hold.line.mapping_id, ""),
                licence_name=hold.line.licence_name,
                monthly=hold.line.monthly,
                seats=hold.line.quantity_after - hold.line.quantity_before,
            )


def name_step(hold: OpenHold) -> str:
    """What to do about it: where the product is billed already, approving it is the last thing to do, and where no
    approval helps its sentence says what does."""
    if not hold.line.line_hash:
        return "See what it waits for"
    match hold.line.rule:
        case HoldRule.UNADOPTED_ADDITION:
            return "Adopt what is there, or refuse"
        case HoldRule.REFUSED:
            return "Approve it, if it is wanted after all"
        case _:
            return "Approve or refuse it"


def find_tenant(customers: Mapping[str, Customer], customer_id: str) -> str:
    """The tenant of a customer; empty where it is gone."""
    customer = customers.get(customer_id)
    return "" if customer is None else customer.tenant_id


def find_credit_proposals(facts: StandingFacts) -> Iterator[Alert]:
    """Money that only a person can give back (billing rules, 3): of a line, what begins in one month is one thing, for
    its days and seats move from night to night."""
    by_month: dict[tuple[str, str, str], list[OpenProposal]] = defaultdict(list)
    for each in facts.proposals:
        if each.settled_by is None:
            month = f"{each.line.proposal.start:%Y-%m}"
            by_month[each.customer_id, each.line.mapping_id, month].append(each)
    for thing, own in by_month.items():
        first, amounts = own[0], [each.line.proposal.amount for each in own]
        known = [amount for amount in amounts if amount is not None]
        yield Alert(
            kind=AlertKind.CREDIT_PROPOSAL,
            thing=thing,
            subject=first.customer_id,
            sentence=describe_proposals([each.line.proposal for each in own], len(known)),
            step="Give it back, and tick it off",
            target=SettleCredits(first.customer_name),
            severity=Severity.SOON,
            customer_id=first.customer_id,
            customer_name=first.customer_name,
            tenant_id=find_tenant(facts.customers, first.customer_id),
            sku_id=facts.sku_ids.get(first.line.mapping_id, ""),
            licence_name=first.line.licence_name,
            once=sum(known, Decimal(0)) if known else None,
        )


def describe_proposals(proposals: Sequence[CreditProposal], priced: int) -> str:
    """Which seats were invoiced on which days and not owed; their money stands beside it, with its currency."""
    said = [
        f"{count(each.seats, 'seat')} from {write_short_day(each.start)} through {write_short_day(each.last)}"
        for each in sorted(proposals, key=lambda each: (each.start, each.last))
    ]
    more = f"; and {len(said) - MOST_STRETCHES} more" if len(said) > MOST_STRETCHES else ""
    unknown = " The price of some is not known." if 0 < priced < len(said) else ""
    return f"Seats were invoiced and not owed: {'; '.join(said[:MOST_STRETCHES])}{more}.{unknown}"


def find_missed_night(facts: StandingFacts) -> Iterator[Alert]:
    """No night has ended for more than 26 hours (promise R12). Before the first one there is none to miss."""
    last = facts.last_night_at
    if last is not None and facts.customers and facts.now - last > LONGEST_WITHOUT_NIGHT:
        began = last.astimezone(facts.zone)
        yield Alert(
            kind=AlertKind.NIGHT_MISSED,
            thing=(),
            subject="",
            sentence=(
                f"The last night that ended began on {write_short_day(began.date())} at {began:%H:%M}; "
                "nothing was read since."
            ),
            step="Look at the runs, and at the function app",
            target=LookAtRun(),
            severity=Severity.NOW,
        )


def find_not_added(facts: StandingFacts) -> Iterator[Alert]:
    """A tenant that Microsoft lists for us, and that nobody added or excluded."""
    known = {customer.tenant_id.lower() for customer in facts.customers.values()}
    for reading in facts.readings:
        for tenant in reading.tenants:
            is_settled = tenant.tenant_id.lower() in known or is_tenant_excluded(facts.exclusions, tenant.tenant_id)
            if tenant.sources and not is_settled:
                known.add(tenant.tenant_id.lower())
                name = tenant.name if is_visible(tenant.name) else tenant.default_domain or tenant.tenant_id
                yield Alert(
                    kind=AlertKind.TENANT_NOT_ADDED,
                    thing=(tenant.tenant_id,),
                    subject=reading.account_id,
                    sentence=f"Microsoft lists {name} for us. Nobody reads what it has, so nobody bills it.",
                    step="Add it, or exclude it",
                    target=AddCustomer(name),
                    severity=Severity.SOON,
                    customer_name=name,
                    tenant_id=tenant.tenant_id,
                )


def is_tenant_excluded(exclusions: Sequence[Exclusion], tenant_id: str) -> bool:
    """Whether a person said that nothing of the tenant is billed."""
    return any(isinstance(each, TenantExclusion) and each.tenant_id.lower() == tenant_id.lower() for each in exclusions)


def find_removed(facts: StandingFacts) -> Iterator[Alert]:
    """A customer whose tenant its partner account lists no more; nothing is ended until a person confirms it."""
    by_account = {reading.account_id: reading for reading in facts.readings}
    first = next(iter(by_account), "")
    for customer in facts.customers.values():
        reading = by_account.get(customer.partner_account_id or first)
        if reading is not None and not customer.is_gone and is_unlisted(reading, customer.tenant_id):
            yield Alert(
                kind=AlertKind.TENANT_REMOVED,
                thing=(customer.id,),
                subject=reading.account_id,
                sentence=(
                    f"Microsoft lists {customer.name} for us no more. It goes on being billed as before until somebody "
                    "confirms that it has left."
                ),
                step="Confirm that it has left, or keep it",
                target=ConfirmRemoval(customer.id),
                severity=Severity.SOON,
                customer_id=customer.id,
                customer_name=customer.name,
                tenant_id=customer.tenant_id,
            )


def find_expiring_gdap(facts: StandingFacts) -> Iterator[Alert]:
    """Access to a customer's tenant that ends within a month and does not extend itself, or that has ended."""
    of_tenant = {customer.tenant_id.lower(): customer for customer in facts.customers.values()}
    for reading in facts.readings:
        for tenant in reading.tenants:
            customer = of_tenant.get(tenant.tenant_id.lower())
            gdap = tenant.gdap
            match gdap:
                case ActiveGdap(until) if customer is not None and gdap.expires_soon(facts.now):
                    left = (until.astimezone(facts.zone).date() - facts.today).days
                    said = f"Our access to {customer.name} ends {say_days(left)}, and does not extend itself."
                case LapsedGdap(ended_at) if customer is not None and is_lost(facts, reading, customer):
                    left = -1
                    ended = write_short_day(ended_at.astimezone(facts.zone).date())
                    said = f"Our access to {customer.name} ended on {ended}."
                case _:
                    continue
            yield Alert(
                kind=AlertKind.GDAP_EXPIRING,
                thing=(customer.id,),
                subject=reading.account_id,
                sentence=said,
                step="Ask the customer for a new relationship",
                target=RenewAccount(reading.account_id),
                severity=press(left),
                customer_id=customer.id,
                customer_name=customer.name,
                tenant_id=customer.tenant_id,
                stage=find_stage(left),
            )


def is_lost(facts: StandingFacts, reading: PartnerReading, customer: Customer) -> bool:
    """Whether a relationship that lapsed with an account is the customer's access: its tenant is read through that
    account, and has not left."""
    account_id = customer.partner_account_id or facts.readings[0].account_id
    reads = account_id == reading.account_id
    return reads and not customer.is_gone and not is_unlisted(reading, customer.tenant_id)


def find_expiring_secrets(facts: StandingFacts) -> Iterator[Alert]:
    """A client secret that ends within a month (promise S6)."""
    for expiry in facts.expiries:
        left = None if expiry.ends_on is None else (expiry.ends_on - facts.today).days
        if left is not None and left <= NOTICES[0]:
            yield make_account_alert(
                AlertKind.SECRET_EXPIRING,
                expiry,
                f"The client secret of {expiry.name} ends {say_days(left)}; then Microsoft refuses every reading.",
                "Store a new client secret",
                left,
            )


def find_expiring_tokens(facts: StandingFacts) -> Iterator[Alert]:
    """A partner account's sign-in that has not been used for so long that it ends within a month (microsoft.md 1.3).

    Each reading uses it and gets a new one, so this is about accounts that could not be read for two months.
    """
    read_at = {reading.account_id: reading.read_at for reading in facts.readings}
    for expiry in facts.expiries:
        used = [each for each in (read_at.get(expiry.account_id), expiry.consented_at) if each is not None]
        if not isinstance(expiry.place, RenewAccount) or not used:
            continue
        left = ((max(used) + SIGN_IN_LASTS).astimezone(facts.zone).date() - facts.today).days
        if left <= NOTICES[0]:
            yield make_account_alert(
                AlertKind.TOKEN_EXPIRING,
                expiry,
                f"The sign-in of {expiry.name} has not been used for long and ends {say_days(left)}.",
                "Sign the account in again",
                left,
            )


def make_account_alert(kind: AlertKind, expiry: Expiry, sentence: str, step: str, left: int) -> Alert:
    """An alert about an account or a direct tenant, of which something ends in so many days."""
    return Alert(
        kind=kind,
        thing=(expiry.place.kind, expiry.account_id),
        subject="",
        sentence=sentence,
        step=step,
        target=expiry.place,
        severity=press(left),
        stage=find_stage(left),
    )


def say_days(left: int) -> str:
    """When something ends that has so many days left."""
    match left:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case _:
            return f"in {left} days" if left > 0 else "now: its last day is over"


def find_stage(left: int) -> int:
    """How near the end is: 1 from 30 days on, 2 from 14, 3 from 7, 4 once it has ended (promise S6)."""
    return sum(left <= notice for notice in (*NOTICES, -1))


def press(left: int) -> Severity:
    """How much an end in so many days presses."""
    return Severity.NOW if left <= NOTICES[-1] else Severity.SOON


STANDING_KINDS: Mapping[AlertKind, Callable[[StandingFacts], Iterator[Alert]]] = {
    AlertKind.HELD: find_held,
    AlertKind.CREDIT_PROPOSAL: find_credit_proposals,
    AlertKind.NIGHT_MISSED: find_missed_night,
    AlertKind.TENANT_NOT_ADDED: find_not_added,
    AlertKind.TENANT_REMOVED: find_removed,
    AlertKind.GDAP_EXPIRING: find_expiring_gdap,
    AlertKind.SECRET_EXPIRING: find_expiring_secrets,
    AlertKind.TOKEN_EXPIRING: find_expiring_tokens,
}
# Of these one account tells nothing of the tenants of another.
BY_ACCOUNT = frozenset({AlertKind.TENANT_NOT_ADDED, AlertKind.TENANT_REMOVED, AlertKind.GDAP_EXPIRING})


def find_standing(facts: StandingFacts) -> list[Alert]:
    """Every alert of these kinds."""
    return [alert for find in STANDING_KINDS.values() for alert in find(facts)]
