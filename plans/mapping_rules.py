"""Mapping by rule: which lines of a customer nobody decided about, and which rule maps them where. Pure.

A rule never overrides a person: what is mapped, excluded, or was mapped before and ended, is left alone. It never
chooses either: where not exactly one agreement fits, it says so and maps nothing (issue 7, bulk and rules).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plans.catalogue import AgreementSummary, may_bill_on
from profiles.billing import BillingProfile, Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.exclusions import Exclusion, find_exclusion
from profiles.holdings import Holding
from profiles.licences import Term
from profiles.parts import OneSubscription, Part, Split, find_common_split
from profiles.quantity import is_same_id

ID_LENGTH = 16
TERM_NAMES = {Term.MONTHLY: "monthly", Term.ANNUAL: "annual", Term.TRIENNIAL: "three-year"}


@dataclass(frozen=True, slots=True)
class MappingRule:
    """A licence, bought for one term or (None) for any, is billed by a profile, for every customer of its PSA.

    One that is live maps what it finds in every night; one that is not shows what it would map, and maps nothing.
    """

    id: str
    sku_id: str
    licence_name: str
    term: Term | None
    profile_id: str
    is_live: bool
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A licence that nobody decided about, as a whole (None), or a part of one that is split.

    `was_ended`: somebody mapped it before, and ended that.
    """

    holding: Holding
    part: Part
    was_ended: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule says about an open line: what it takes in one, and by which profile that is billed."""

    rule: MappingRule
    profile: BillingProfile
    holding: Holding
    part: Part


@dataclass(frozen=True, slots=True)
class Undecided:
    """Why a line is not mapped, as a sentence with what to do next."""

    sentence: str


def make_rule_id(connection_id: str, sku_id: str, term: Term | None) -> str:
    """The id that every rule for this licence and term has: there is one at most."""
    spelled = f"{connection_id}|{sku_id.lower()}|{term or 'any'}"
    return f"r-{hashlib.sha256(spelled.encode()).hexdigest()[:ID_LENGTH]}"


def find_open_lines(
    tenant_id: str, mappings: Iterable[LicenceMapping], holdings: Sequence[Holding], exclusions: Sequence[Exclusion]
) -> tuple[OpenLine, ...]:
    """The lines of a customer that nobody decided about, in the order of its holdings."""
    by_sku: dict[str, list[LicenceMapping]] = {}
    for mapping in mappings:
        by_sku.setdefault(mapping.sku_id.lower(), []).append(mapping)
    found: list[OpenLine] = []
    for holding in holdings:
        if find_exclusion(exclusions, tenant_id, holding.sku_id) is None:
            found += open_holding(holding, by_sku.get(holding.sku_id.lower(), []))
    return tuple(found)


def open_holding(holding: Holding, own: Sequence[LicenceMapping]) -> list[OpenLine]:
    """What of one licence is open, given all the mappings that it ever had."""
    current = {mapping.part for mapping in own if not mapping.is_ended}
    if not current:
        return [OpenLine(holding, None, was_ended=bool(own))]
    bought: list[Part]
    match find_common_split(current):
        case Split.WHOLE:
            return []
        case Split.TERM:
            bought = [term for term, _ in holding.terms or ()]
        case Split.SUBSCRIPTION:  # pragma: no branch - there is no other way
            bought = [each.part for each in holding.subscriptions or ()]
    ended = {mapping.part for mapping in own if mapping.is_ended}
    return [OpenLine(holding, part, was_ended=part in ended) for part in bought if part not in current]


def match_rules(
    customer: Customer,
    lines: Iterable[OpenLine],
    rules: Iterable[MappingRule],
    profiles: Mapping[str, BillingProfile],
) -> tuple[Match, ...]:
    """What the rules say about a customer's open lines. A rule for the term goes before one for any term."""
    usable = [
        (rule, profile)
        for rule in rules
        if (profile := profiles.get(rule.profile_id)) is not None and profile.connection_id == customer.connection_id
    ]
    return tuple(match for line in lines if not line.was_ended for match in match_line(line, usable))


def match_line(line: OpenLine, rules: Sequence[tuple[MappingRule, BillingProfile]]) -> list[Match]:
    """What the rules say about one open line: it is split where a rule speaks of one of its terms."""
    own = {rule.term: (rule, profile) for rule, profile in rules if is_same_id(rule.sku_id, line.holding.sku_id)}
    held = [term for term, _ in line.holding.terms or ()]
    is_cut = line.part is None and any(term in own for term in held)
    found = [
        (part, own.get(find_term(line.holding, part)) or own.get(None)) for part in (held if is_cut else [line.part])
    ]
    return [Match(*by, line.holding, part) for part, by in found if by is not None]


def find_term(holding: Holding, part: Part) -> Term | None:
    """The term of a part; None where it is of several, or nobody tells it."""
    match part:
        case OneSubscription():
            held = holding.find_subscription(part)
            return None if held is None else held.term
        case _:
            return part


def choose_agreement(profile: BillingProfile, agreements: Iterable[AgreementSummary]) -> AgreementSummary | Undecided:
    """The only active agreement on which the profile may bill; else why there is none to choose."""
    fitting = [each for each in agreements if each.is_active and may_bill_on(profile, each)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        return Undecided(
            f"No active agreement of its company is of a type that {profile.name} allows. Make one in the PSA, or map "
            "the licence by another profile."
        )
    names = ", ".join(f"{each.name} (agreement {each.id})" for each in fitting)
    return Undecided(f"{len(fitting)} agreements fit: {names}. Choose one.")


def explain_match(match: Match, agreement: AgreementSummary) -> str:
    """Why a line is mapped like this, as it stays on the mapping."""
    terms = "" if match.rule.term is None else f", {TERM_NAMES[match.rule.term]}"
    return (
        f"By the rule for {match.rule.licence_name}{terms}: {match.profile.name} on {agreement.name}, the only active "
        "agreement that fits."
    )
