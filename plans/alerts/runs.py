"""Alerts that the rows of a run show: what was not read, planned or written, and what an invoice would lack. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from plans.alerts.alert import (
    Alert,
    AlertKind,
    CompleteInvoice,
    LetIn,
    LookAtCustomer,
    LookAtRun,
    RenewAccount,
    Severity,
    name_alert,
)
from plans.before_invoice import Gap, Missing
from plans.results import AgreementResult, PushResult, TenantResult
from plans.runs import CustomerState, TenantState, is_night
from profiles.billing import Customer
from profiles.microsoft_rights import PRECONSENT_ADVICE
from profiles.partners import ACCESS_REASONS, UnreadPartner
from profiles.periods import ONE_DAY, write_short_day

MOST_GAPS = 3
# What an invoice would lack of a line is told by itself as this.
OF_A_LINE = {Gap.HELD: AlertKind.HELD, Gap.PARKED: AlertKind.PARKED}
PRICED = "The money is what other customers pay for as many."


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run came to. `customers` are all there are, by id; `missing` is what the next invoices would lack;
    `known_prices` are those at which what nobody bills was last told, a seat a month by SKU id in lower case; `sku_ids`
    are the licences of the lines that are parked, by mapping."""

    run_id: str
    customers: Mapping[str, Customer]
    tenants: Sequence[TenantResult]
    pushes: Sequence[PushResult]
    missing: Sequence[Missing]
    unread_accounts: Sequence[UnreadPartner] = ()
    read_accounts: frozenset[str] = frozenset()
    known_prices: Mapping[str, Decimal] = field(default_factory=dict)
    sku_ids: Mapping[str, str] = field(default_factory=dict)

    def planned(self) -> Iterator[AgreementResult]:
        """What was planned of customers that are written."""
        for tenant in self.tenants:
            if tenant.state is TenantState.PLANNED:
                yield from (each for each in tenant.agreements if not each.is_observed)


def about(
    facts: RunFacts, kind: AlertKind, customer_id: str, thing: tuple[str, ...], sentence: str, step: str
) -> Alert:
    """An alert about a customer, to be refined by `replace`."""
    customer = facts.customers.get(customer_id)
    return Alert(
        kind=kind,
        thing=(customer_id, *thing),
        subject=customer_id,
        sentence=sentence,
        step=step,
        target=LookAtCustomer(customer_id),
        severity=Severity.NOW,
        customer_id=customer_id,
        customer_name=customer_id if customer is None else customer.name,
        tenant_id="" if customer is None else customer.tenant_id,
    )


def find_refused(facts: RunFacts) -> Iterator[Alert]:
    """What Microsoft refuses us; its sentence names the cause and the next step (microsoft.md 1.8)."""
    for account in facts.unread_accounts:
        if account.reason in ACCESS_REASONS:
            yield tell_account(account, AlertKind.INVALID_AUTHORISATION)
    for tenant, customer_id in list_unknown(facts):
        if tenant.reason in ACCESS_REASONS:
            refused = about(
                facts, AlertKind.INVALID_AUTHORISATION, customer_id, (), tenant.sentence, "Restore the access"
            )
            yield lead_to_access(facts, refused)


def lead_to_access(facts: RunFacts, refused: Alert) -> Alert:
    """The alert with where the access is restored: the partner account through which the tenant is read, or its
    tenants, where the application is not let in. The customer, where the run does not say which account that is.
    """
    accounts = facts.read_accounts | {each.account_id for each in facts.unread_accounts}
    customer = facts.customers.get(refused.customer_id)
    account = None if customer is None else customer.partner_account_id
    if account is None and len(accounts) == 1:
        (account,) = accounts
    if account is None or account not in accounts:
        return refused
    if PRECONSENT_ADVICE in refused.sentence:
        return replace(refused, step="Let the application in", target=LetIn(account))
    return replace(refused, step="Check consent and GDAP roles", target=RenewAccount(account))


def tell_account(account: UnreadPartner, kind: AlertKind) -> Alert:
    """A partner account that could not be read at all: every tenant behind it goes unread (microsoft.md 1.8)."""
    return Alert(
        kind=kind,
        thing=("account", account.account_id),
        subject=account.account_id,
        sentence=f"The partner account could not be read. {account.sentence}",
        step="Put the account right" if account.reason in ACCESS_REASONS else "Look at what the account says",
        target=RenewAccount(account.account_id),
        severity=Severity.NOW,
    )


def find_unread(facts: RunFacts) -> Iterator[Alert]:
    """What could not be read for another reason; it is heard of when a second night could not either."""
    for account in facts.unread_accounts:
        if account.reason not in ACCESS_REASONS:
            yield tell_account(account, AlertKind.UNKNOWN_READING)
    for tenant, customer_id in list_unknown(facts):
        if tenant.reason not in ACCESS_REASONS:
            said = tenant.sentence or "The last run has not read this customer."
            yield about(facts, AlertKind.UNKNOWN_READING, customer_id, (), said, "Look at what the run says")


def list_unknown(facts: RunFacts) -> Iterator[tuple[TenantResult, str]]:
    """Every customer that could not be read, with its tenant's row."""
    for tenant in facts.tenants:
        if tenant.state is not TenantState.PLANNED:
            yield from ((tenant, customer_id) for customer_id in tenant.customer_ids)


def find_parked(facts: RunFacts) -> Iterator[Alert]:
    """A line for which nothing is planned until a person looked."""
    for result in facts.planned():
        for line in result.parked:
            alert = about(
                facts, AlertKind.PARKED, result.customer_id, (line.mapping_id,), line.sentence, "Look at the line"
            )
            yield replace(alert, sku_id=facts.sku_ids.get(line.mapping_id, ""), licence_name=line.licence_name)


def find_failed(facts: RunFacts) -> Iterator[Alert]:
    """An agreement that could not be planned, or whose writes did not end well."""
    pushed = {push.plan_hash: push for push in facts.pushes}
    for result in facts.planned():
        push = pushed.get(result.plan_hash)
        if not result.plan_hash or result.state is CustomerState.FAILED:
            said = " ".join(result.sentences) or "The last run could not plan this agreement."
        elif push is not None and push.state in (CustomerState.FAILED, CustomerState.PARKED):
            said = " ".join(push.sentences) or "The records of the run give no reason."
        else:
            continue
        alert = about(facts, AlertKind.PUSH_FAILED, result.customer_id, (result.agreement_id,), said, "See the run")
        yield replace(alert, target=LookAtRun(facts.run_id))


def find_before_invoice(facts: RunFacts) -> Iterator[Alert]:
    """An invoice that is made within three days and would lack something (billing rules, 9)."""
    by_invoice: dict[tuple[str, str], list[Missing]] = defaultdict(list)
    for each in facts.missing:
        by_invoice[each.customer_id, each.agreement.agreement_id].append(each)
    for (customer_id, agreement_id), gaps in by_invoice.items():
        first = gaps[0].agreement
        shown = "; ".join(describe_gap(each) for each in gaps[:MOST_GAPS])
        more = f"; and {len(gaps) - MOST_GAPS} more" if len(gaps) > MOST_GAPS else ""
        said = (
            f"Agreement {first.name} is invoiced on {write_short_day(first.next_invoice_on)}, without: {shown}{more}."
        )
        alert = about(
            facts, AlertKind.BEFORE_INVOICE, customer_id, (agreement_id,), said, "Complete it before the invoice"
        )
        last_day = first.next_invoice_on - ONE_DAY
        lines = [name_alert(OF_A_LINE[each.gap], (customer_id, each.mapping_id)) for each in gaps if each.mapping_id]
        is_unmapped = any(each.gap is Gap.UNMAPPED for each in gaps)
        lacks = (*lines, *(list_unmapped(facts, customer_id) if is_unmapped else ()))
        yield replace(alert, target=CompleteInvoice(alert.customer_name), last_day=last_day, lacks=lacks)


def list_unmapped(facts: RunFacts, customer_id: str) -> Iterator[str]:
    """The alerts, by id, that tell of each licence of a customer that no profile bills."""
    for tenant in facts.tenants:
        found = (each for each in tenant.alerts if each.kind is AlertKind.NO_PROFILE)
        yield from (each.id for each in found if each.customer_id == customer_id)


def describe_gap(missing: Missing) -> str:
    """What is missing, in a few words."""
    words = {
        Gap.UNKNOWN: "what could not be read",
        Gap.HELD: "what is held",
        Gap.PARKED: "what is parked",
        Gap.SCHEDULED: "what is scheduled",
        Gap.UNMAPPED: "licences without a billing profile",
    }
    return f"{missing.licence_name} ({missing.gap.value})" if missing.licence_name else words[missing.gap]


def price_unbilled(facts: RunFacts) -> list[Alert]:
    """What the readings showed; what has no profile at the price at which most others are billed for a seat."""
    usual = choose_prices(facts)
    return [
        replace(alert, monthly=usual[alert.sku_id.lower()] * alert.seats, sentence=f"{alert.sentence} {PRICED}")
        if alert.kind is AlertKind.NO_PROFILE and alert.monthly is None and alert.sku_id.lower() in usual
        else alert
        for tenant in facts.tenants
        for alert in tenant.alerts
    ]


def choose_prices(facts: RunFacts) -> Mapping[str, Decimal]:
    """What a seat of each licence costs most customers. Only a night that read everybody has seen them all: one that
    did not keeps the prices known for what it has not seen, and a sync of a few customers moves none of them."""
    found = find_usual_prices(facts.tenants)
    if not is_night(facts.run_id):
        return {**found, **facts.known_prices}
    is_whole = all(tenant.state is TenantState.PLANNED for tenant in facts.tenants)
    return found if is_whole else {**facts.known_prices, **found}


def find_known_prices(alerts: Iterable[Alert]) -> dict[str, Decimal]:
    """The price of a seat at which licences without a profile are told, by SKU id in lower case."""
    return {
        alert.sku_id.lower(): alert.monthly / alert.seats
        for alert in alerts
        if alert.kind is AlertKind.NO_PROFILE and alert.monthly is not None and alert.seats
    }


def find_usual_prices(tenants: Sequence[TenantResult]) -> dict[str, Decimal]:
    """What a seat of a licence is billed for in a month most often; of two prices as frequent, the lower."""
    counted: dict[str, Counter[Decimal]] = defaultdict(Counter)
    for tenant in tenants:
        for sku_id, price in tenant.seat_prices:
            counted[sku_id.lower()][price] += 1
    return {sku_id: min(prices, key=lambda price: (-prices[price], price)) for sku_id, prices in counted.items()}


RUN_KINDS: Mapping[AlertKind, Callable[[RunFacts], Iterator[Alert]]] = {
    AlertKind.INVALID_AUTHORISATION: find_refused,
    AlertKind.UNKNOWN_READING: find_unread,
    AlertKind.PARKED: find_parked,
    AlertKind.PUSH_FAILED: find_failed,
    AlertKind.BEFORE_INVOICE: find_before_invoice,
}


def find_in_run(facts: RunFacts) -> list[Alert]:
    """Every alert of these kinds, and what the readings of its tenants showed."""
    found = [alert for find in RUN_KINDS.values() for alert in find(facts)]
    return [*found, *price_unbilled(facts)]
