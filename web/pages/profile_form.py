"""A billing profile as a form: filled in, and read with what is wrong beside each field (billing rules, 4). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plans.catalogue import AgreementType, Product
from profiles.billing import (
    Basis,
    BillableOption,
    BillingProfile,
    CustomPrice,
    DatedPrice,
    DescriptionOptions,
    KeptPrice,
    MappingDefaults,
    Price,
    PsaPrice,
)
from web.sheet import Sheet, SheetReader
from web.wording import clean, write_short_day

UNREAD_TYPE = "Type number {}, as it was ticked"
GONE_TYPE = "A type that the PSA does not offer any more"
LONGEST_NAME = 100
LONGEST_OWN_TEXT = 500
EMPTY_PRICE_ROWS = 2
YES = "yes"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
PRICE_CHOICES = (
    (
        "psa",
        "The PSA's price",
        "A new addition costs what the product costs in the PSA on the day it is made. Its amount changes only when "
        "somebody changes it there.",
    ),
    (
        "custom",
        "Own price",
        "Every addition costs the amount below that is in force, and later the next one.",
    ),
    (
        "keep",
        "Leave each price as it is",
        "For additions that were there before, or priced by hand: each goes on costing what stands on it. A new one "
        "costs what the product costs in the PSA.",
    ),
)
BILLABLE_CHOICES = (
    (BillableOption.BILLABLE, "Billable", "the seats are invoiced"),
    (
        BillableOption.DO_NOT_BILL,
        "Not invoiced",
        "the line is kept for the record and stands on no invoice; ConnectWise calls it Do Not Bill",
    ),
    (BillableOption.NO_CHARGE, "No charge", "the line stands on the invoice with an amount of nothing"),
)
ASK_ABOUT_ZERO = (
    "A price of 0 with “Billable” puts the seats on the invoice for nothing. Tick this if you mean it, type a price, "
    "or choose “No charge” where the PSA has it."
)
BASIS_CHOICES = (
    ("", "As set under Settings", ""),
    (Basis.PURCHASED.value, "Purchased", "the seats that Microsoft sells the customer"),
    (Basis.ASSIGNED.value, "Assigned", "the users who hold the licence"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a PSA connection offers. `products` are those that fit additions; `billable_options` what it can do with an
    amount."""

    connection_id: str
    products: Mapping[str, Product]
    types: Mapping[str, AgreementType]
    billable_options: tuple[BillableOption, ...] = tuple(BillableOption)


def make_offer(
    connection_id: str,
    products: Sequence[Product],
    types: Sequence[AgreementType],
    billable_options: tuple[BillableOption, ...] = tuple(BillableOption),
) -> Offer:
    """Products that can stand on an addition and active types of agreement, by their ids."""
    return Offer(
        connection_id,
        {each.id: each for each in products if each.fits_additions and not each.is_inactive},
        {each.id: each for each in sorted(types, key=lambda each: each.name.casefold()) if not each.is_inactive},
        billable_options,
    )


def name_product(product: Product) -> str:
    """What the PSA calls it, for people."""
    return clean(product.description) or clean(product.identifier)


def find_products(offer: Offer, search: str, chosen: str, most: int) -> list[Product]:
    """The products that hold every word of the search; the chosen one first."""
    words = search.casefold().split()
    by_name = sorted(offer.products.values(), key=lambda each: name_product(each).casefold())
    first = [offer.products[chosen]] if chosen in offer.products else []
    found = [
        product
        for product in by_name
        if product.id != chosen and all(word in write_searched(product) for word in words)
    ]
    return [*first, *found][:most]


def take_namesake(sheet: Sheet, offer: Offer) -> Sheet:
    """The form with the only product that is called like the profile, where none is chosen yet."""
    name = sheet.one("name").casefold()
    found = [each.id for each in offer.products.values() if name and name_product(each).casefold() == name]
    if sheet.one("product") or len(found) != 1:
        return sheet
    return Sheet({**sheet.values, "product": (found[0],)}, sheet.troubles)


def write_searched(product: Product) -> str:
    """What a search looks at."""
    return f"{product.identifier} {product.description} {product.part_number}".casefold()


def fill(profile: BillingProfile) -> Sheet:
    """The form as the profile stands."""
    defaults, told = profile.defaults, profile.defaults.description
    values: dict[str, tuple[str, ...]] = {
        "name": (profile.name,),
        "connection": (profile.connection_id,),
        "product": (profile.product_id,),
        "types": profile.agreement_type_ids,
        "billable": (profile.billable_option.value,),
        "price": (profile.price.kind,),
        "basis": ("" if defaults.basis is None else defaults.basis.value,),
        "included": (str(defaults.included) if defaults.included else "",),
        "minimum": (str(defaults.minimum) if defaults.minimum else "",),
        "maximum": ("" if defaults.maximum is None else str(defaults.maximum),),
        "own_text": (told.own_text,),
    }
    ticks = {
        "prorates": defaults.prorates,
        "gives_credits": defaults.gives_credits,
        "committed_floor": defaults.committed_floor,
        "user_names": told.user_names,
        "unassigned_count": told.unassigned_count,
        "renewal": told.renewal,
    }
    ticks["bill_at_zero"] = profile.billable_option is BillableOption.BILLABLE and costs_nothing(profile.price)
    values |= {name: (YES,) for name, is_ticked in ticks.items() if is_ticked}
    if isinstance(profile.price, CustomPrice):
        amounts = sorted(profile.price.amounts, key=lambda each: each.valid_from)
        values["valid_from"] = tuple(each.valid_from.isoformat() for each in amounts)
        values["amount"] = tuple(f"{each.amount:.2f}" for each in amounts)
    return Sheet(values)


def begin(connection_id: str) -> Sheet:
    """An empty form."""
    return Sheet(
        {
            "connection": (connection_id,),
            "billable": (BillableOption.BILLABLE.value,),
            "price": ("psa",),
            "prorates": (YES,),
            "committed_floor": (YES,),
        }
    )


def list_billables(offer: Offer | None) -> list[tuple[str, str, str]]:
    """What the PSA can do with an amount; everything where it cannot be asked."""
    able = tuple(BillableOption) if offer is None else offer.billable_options
    return [(each.value, word, what) for each, word, what in BILLABLE_CHOICES if each in able]


def list_price_rows(sheet: Sheet) -> list[tuple[str, str]]:
    """The rows of own prices as typed, and a few empty ones."""
    typed = list(zip(sheet.all("valid_from"), sheet.all("amount"), strict=False))
    kept = [row for row in typed if any(row)]
    return [*kept, *[("", "")] * EMPTY_PRICE_ROWS]


def list_types(offer: Offer | None, standing: Iterable[str]) -> list[tuple[str, str]]:
    """The types of agreements to choose from: active ones, and those that the profile has and the PSA offers no more.
    Dropping the last one unseen would let the profile bill on every agreement. While the PSA is silent, those
    that stand.
    """
    if offer is None:
        return [(each, UNREAD_TYPE.format(clean(each))) for each in standing]
    gone = [(each, GONE_TYPE) for each in standing if each not in offer.types]
    return [(each.id, clean(each.name)) for each in offer.types.values()] + gone


def read(sheet: Sheet, profile_id: str, offer: Offer, others: Sequence[BillingProfile]) -> BillingProfile | Sheet:
    """The profile that was typed, or the form with its troubles. Names are unique, in any case."""
    reader = SheetReader(sheet)
    name = reader.text("name", "Give the profile a name, such as Business Premium, annual.", LONGEST_NAME)
    if name and (namesake := find_namesake(name, profile_id, others)):
        reader.troubles["name"] = namesake
    product = reader.choice("product", offer.products, "Choose the product that stands on the invoice.")
    billable = reader.choice(
        "billable", {each.value: each for each in offer.billable_options}, "Choose what the PSA does."
    )
    types, standing = sheet.all("types"), next((each for each in others if each.id == profile_id), None)
    known = {each for each, _ in list_types(offer, standing.agreement_type_ids if standing else ())}
    if not known.issuperset(types):
        reader.troubles["types"] = "One of the types is not in the PSA any more. Choose among these."
    price = read_price(reader)
    if billable is BillableOption.BILLABLE and costs_nothing(price) and not reader.ticked("bill_at_zero"):
        reader.troubles["bill_at_zero"] = ASK_ABOUT_ZERO
    defaults = read_defaults(reader)
    if reader.troubles or product is None or billable is None or price is None:
        return reader.ended()
    return BillingProfile(
        id=profile_id,
        name=name,
        connection_id=offer.connection_id,
        product_id=product.id,
        billable_option=billable,
        price=price,
        agreement_type_ids=types,
        product_name=name_product(product),
        defaults=defaults,
    )


def costs_nothing(price: Price | None) -> bool:
    """Whether an own price is nothing, from any day on."""
    return isinstance(price, CustomPrice) and any(each.amount == 0 for each in price.amounts)


def find_namesake(name: str, profile_id: str, others: Iterable[BillingProfile]) -> str:
    """Why a profile cannot be called so; empty where it can."""
    if all(each.id == profile_id or each.name.casefold() != name.casefold() for each in others):
        return ""
    return f"There is a billing profile “{name}” already. Choose another name."


def read_price(reader: SheetReader) -> Price | None:
    """Which price the additions have; None where it does not fit."""
    kinds: dict[str, Price | None] = {"psa": PsaPrice(), "keep": KeptPrice(), "custom": None}
    chosen = reader.choice("price", kinds, "Choose where the price comes from.")
    if chosen is not None or "price" in reader.troubles:
        return chosen
    amounts: dict[date, Decimal] = {}
    for typed_day, typed_amount in zip(reader.sheet.all("valid_from"), reader.sheet.all("amount"), strict=False):
        if not typed_day and not typed_amount:
            continue
        if not typed_amount:
            reader.troubles["amount"] = "Type the price beside each day, or empty the day."
            continue
        day = reader.day_between("amount", typed_day, FIRST_DAY, LAST_DAY) if typed_day else FIRST_DAY
        amount = reader.amount("amount", typed_amount)
        if day is not None and amount is not None:
            if day in amounts:
                reader.troubles["amount"] = f"There are two prices from {write_short_day(day)} on. Keep one of them."
            amounts[day] = amount
    if not amounts and "amount" not in reader.troubles:
        reader.troubles["amount"] = "Type at least one price. Without a day it is valid from the beginning."
    return CustomPrice(tuple(DatedPrice(day, amounts[day]) for day in sorted(amounts)))


def read_defaults(reader: SheetReader) -> MappingDefaults:
    """What new mappings begin with."""
    chosen: dict[str, Basis | None] = {"": None, **{each.value: each for each in Basis}}
    minimum, maximum = reader.number("minimum"), reader.number_or_none("maximum")
    if maximum is not None and maximum < minimum:
        reader.troubles["maximum"] = f"The most cannot be less than the least, which is {minimum}."
    return MappingDefaults(
        basis=reader.choice("basis", chosen, "Choose which seats count."),
        included=reader.number("included"),
        minimum=minimum,
        maximum=maximum,
        prorates=reader.ticked("prorates"),
        gives_credits=reader.ticked("gives_credits"),
        description=DescriptionOptions(
            own_text=reader.text("own_text", longest=LONGEST_OWN_TEXT),
            user_names=reader.ticked("user_names"),
            unassigned_count=reader.ticked("unassigned_count"),
            renewal=reader.ticked("renewal"),
        ),
        committed_floor=reader.ticked("committed_floor"),
    )


def make_profile_id(name: str, ending: str) -> str:
    """An id that a log can be read by: the name's letters and digits, and an ending that makes it unique."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{slug or 'profile'}-{ending}"
