"""What `/api/v1/profiles` takes and answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from profiles.billing import Basis, BillableOption
from web.api.forms import As, FormShape
from web.api.shapes import Id, Money, Refused, SentMoney, Shape
from web.sheet import Sheet

TICKS = (
    "bill_at_zero",
    "prorates",
    "gives_credits",
    "committed_floor",
    "user_names",
    "unassigned_count",
    "renewal",
)


class PriceStep(Shape):
    """An own price, a seat, from its day on; without a day from the beginning."""

    valid_from: date | None = None
    amount: SentMoney


class ProfileFields(FormShape):
    """How a kind of licence is billed."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    product_id: Annotated[Id, As("product"), Field(description="The PSA's product that stands on the invoice")]
    agreement_type_ids: Annotated[
        list[Id], As("types"), Field(max_length=200, description="On which it may bill; none is any")
    ] = []
    billable: BillableOption = BillableOption.BILLABLE
    price: Annotated[
        Literal["psa", "custom", "keep"],
        Field(description="The PSA's price; the own prices below; or whatever an addition has"),
    ] = "psa"
    prices: Annotated[list[PriceStep], Field(max_length=100)] = []
    bill_at_zero: Annotated[bool, Field(description="Said where an own price of 0 is billable and meant")] = False
    basis: Annotated[Basis | None, Field(description="Which seats count; null as the settings say")] = None
    committed_floor: Annotated[
        bool, Field(description="Whether assigned seats count as at least those committed to the end of a term")
    ] = True
    included: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    minimum: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    maximum: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    prorates: Annotated[bool, Field(description="Whether more seats count from their day on, not with the period")] = (
        False
    )
    gives_credits: bool = False
    user_names: Annotated[bool, Field(description="Whether the invoice names the users")] = False
    unassigned_count: bool = False
    renewal: bool = False
    own_text: Annotated[str, Field(max_length=500)] = ""

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form; every price is a day and an amount, in rows."""
        for name, value in super().spell():
            if name != "prices":
                yield name, value

    def find_place(self, field: str) -> str | None:
        """A row that does not fit is told beside the prices."""
        return "prices" if field in ("amount", "valid_from") else super().find_place(field)


class ProfileWish(ProfileFields):
    """A new billing profile."""

    connection_id: Annotated[Id, As("connection"), Field(description="The PSA connection that it bills through")]


class ProfileChange(ProfileFields):
    """A billing profile as it is to be. It takes the place of what was read, whole."""

    seen: Annotated[Id, Field(description="What was read with the profile: nobody writes over what he has not seen")]
    shown: Annotated[str, Field(max_length=100, description="What the answer 409 called what it showed")] = ""
    reason: Annotated[str, Field(max_length=300, description="Needed where the effects are unusual")] = ""


class ProfileItem(Shape):
    """A billing profile and what uses it."""

    id: str
    name: str
    product: str
    price: Annotated[str, Field(description="The price in force, in words")]
    next_price: str
    billable: str
    mappings: int
    seats: int


class ProfileList(Shape):
    """One page of billing profiles."""

    profiles: list[ProfileItem]
    page: int
    total: int


class ProfileRecord(ProfileFields):
    """A billing profile. All but the last three is what a copy or a change is made of."""

    id: str
    connection_id: str
    seen: str
    uses: Annotated[int, Field(description="How many mappings name it, ended ones included")]


class EffectItem(Shape):
    """What saving would do to one addition."""

    customer: str
    licence: str
    agreement: str
    addition_id: str
    seats: int
    before: str
    after: str
    day: str
    monthly: str
    then: list[str]


class ProfileEffects(Refused):
    """Nothing was saved yet: this is what saving would do. Send `shown` back to save it."""

    shown: str = ""
    unusual: list[str] = []
    notes: list[str] = []
    effects: list[EffectItem] = []
    more: str = ""


class ProductItem(Shape):
    """A product that can stand on an addition."""

    id: str
    name: str
    identifier: str
    price: Money | None


class TypeItem(Shape):
    """A type of agreement, which Autotask calls a contract's category."""

    id: str
    name: str


class ConnectionOffer(Shape):
    """What a PSA connection offers billing profiles: the products that were searched for, and every type."""

    products: list[ProductItem]
    product_count: int
    agreement_types: list[TypeItem]


def list_prices(body: ProfileFields) -> Iterator[tuple[str, str]]:
    """The own prices as rows of the form."""
    for step in body.prices:
        yield "valid_from", "" if step.valid_from is None else step.valid_from.isoformat()
        yield "amount", f"{step.amount:f}"


def read_fields(sheet: Sheet) -> dict[str, object]:
    """The fields of a form that is filled in, as the shape names them."""
    return {
        "name": sheet.one("name"),
        "product_id": sheet.one("product"),
        "agreement_type_ids": list(sheet.all("types")),
        "billable": sheet.one("billable"),
        "price": sheet.one("price"),
        "prices": [
            {"valid_from": date.fromisoformat(day), "amount": Decimal(amount)}
            for day, amount in zip(sheet.all("valid_from"), sheet.all("amount"), strict=True)
        ],
        "basis": sheet.one("basis") or None,
        "included": int(sheet.one("included") or 0),
        "minimum": int(sheet.one("minimum") or 0),
        "maximum": int(sheet.one("maximum")) if sheet.one("maximum") else None,
        "own_text": sheet.one("own_text"),
        **{name: bool(sheet.one(name)) for name in TICKS},
    }
