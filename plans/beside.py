"""What bills a product beside a line, elsewhere: on the company's other agreements (billing rules, 5). Pure.

Nobody looks there every night: it is read for a line of which nothing was ever written, when its first addition is
about to be made (`sync.searching`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from plans.agreements import Addition, Agreement
from plans.edits import is_strange, still_bills
from plans.journal import LineJournal
from profiles.periods import write_short_day


@dataclass(frozen=True, slots=True)
class OtherAgreement:
    """An active agreement of the company, or of the parent that is invoiced for it, with what bills the products that
    were asked for; `bundled` as `Agreement` has it. `ends_on` is its last day; None where it has none."""

    id: str
    additions: tuple[Addition, ...]
    bundled: tuple[Addition, ...] = ()
    ends_on: date | None = None


class ProductSearch(Protocol):
    """The part of a PSA connection that is asked for other agreements (`plans.ports.Psa`)."""

    async def search_products(
        self, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
    ) -> tuple[OtherAgreement, ...]:
        """What bills these products on every active agreement of these companies, but for those that are known.

        Complete, or nothing: one that cannot be read is not one without them. Raises Retry where the PSA cannot be read
        now, Misconfigured where it refuses us.
        """
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """An addition of a line's product on another agreement that no line has.

    `since` is the first day that it bills, as far as it can be told; where it `is_longer`, it may have billed before.
    An addition inside a bundle `is_bundled`.
    """

    agreement_id: str
    addition_id: str
    quantity: Decimal | None
    since: date | None
    is_longer: bool = False
    is_bundled: bool = False

    @property
    def basis(self) -> tuple[str, str, Decimal | None]:
        """What an approval rests on. The day since when is none of it: it moves on with time, where the PSA keeps units
        by day and nobody reads what is long past."""
        return self.agreement_id, self.addition_id, self.quantity


def is_new(journal: LineJournal) -> bool:
    """Whether nothing of a line was ever written or adopted, as far as anybody knows."""
    return not journal.ledger and not journal.open_intents


def pick_products(agreement: Agreement, product_ids: Collection[str]) -> OtherAgreement:
    """An agreement that was read whole, with what bills these products."""
    return OtherAgreement(
        agreement.id,
        tuple(each for each in agreement.additions if each.product_id in product_ids),
        tuple(each for each in agreement.bundled if each.product_id in product_ids),
        agreement.facts.ends_on,
    )


def find_beside(
    others: Sequence[OtherAgreement], product_id: str, home: Agreement, line_names: frozenset[str], today: date
) -> tuple[Beside, ...]:
    """What bills the product today or later on other agreements than `home` and is no living line's, in the order of
    agreements and additions. What begins after the last day of `home` bills no day twice: it may be its renewal; nor
    does what is over by its first day, or today: a PSA may call an agreement active, and its units endless, then too.
    """
    first = max(today, home.facts.starts_on or today)
    found = (
        describe_beside(other, each)
        for other in others
        if other.id != home.id and (other.ends_on or first) >= first
        for each in (*other.additions, *other.bundled)
        if each.product_id == product_id
        and still_bills(each, first)
        and is_strange(each, home.connection_id, other.id, line_names)
    )
    ends_on = home.facts.ends_on
    meeting = (each for each in found if ends_on is None or each.since is None or each.since <= ends_on)
    return tuple(sorted(meeting, key=lambda each: (each.agreement_id, each.addition_id)))


def describe_beside(other: OtherAgreement, addition: Addition) -> Beside:
    """One such addition."""
    since, is_longer = find_since(addition)
    is_bundled = addition in other.bundled
    return Beside(other.id, addition.id, addition.quantity, since, is_longer=is_longer, is_bundled=is_bundled)


def find_since(addition: Addition) -> tuple[date | None, bool]:
    """The first day that an addition bills, None where nobody tells, and whether it may have billed before."""
    if addition.days is None or not addition.days.steps:
        return addition.effective_on, False
    first = addition.days.days[0]
    return first, addition.days_read_from is None or first <= addition.days_read_from


def say_quantity(quantity: Decimal | None) -> str:
    """How much of a product an addition bills, as a sentence goes on after `bills`."""
    return "the same product" if quantity is None else f"{quantity.normalize():f} of the same product"


def say_since(since: date | None, *, is_longer: bool) -> str:
    """Since when it does."""
    if since is None:
        return ""
    return f" since {write_short_day(since)}{' or longer' if is_longer else ''}"


def say_stranger(addition: Addition) -> str:
    """What an addition beside a line bills, as the end of a sentence."""
    since, is_longer = find_since(addition)
    return f"{addition.id} bills {say_quantity(addition.quantity)}{say_since(since, is_longer=is_longer)}"


def say_beside(beside: Beside) -> str:
    """The same of one on another agreement, which is named."""
    what = "" if beside.is_bundled else "addition "
    since = say_since(beside.since, is_longer=beside.is_longer)
    return f"{what}{beside.addition_id} of agreement {beside.agreement_id} bills {say_quantity(beside.quantity)}{since}"


def describe_besides(found: Sequence[Beside]) -> str:
    """All of them, and what to do about them, as the end of a sentence; of a bundle what is done about bundles."""
    said = ", and ".join(say_beside(each) for each in found)
    if any(each.is_bundled for each in found):
        return (
            f"{said}. No bundle is changed or adopted by Seatledger: take the product out of it, or exclude the "
            "licence here, so that nothing is billed twice"
        )
    are, them = (" and is no line", "it") if len(found) == 1 else (", which are no lines", "them")
    return (
        f"{said}{are} of Seatledger's. Map the licence on that agreement instead and adopt {them}, or end {them} in "
        "the PSA, so that nothing is billed twice"
    )
