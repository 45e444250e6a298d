"""What looks wrong about billing a licence by a profile, in sentences. It stops nobody: names are free.

A profile that is called like another licence, or that bills another one nearly everywhere, was probably chosen by
mistake; a product beside it that is called like the licence probably bills the same seats. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cache

from notify.licence_names import load_names
from plans.agreements import Agreement
from plans.catalogue import Product
from plans.edits import is_open
from plans.keys import is_ours
from plans.mapping_rules import MappingRule
from profiles.billing import BillingProfile
from profiles.billing import Mapping as LicenceMapping
from profiles.quantity import is_same_id
from sync.previewing import Preview
from web.pages.mapping_records import LicenceRecords
from web.pages.tools.supply import Supply
from web.wording import clean, isolate, join, write_number_of

WORD = re.compile(r"\w+")
# One mapping is no habit.
FEWEST_OTHERS = 2


def doubt_profile(
    sku_id: str, name: str, profile: BillingProfile, mappings: Iterable[LicenceMapping]
) -> tuple[str, ...]:
    """Why the profile may be another licence's. `name` is Microsoft's of this one, `mappings` are everybody's."""
    called = isolate(clean(profile.name))
    found = []
    other = next(filter(None, (find_other(text, name) for text in (profile.name, profile.product_name))), "")
    if other:
        found.append(f"The billing profile {called} is named after {other}, and this licence is {clean(name)}.")
    counts = Counter(
        each.sku_id.lower()
        for each in mappings
        if each.profile_id == profile.id and not each.is_ended and not each.is_excluded
    )
    usual, times = max(counts.items(), key=lambda row: (row[1], row[0]), default=("", 0))
    if not is_same_id(usual, sku_id) and times >= FEWEST_OTHERS and times * 2 > counts.total():
        own = counts[sku_id.lower()]
        said = f"for {write_number_of(own, 'mapping')} of this licence" if own else "for nobody with this licence"
        usual_name = name_usual(mappings, usual)
        found.append(f"{called} is used {said}, and for {write_number_of(times, 'mapping')} of {usual_name}.")
    return tuple(found)


def name_usual(mappings: Iterable[LicenceMapping], sku_id: str) -> str:
    """What the licence is called where it is mapped."""
    return next((clean(each.licence_name) for each in mappings if is_same_id(each.sku_id, sku_id)), "another licence")


def doubt_preview(records: LicenceRecords, preview: Preview, products: Mapping[str, Product]) -> tuple[str, ...]:
    """What looks wrong about every line of a preview that would bill."""
    found: list[str] = []
    for line in preview.lines:
        profile = records.all_profiles.get(line.mapping.profile_id)
        if profile is not None and not line.mapping.is_ended and not line.mapping.is_excluded:
            found += doubt_profile(records.sku_id, records.name, profile, records.others)
    return tuple(dict.fromkeys((*found, *doubt_neighbours(records, preview, products))))


def doubt_rule(rule: MappingRule, supply: Supply) -> tuple[str, ...]:
    """What looks wrong about what a rule, or a choice of licence and profile, maps."""
    profile = supply.profiles.get(rule.profile_id)
    mappings = [mapping for overview in supply.overviews.values() for mapping in overview.mappings]
    return () if profile is None else doubt_profile(rule.sku_id, rule.licence_name, profile, mappings)


def find_other(text: str, name: str) -> str:
    """The licence of Microsoft's, not called `name`, whose whole name stands in a text; empty where none does."""
    return next((other for other in list_named(text) if split(other) != split(name)), "")


def list_named(text: str) -> Iterator[str]:
    """The licences whose whole names stand in a text, without those that are part of a longer one. A name of a single
    word has to be the whole text."""
    words, known = split(text), name_by_words()
    spans = [
        (start, end)
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if words[start:end] in known and (end - start > 1 or len(words) == 1)
    ]
    for start, end in spans:
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans):
            yield known[words[start:end]]


@cache
def name_by_words() -> dict[tuple[str, ...], str]:
    """Microsoft's names by their words. Read once per process."""
    return {split(name): name for name in load_names().values()}


def split(text: str) -> tuple[str, ...]:
    """The words of a name, whatever stands between them."""
    return tuple(WORD.findall(clean(text).casefold()))


def doubt_neighbours(records: LicenceRecords, preview: Preview, products: Mapping[str, Product]) -> tuple[str, ...]:
    """What other products on the agreements of a preview are called like the licence, and are no line of ours."""
    name, part_number = records.name, "" if records.licence is None else records.licence.part_number
    own = {addition_id for journal in records.desk.journals.values() for addition_id in journal.written}
    found = []
    for line in preview.lines:
        agreement = preview.agreements.get(line.mapping.agreement_id)
        profile = records.all_profiles.get(line.mapping.profile_id)
        if agreement is None or profile is None or line.mapping.is_ended or line.mapping.is_excluded:
            continue
        wanted = {line.mapping.sku_id.casefold(), part_number.casefold()} - {""}
        alike = {
            product_id: product
            for product_id, product in products.items()
            if product_id != profile.product_id and is_alike(product, name, wanted)
        }
        ids = list_strange(agreement, alike, own, preview.today)
        if ids:
            found.append(write_neighbours(ids, {clean(alike[each].description) for each in ids.values()}))
    return tuple(dict.fromkeys(found))


def is_alike(product: Product, name: str, wanted: set[str]) -> bool:
    """Whether a product is called like a licence, or has its number."""
    numbers = {product.vendor_sku.strip().casefold(), product.part_number.strip().casefold()}
    return bool(wanted & numbers) or any(split(each) == split(name) for each in list_named(product.description))


def list_strange(
    agreement: Agreement, products: Mapping[str, Product], own: Collection[str], today: date
) -> dict[str, str]:
    """The products of open additions that are no line's, by addition; `own` are those that some line has."""
    return {
        each.id: each.product_id
        for each in agreement.additions
        if each.product_id in products and each.id not in own and not is_ours(each) and is_open(each, today)
    }


def write_neighbours(ids: Iterable[str], names: Iterable[str]) -> str:
    """Addition 9100 on this agreement, Visio Plan 2, …"""
    numbers = sorted(ids)
    those = f"Addition {numbers[0]}" if len(numbers) == 1 else f"Additions {', '.join(numbers)}"
    sell, they = ("sells", "it bills") if len(numbers) == 1 else ("sell", "they bill")
    return (
        f"{clean(those)} on this agreement {sell} {join(sorted(names))}, which sounds like this licence, by another "
        f"product. If {they} the same seats, end that in the PSA, or choose a profile of that product and adopt it."
    )
