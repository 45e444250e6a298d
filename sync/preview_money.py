"""What planned writes cost: the forecast of the next invoice with and without them (billing rules, 10). Pure."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Agreement, price_new
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.forecast import NoForecast, add_month, find_doubt, forecast_invoice, is_charged, spread
from plans.invoices import place_starts
from plans.ledger import cover_addition, effect_of
from plans.plan import AgreementPlan, LinePlan
from plans.timeline import Timeline, combine
from profiles.periods import Grid
from sync.summaries import price_month

NOTHING = Decimal("0.00")
NO_PRICE_YET = "The PSA shows no price for a product that would be added, so the money cannot be forecast."
NOT_READ = "The addition that would change was not found in the PSA's answer, so the money cannot be forecast."


@dataclass(frozen=True, slots=True)
class MoneyMoved:
    """How much more is billed, less where negative: on the next invoice of each agreement, by its day where that is
    known, and in every whole month after it. None where it cannot be told, and `missing` says why.
    """

    next_invoice: Decimal | None
    per_month: Decimal | None
    next_invoice_on: date | None = None
    missing: tuple[str, ...] = ()


NOTHING_MOVES = MoneyMoved(NOTHING, NOTHING)


def add_money(parts: Sequence[MoneyMoved]) -> MoneyMoved:
    """Several agreements together; the day only where it is one."""
    days = {part.next_invoice_on for part in parts}
    return MoneyMoved(
        next_invoice=add_known([part.next_invoice for part in parts]),
        per_month=add_known([part.per_month for part in parts]),
        next_invoice_on=days.pop() if len(days) == 1 else None,
        missing=tuple(dict.fromkeys(sentence for part in parts for sentence in part.missing)),
    )


def add_known(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The sum; None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, NOTHING) if len(known) == len(amounts) else None


def weigh_changes(
    agreement: Agreement,
    changes: Sequence[Change],
    created: Mapping[str, date | None],
    prices: Mapping[str, Decimal],
) -> MoneyMoved:
    """What the writes on one agreement move.

    `created` is P as it was when an addition of ours was made, by its id (`plans.invoices.place_starts`). `prices` are
    the PSA's own, by product, for what is made without a price of ours.
    """
    starts = place_starts(agreement, {}, created)
    before = forecast_invoice(agreement, starts)
    changed = replace(agreement, additions=apply_changes(agreement, changes, prices))
    after = forecast_invoice(changed, starts | find_starts(changes))
    if isinstance(before, NoForecast) or isinstance(after, NoForecast):
        sentence = before.sentence if isinstance(before, NoForecast) else f"Agreement {agreement.id} has no forecast."
        return MoneyMoved(None, None, missing=(sentence,))
    missing = list_unpriced(agreement, changed, changes)
    if missing:
        return MoneyMoved(None, None, after.next_invoice_on, missing)
    day = max([before.period.start, *(effect_of(each)[0] for each in changes)])
    per_month = price_whole_month(changed, before.grid, day) - price_whole_month(agreement, before.grid, day)
    return MoneyMoved(after.amount - before.amount, per_month, after.next_invoice_on)


def price_whole_month(agreement: Agreement, grid: Grid, day: date) -> Decimal:
    """What the agreement's additions cost in a whole month from the period of a day on: what begins after the period of
    the next invoice is not in the forecast's own month."""
    facts, period = agreement.facts, grid.period_of(day)
    is_over = not facts.is_active or (facts.ends_on is not None and facts.ends_on < period.start)
    return NOTHING if is_over else add_month(spread(agreement.additions), period, grid.months)


def list_unpriced(agreement: Agreement, changed: Agreement, changes: Sequence[Change]) -> tuple[str, ...]:
    """Why nobody can tell what the writes cost, a sentence each: what an addition costs is unknown before or after, and
    they make it or change what it bills. What they leave as it is moves no money, whatever it costs.
    """
    standing = {each.id: each for each in agreement.additions}
    made = {each.id: each for each in changed.additions}
    found: dict[str, None] = {}
    for name, now in made.items():
        before = standing.get(name)
        if before is None and find_cost_doubt(now) is not None:
            found[NO_PRICE_YET] = None
        if before is not None and list_cost_facts(before) != list_cost_facts(now):
            doubt = find_cost_doubt(before) or find_cost_doubt(now)
            if doubt is not None:
                found[f"{doubt.removesuffix('.')}, so the money cannot be forecast."] = None
    if any(isinstance(each, AdjustUnits) and name_adjusted(each) not in made for each in changes):
        found[NOT_READ] = None
    return tuple(found)


def find_cost_doubt(addition: Addition) -> str | None:
    """Why nobody can tell what an addition costs on any of its days; None where it can be told, or costs nothing."""
    spans = (addition, *spread((addition,)))
    return next((doubt for each in spans if is_charged(each) and (doubt := find_doubt(each)) is not None), None)


def list_cost_facts(addition: Addition) -> tuple[object, ...]:
    """All that tells what an addition costs, and when."""
    days = (addition.effective_on, addition.cancelled_on, addition.days)
    return (addition.quantity, addition.included, addition.unit_price, addition.billable_option, *days)


def name_adjusted(change: AdjustUnits) -> str:
    """The addition whose units are adjusted, by its id, or by the key of the write that makes it."""
    return change.addition_id or change.made_by


def apply_changes(
    agreement: Agreement, changes: Sequence[Change], prices: Mapping[str, Decimal]
) -> tuple[Addition, ...]:
    """The agreement's additions once the writes are made."""
    additions = {addition.id: addition for addition in agreement.additions}
    for change in changes:
        match change:
            case CreateAddition():
                additions[change.key] = make_addition(agreement, change, prices)
            case SetAddition(before=old, after=new):
                additions[old.id] = new
            case AdjustUnits():  # pragma: no branch - there is no other change
                name = name_adjusted(change)
                standing = additions.get(name)
                if standing is not None:
                    days = combine(cover_addition(standing), effect_of(change)[1], operator.add)
                    price = standing.unit_price if change.unit_price is None else change.unit_price
                    adjusted = replace(standing, quantity=Decimal(days.final), days=days, unit_price=price)
                    additions[name] = adjusted
    return tuple(additions.values())


def make_addition(agreement: Agreement, change: CreateAddition, prices: Mapping[str, Decimal]) -> Addition:
    """The addition as the PSA would have it: at our price, else at that of its catalog."""
    price = price_new(agreement, change.product_id, prices) if change.unit_price is None else change.unit_price
    return Addition(
        id=change.key,
        product_id=change.product_id,
        quantity=Decimal(change.quantity),
        effective_on=change.effective_on,
        cancelled_on=change.ends_on,
        days=Timeline() if change.is_empty else None,
        billable_option=change.billable_option,
        key=change.key,
        unit_price=price,
    )


def find_starts(changes: Sequence[Change]) -> dict[str, date]:
    """The first day that no invoice has billed, of what would be made."""
    return {change.key: change.effective_on for change in changes if isinstance(change, CreateAddition)}


def weigh_scheduled(plan: AgreementPlan, line: LinePlan) -> MoneyMoved:
    """What a change costs a month that is right and not writable yet; the next invoice does not see it."""
    last = max(line.scheduled, key=lambda each: each.takes_effect_on)
    per_month = price_month(plan, last.quantity - line.quantity_billed, line.unit_price)
    is_unknown = line.unit_price is None
    missing = ("The PSA shows no price for this product, so the money cannot be forecast.",) if is_unknown else ()
    return MoneyMoved(NOTHING, per_month, missing=missing)
