"""One agreement in a PSA's memory: what a person or a write does to it, and invoices made as ConnectWise makes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.ledger import count_seats
from profiles.billing import BillableOption
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid

PRICE = Decimal("20.00")
MONTHLY = Grid(2026, 1, 1, 1)
MARCH_END = date(2026, 3, 31)
HOME = "12"


@dataclass
class Kept:
    """An addition in the PSA, and through which day an invoice has billed it."""

    addition: Addition
    billed_through: date | None = None


@dataclass
class Psa:
    """One agreement in the PSA. In arrears its next invoice is made after the period, in advance on its first day.

    `asked` are the seats that its invoices asked for, by day.
    """

    id: str = HOME
    in_arrears: bool = True
    invoiced_through: date | None = MARCH_END
    grid: Grid | None = MONTHLY
    prorates: bool = True
    is_active: bool = True
    ends_on: date | None = None
    starts_on: date | None = None
    company_id: str = "42"
    parent_id: str | None = None
    doubt: str = ""
    kept: list[Kept] = field(default_factory=list)
    asked: dict[date, int] = field(default_factory=dict)

    @property
    def facts(self) -> AgreementFacts:
        through = None if self.doubt else self.invoiced_through
        next_on = None
        if through is not None and self.grid is not None:
            period = self.grid.period_of(through + ONE_DAY)
            next_on = period.end if self.in_arrears else period.start
        return AgreementFacts(
            is_active=self.is_active,
            prorates=self.prorates,
            next_invoice_on=next_on,
            ends_on=self.ends_on,
            company_id=self.company_id,
            grid=self.grid,
            invoiced_through=through,
            invoicing_doubt=self.doubt,
            parent_id=self.parent_id,
            starts_on=self.starts_on,
        )

    @property
    def agreement(self) -> Agreement:
        additions = tuple(each.addition for each in self.kept)
        return Agreement("connectwise", self.id, "Managed Services", self.company_id, self.facts, additions)

    def invoice(self) -> Decimal:
        """The money of the next invoice, the days that earlier ones had not billed included, to the cent. One that is
        not to be billed is on none: its days are caught up once it is, as the simulator has it. That is its guess, for
        what ConnectWise does is written nowhere."""
        assert self.invoiced_through is not None
        assert self.grid is not None
        period = self.grid.period_of(self.invoiced_through + ONE_DAY)
        amount = Fraction(0)
        for kept in self.kept:
            addition = kept.addition
            if addition.billable_option is BillableOption.DO_NOT_BILL:
                continue
            day = addition.effective_on or period.start
            if kept.billed_through is not None:
                day = max(day, kept.billed_through + ONE_DAY)
            if not self.prorates:
                day = max(day, period.start)
            last = min(addition.cancelled_on or period.last, period.last)
            while day <= last:
                is_free = addition.billable_option is BillableOption.NO_CHARGE
                price = (
                    Fraction(0) if is_free else Fraction(PRICE if addition.unit_price is None else addition.unit_price)
                )
                amount += price * count_seats(addition) / self.grid.period_of(day).days
                self.asked[day] = self.asked.get(day, 0) + count_seats(addition)
                kept.billed_through = day
                day += ONE_DAY
        self.invoiced_through = period.last
        return round_money(amount)

    def put(
        self,
        quantity: int | str,
        effective_on: date | None,
        product_id: str = "501",
        key: str = "",
        cancelled_on: date | None = None,
        included: int | str = 0,
    ) -> Addition:
        """An addition that somebody else makes."""
        addition = Addition(
            id=f"{self.id}0{len(self.kept) + 1}",
            product_id=product_id,
            quantity=Decimal(quantity),
            effective_on=effective_on,
            cancelled_on=cancelled_on,
            billable_option=BillableOption.BILLABLE,
            key=key,
            unit_price=PRICE,
            included=Decimal(included),
        )
        self.kept.append(Kept(addition, self.invoiced_through))
        return addition

    def edit(self, place: int, **fields: object) -> None:
        """What a person does to the addition that was made in that place."""
        self.kept[place].addition = replace(self.kept[place].addition, **fields)  # type: ignore[arg-type]
