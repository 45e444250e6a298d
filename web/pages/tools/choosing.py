"""A licence, a term and a billing profile, as the tools ask for them: choices, and what does not fit. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from notify.licence_names import name_licence
from plans.mapping_rules import MappingRule, make_rule_id
from profiles.billing import Basis, BillingProfile
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


@dataclass(frozen=True, slots=True)
class Choices:
    """What the lists offer: value and words."""

    licences: tuple[tuple[str, str], ...]
    profiles: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...] = TERM_CHOICES


def make_choices(supply: Supply) -> Choices:
    """Licences that somebody has and nobody decided about, the most frequent first; and every profile."""
    open_at = Counter(
        sku_id
        for overview in supply.overviews.values()
        for sku_id in {line.holding.sku_id.lower() for line in supply.open_lines(overview)}
    )
    names = {sku_id: name_licence(part) for sku_id, part in supply.part_numbers().items()}
    rows = sorted(names.items(), key=lambda row: (-open_at[row[0]], row[1].casefold()))
    profiles = sorted(supply.profiles.values(), key=lambda each: (each.name.casefold(), each.id))
    return Choices(
        licences=tuple(
            (sku_id, f"{name} ({write_number_of(open_at[sku_id], 'customer')} unmapped)") for sku_id, name in rows
        ),
        profiles=tuple((each.id, clean(each.name)) for each in profiles),
    )


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
