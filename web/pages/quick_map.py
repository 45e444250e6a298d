"""Mapping in the row: what the licences tab of a customer offers an unmapped licence, and what it says afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plans.ports import CustomerOverview
from profiles.billing import BillingProfile, Customer
from profiles.quantity import is_same_id
from web.pages.licence_row import LicenceRow
from web.pages.mapping_records import find_namesake, find_usual_profile, list_profiles_of
from web.pages.names import write_licence_address
from web.pages.psa_choices import Offer
from web.sheet import Sheet
from web.wording import clean

TOLD = {
    "mapped": ("is mapped.", True),
    "same": ("was mapped like this already, so nothing was saved.", False),
    "excluded": ("is not billed here.", True),
    "included": ("may be billed here again.", True),
    "ended": ("is billed no more once its period ends.", True),
    "reopened": ("goes on being billed.", True),
}

NO_AGREEMENT = "The customer's company has no active agreement in the PSA. Make one there first."


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a list. `kinds` are the agreement types it allows, or is of, for narrowing one list by another."""

    value: str
    words: str
    kinds: str = ""


@dataclass(frozen=True, slots=True)
class QuickForm:
    """The form in one row: what is chosen beforehand or was typed, and what was wrong with it."""

    path: str
    full: str
    everywhere: str
    sheet: Sheet
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class QuickMap:
    """What the rows offer. `sentence` says why nothing can be chosen, where nothing can."""

    profiles: tuple[Choice, ...] = ()
    agreements: tuple[Choice, ...] = ()
    sentence: str = ""
    forms: Mapping[str, QuickForm] = field(default_factory=dict)

    def form(self, row: LicenceRow) -> QuickForm | None:
        """The form of a row, where it has one."""
        return self.forms.get(row.sku_id.lower())


@dataclass(frozen=True, slots=True)
class Typed:
    """A row whose form did not fit: which licence, and what was typed."""

    sku_id: str
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Told:
    """What was just done to a licence; `when` is when that reaches the PSA, empty where nothing has to. `doubts` are
    what looks wrong about it.
    """

    sentence: str
    when: str
    sku_id: str
    doubts: tuple[str, ...] = ()


def make_quick_map(
    customer: Customer,
    rows: Sequence[LicenceRow],
    profiles: Mapping[str, BillingProfile],
    offer: Offer,
    overviews: Sequence[CustomerOverview],
    typed: Typed | None = None,
) -> QuickMap:
    """The forms of all unmapped rows."""
    own = list_profiles_of(customer, profiles)
    others = [overview for overview in overviews if overview.customer.id != customer.id]
    return QuickMap(
        profiles=tuple(Choice(each.id, clean(each.name), " ".join(each.agreement_type_ids)) for each in own),
        agreements=tuple(
            Choice(each.id, f"{clean(each.name)} (agreement {clean(each.id)})", each.type_id)
            for each in offer.agreements
        ),
        sentence=write_why_not(own, offer),
        forms={
            row.sku_id.lower(): make_form(customer, row, own, offer, others, typed) for row in rows if row.is_unmapped
        },
    )


def make_form(
    customer: Customer,
    row: LicenceRow,
    profiles: Sequence[BillingProfile],
    offer: Offer,
    others: Sequence[CustomerOverview],
    typed: Typed | None,
) -> QuickForm:
    """One row's form: the only profile, the usual one or the licence's namesake; the only agreement that fits."""
    is_typed = typed is not None and is_same_id(typed.sku_id, row.sku_id)
    if typed is not None and is_typed:
        sheet = typed.sheet
    else:
        usual = find_usual_profile(others, row.sku_id, profiles) or find_namesake(row.name, profiles)
        chosen = profiles[0].id if len(profiles) == 1 else usual
        agreement = offer.choose(next((each for each in profiles if each.id == chosen), None))
        sheet = Sheet({"profile": (chosen,), "agreement": (agreement,)})
    return QuickForm(
        path=write_licence_address(customer.id, row.sku_id, ""),
        full=write_licence_address(customer.id, row.sku_id),
        everywhere=f"/settings/exclusions?sku={row.sku_id.lower()}",
        sheet=sheet,
        is_open=bool(is_typed and sheet.trouble("reason")),
    )


def write_why_not(profiles: Sequence[BillingProfile], offer: Offer) -> str:
    """Why nothing can be mapped in the row."""
    if not profiles:
        return "There is no billing profile for this customer's PSA yet."
    if offer.sentence:
        return offer.sentence
    return (
        "" if offer.agreements else "The customer's company has no active agreement in the PSA. Make one there first."
    )


def make_told(what: str, sku_id: str, rows: Sequence[LicenceRow], when: str) -> Told | None:
    """What was done, where the address says so and the licence is in the list."""
    row = next((row for row in rows if is_same_id(row.sku_id, sku_id)), None)
    if what not in TOLD or row is None:
        return None
    words, has_to_be_written = TOLD[what]
    return Told(f"{row.licence} {words}", when if has_to_be_written else "", row.sku_id)
