"""What saving a changed billing profile would do to what is billed by it, shown before it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from urllib.parse import quote

from notify.wording import write_money
from plans.agreements import Agreement
from plans.edits import is_open
from plans.keys import belongs_to_line
from plans.ledger import count_seats
from plans.ports import CustomerOverview, Outside
from plans.repricing import BilledAddition, Effect, Effects, Step, Terms, find_effects, find_unusual
from plans.runs import Run, choose_shard
from profiles.billing import BillingProfile, Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.money import round_money
from web.pages.first_invoice import name_first_invoice
from web.pages.names import NAMELESS_CUSTOMER, write_addition_address
from web.pages.price_doubts import doubt_change, doubt_effects
from web.pages.recent_runs import list_recent_runs, select_standing_runs
from web.wording import BILLABLE_WORDS, clean, end_sentence, write_number_of, write_short_day

READS_AT_ONCE = 8
NOTHING_BILLED = "Nothing is billed by this profile yet. Save it like this?"
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a change would do. `unread` are mappings whose agreement no run has read; `observed` those of customers
    that nothing is written for; `names` are customers and licences for people, by mapping.
    """

    effects: Effects
    unusual: tuple[str, ...]
    names: Mapping[str, tuple[Customer, str]]
    unread: int = 0
    observed: int = 0

    @property
    def spelled(self) -> list[str]:
        """All of it, for telling whether it is still what somebody was shown."""
        moved = [
            (each.billed.mapping_id, each.billed.addition.id, each.seats, each.steps) for each in self.effects.effects
        ]
        waiting = [each.addition.id for each in self.effects.unforeseen]
        return [repr(each) for each in (*moved, *waiting, self.unread, self.unusual)]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing that is billed is touched, as far as anybody knows, and nothing looks wrong."""
        return not self.touches and not self.unusual

    @property
    def touches(self) -> bool:
        """Whether something that is billed is touched, or may be."""
        return bool(self.effects.effects or self.effects.unforeseen or self.unread)


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One addition. `then` are further steps, each in words."""

    customer: str
    customer_address: str
    licence: str
    agreement: str
    addition: str
    address: str
    seats: int
    before: str
    after: str
    day: str
    invoice: str
    monthly: str
    then: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EffectsView:
    """The page: a sentence, what is unusual, what cannot be told, the additions that move most, and the button."""

    headline: str
    unusual: tuple[str, ...]
    notes: tuple[str, ...]
    rows: tuple[EffectRow, ...]
    more: str
    button: str


async def foresee(
    outside: Outside,
    overviews: Sequence[CustomerOverview],
    before: BillingProfile,
    after: BillingProfile,
    catalogue: Mapping[str, Decimal],
) -> Foreseen:
    """What putting `after` in place of `before` would do, by what the newest runs read of the PSA. It writes nothing.

    `catalogue` are the PSA's own prices by product.
    """
    used = [
        (each, mapping)
        for each in overviews
        for mapping in each.mappings
        if mapping.profile_id == before.id and mapping.agreement_id
    ]
    written = [(each, mapping) for each, mapping in used if not each.customer.is_observed]
    agreements = await read_newest(
        outside, {(each.customer.connection_id, mapping.agreement_id) for each, mapping in written}
    )
    additions: list[BilledAddition] = []
    unread = 0
    for overview, mapping in written:
        agreement = agreements.get((overview.customer.connection_id, mapping.agreement_id))
        own = [] if agreement is None else await list_billed(outside, overview, mapping, agreement)
        additions += own
        if not own and (agreement is None or overview.billed.get(mapping.id)):
            unread += 0 if mapping.is_ended or mapping.is_excluded else 1
    effects = find_effects(before, after, additions, catalogue, outside.local_day())
    live = sum(not each.customer.is_observed for each in overviews)
    thresholds = (await outside.profiles.read_controls()).thresholds
    slips = doubt_change(before, after, catalogue, outside.local_day(), outside.currency)
    slips = slips or doubt_effects(effects, outside.currency)
    return Foreseen(
        effects,
        (*slips, *find_unusual(effects, live, thresholds)),
        {mapping.id: (each.customer, mapping.licence_name) for each, mapping in used},
        unread,
        len(used) - len(written),
    )


async def read_newest(outside: Outside, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Agreement]:
    """Agreements as they were last read, by connection and id; those that no run since the last night read are left
    out, and so are those that could not be read.
    """
    runs = await list_recent_runs(outside)
    found: dict[tuple[str, str], Agreement] = {}
    for run in reversed(select_standing_runs(runs[0], runs) if runs else []):
        found |= await read_of_run(outside, run, wanted - found.keys())
    return found


async def read_of_run(outside: Outside, run: Run, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], Agreement]:
    """Those that this run read, a few pieces at a time."""
    counts = dict(run.shard_counts)
    pieces = {
        (connection_id, choose_shard(agreement_id, counts[connection_id]))
        for connection_id, agreement_id in wanted
        if connection_id in counts
    }
    room = asyncio.Semaphore(READS_AT_ONCE)

    async def read(connection_id: str, shard: int) -> list[Agreement]:
        async with room:
            kept = await outside.archive.read_agreements(run.id, connection_id, shard) or ()
        return [each for each in kept if isinstance(each, Agreement) and (connection_id, each.id) in wanted]

    read_now = await asyncio.gather(*(read(*piece) for piece in sorted(pieces)))
    return {(each.connection_id, each.id): each for piece in read_now for each in piece}


async def list_billed(
    outside: Outside, overview: CustomerOverview, mapping: LicenceMapping, agreement: Agreement
) -> list[BilledAddition]:
    """The additions of a line. Those that carry its key are found by it; where they do not bill what was written and
    proved last, the books know better: the run that read the agreement wrote to it afterwards, or a person made other
    additions the line's own.
    """
    own = [each for each in agreement.additions if belongs_to_line(each, mapping.id)]
    today = outside.local_day()
    if sum(count_seats(each) for each in own if is_open(each, today)) != overview.billed.get(mapping.id, 0):
        desk = await outside.books.read_desk(overview.customer.id)
        if desk is not None and mapping.id in desk.journals:
            written = desk.journals[mapping.id].written.values()
            own = [each.addition for each in written if each.agreement_id == agreement.id]
    return [BilledAddition(overview.customer.id, mapping.id, agreement, each) for each in own]


def make_view(foreseen: Foreseen, products: Mapping[str, str], currency: str) -> EffectsView:
    """The words for it. `products` are the names of products by id."""
    effects = foreseen.effects
    ordered = sorted(effects.effects, key=lambda each: abs(each.monthly or Fraction(0)), reverse=True)
    rows = tuple(make_row(each, foreseen.names, products, currency) for each in ordered[:MOST_ROWS])
    count = write_number_of(len(effects.effects), "addition")
    left = len(effects.effects) - len(rows)
    money = write_total(effects, currency)
    return EffectsView(
        headline=write_headline(effects, currency) if foreseen.touches else NOTHING_BILLED,
        unusual=foreseen.unusual,
        notes=tuple(list_notes(foreseen)),
        rows=rows,
        more=f"{write_number_of(left, 'more addition')} not shown, each moving less." if left else "",
        button=f"Change {count}{f': {money}' if money else ''}" if effects.effects else "Save it all the same",
    )


def write_headline(effects: Effects, currency: str) -> str:
    """Saving this changes 3 additions of 2 customers, +30.00 EUR a month, from 1 Dec 2026."""
    days = effects.days
    if days is None:
        return "What saving this does cannot be told now."
    customers = {each.billed.customer_id for each in effects.effects}
    when = (
        f"from {write_short_day(days[0])}"
        if days[0] == days[1]
        else f"from {write_short_day(days[0])} to {write_short_day(days[1])}, each with its agreement's period"
    )
    money = write_total(effects, currency)
    parts = [
        f"Saving this changes {write_number_of(len(effects.effects), 'addition')} of "
        f"{write_number_of(len(customers), 'customer')}",
        *([money] if money else []),
        when,
    ]
    return end_sentence(", ".join(parts))


def write_total(effects: Effects, currency: str) -> str:
    """+30.00 EUR a month; nothing where it is not known."""
    monthly = effects.monthly
    return "" if monthly is None else f"{write_money(monthly, currency, is_difference=True)} a month"


def list_notes(foreseen: Foreseen) -> Iterator[str]:
    """What is not in the table, and why."""
    if foreseen.effects.effects:
        yield (
            "Nothing is written to the PSA now; nights do it. Each addition is changed by the first night on which its "
            "next invoice bills nothing but days of the new terms; the invoice that has them first stands "
            "beside the day."
        )
    unforeseen = len(foreseen.effects.unforeseen)
    if unforeseen:
        what = write_number_of(unforeseen, "addition")
        yield (
            f"{what} more on agreements whose billing periods nobody knows: each waits under Approvals until that is "
            "put right."
        )
    if foreseen.unread:
        yield (
            f"{write_number_of(foreseen.unread, 'mapped licence')} on agreements that no night has read yet: what they "
            "bill then is billed as this profile says."
        )
    if foreseen.observed:
        what = write_number_of(foreseen.observed, "mapped licence")
        yield f"{what} of customers that are only observed: nothing is written for them until they go live."


def make_row(
    effect: Effect, names: Mapping[str, tuple[Customer, str]], products: Mapping[str, str], currency: str
) -> EffectRow:
    """One addition in words."""
    billed, first = effect.billed, effect.steps[0]
    customer, licence = names[billed.mapping_id]
    monthly = effect.monthly
    before, after = write_step(first, products, currency)
    return EffectRow(
        customer=clean(customer.name) or NAMELESS_CUSTOMER,
        customer_address=f"/customers/{quote(customer.id, safe='')}",
        licence=clean(licence),
        agreement=f"{clean(billed.agreement.name)} (agreement {clean(billed.agreement.id)})",
        addition=billed.addition.id,
        address=write_addition_address(customer.id, customer.connection_id, billed.addition.id),
        seats=effect.seats,
        before=before,
        after=after,
        day=write_short_day(first.day),
        invoice=name_first_invoice(billed.agreement, first.day),
        monthly="not known" if monthly is None else write_money(round_money(monthly), currency, is_difference=True),
        then=tuple(write_later(each, products, currency) for each in effect.steps[1:]),
    )


def write_later(step: Step, products: Mapping[str, str], currency: str) -> str:
    """Then 24.00 EUR from 1 Jan 2028; or that it is as before again."""
    day = write_short_day(step.day)
    if step.before == step.after:
        return f"from {day} as it would be anyway"
    before, after = write_step(step, products, currency)
    return f"from {day} {after} instead of {before}"


def write_step(step: Step, products: Mapping[str, str], currency: str) -> tuple[str, str]:
    """What holds without the change and with it: only what differs, the price always where nothing else does."""
    old, new = step.before, step.after
    return write_terms(old, new, products, currency), write_terms(new, old, products, currency)


def write_terms(terms: Terms, other: Terms, products: Mapping[str, str], currency: str) -> str:
    """One side of it."""
    said = []
    if terms.product_id != other.product_id:
        said.append(clean(products.get(terms.product_id, f"product {terms.product_id}")))
    if terms.price != other.price or terms == other:
        said.append("a price nobody knows" if terms.price is None else write_money(terms.price, currency))
    if terms.billable is not other.billable:
        said.append(BILLABLE_WORDS[terms.billable])
    return ", ".join(said)
