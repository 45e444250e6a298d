"""A licence, a term and a billing profile, as the tools ask for them: choices, and what does not fit. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from notify.licence_names import name_licence
from plans.mapping_rules import MappingRule, make_rule_id
from profiles.billing import Basis, BillingProfile
from profiles.free import is_free
from profiles.licences import Term
from web.pages.tools.supply import Supply
from web.sheet import Sheet, SheetReader
from web.wording import TERM_WORDS, clean, write_number_of

ANY_TERM = "any"
TERMS: dict[str, Term | None] = {ANY_TERM: None} | {term.value: term for term in Term}
TERM_CHOICES = ((ANY_TERM, "Any term, in one line"), *((term.value, f"Only {TERM_WORDS[term]}") for term in Term))
NO_LICENCE = "Choose a licence."
NO_PROFILE = "Choose a billing profile."
ASSIGNED_TERM = (
    "This profile counts assigned seats, and an assigned seat belongs to no term. Choose any term, or another profile."
)
ASSIGNED_SUBSCRIPTION = (
    "This profile counts assigned seats, and an assigned seat belongs to no subscription. Leave it empty, or choose "
    "another profile."
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the lists offer: value and words."""

    licences: tuple[tuple[str, str], ...]
    profiles: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...] = TERM_CHOICES


def make_choices(supply: Supply) -> Choices:
    """Licences that somebody has, those first that most customers have unmapped, free ones last; and every profile."""
    open_at = Counter(
        sku_id
        for overview in supply.overviews.values()
        for sku_id in {line.holding.sku_id.lower() for line in supply.open_lines(overview)}
    )
    parts = supply.part_numbers()
    names = {sku_id: name_licence(part) for sku_id, part in parts.items()}
    rows = sorted(names.items(), key=lambda row: (is_free(parts[row[0]]), -open_at[row[0]], row[1].casefold()))
    profiles = sorted(supply.profiles.values(), key=lambda each: (each.name.casefold(), each.id))
    return Choices(
        licences=tuple(
            (sku_id, f"{name} ({write_open(open_at[sku_id], is_free=is_free(parts[sku_id]))})") for sku_id, name in rows
        ),
        profiles=tuple((each.id, clean(each.name)) for each in profiles),
    )


def write_open(customers: int, *, is_free: bool) -> str:
    """3 customers unmapped; what Microsoft gives away is missed by nobody."""
    count = write_number_of(customers, "customer")
    return f"free at Microsoft, {count}" if is_free else f"{count} unmapped"


def read_rule(sheet: Sheet, supply: Supply, made_by: str = "") -> MappingRule | Sheet:
    """What a form asks, as a rule; or the form with what does not fit."""
    reader = SheetReader(sheet)
    licences = {sku_id: name_licence(part) for sku_id, part in supply.part_numbers().items()}
    sku_id = sheet.one("sku").lower()
    if sku_id not in licences:
        reader.troubles["sku"] = NO_LICENCE
    term = TERMS.get(sheet.one("term") or ANY_TERM)
    profile = supply.profiles.get(sheet.one("profile"))
    if profile is None:
        reader.troubles["profile"] = NO_PROFILE
    elif term is not None and counts_assigned(profile):
        reader.troubles["term"] = ASSIGNED_TERM
    if reader.troubles or profile is None:
        return reader.ended()
    rule_id = make_rule_id(profile.connection_id, sku_id, term)
    is_live = sheet.one("mode") == "live"
    return MappingRule(rule_id, sku_id, licences[sku_id], term, profile.id, is_live, made_by)


def counts_assigned(profile: BillingProfile) -> bool:
    """Whether new mappings of a profile count assigned seats, as it says itself."""
    return profile.defaults.basis is Basis.ASSIGNED
