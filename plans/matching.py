"""Which PSA company is which tenant: suggestions with a score and a reason, and which of them are safe. Pure.

A suggestion is safe when it rests on strong evidence (the tenant's id in the company's record, the same domain, the
same name), when no other company and no other tenant has such evidence for the same, and when nothing says otherwise
(design 05, "bulk add"). So no two tenants are ever safe for one company. What is merely near is never safe.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from enum import IntEnum

from rapidfuzz import fuzz

from plans.names import Name, find_label, is_same_site, name_domain, normalise

MOST_SUGGESTIONS = 3
LEAST_SCORE = 70
# A word or a beginning that more companies share than this tells nothing, and comparing them all takes time.
MOST_SHARING = 300
BEGINNING = 4
SHORTEST_STRONG_NAME = 3
SIMILAR_NAMES = 60
NEAR_PERCENT = 89
SUBSET_PERCENT = 85

type CompanyKey = tuple[str, str]
"""A PSA connection and the id of one of its companies."""


class Strength(IntEnum):
    """What a suggestion rests on, by the score it gives."""

    LABEL = 84
    NAME = 96
    DOMAIN = 98
    TENANT_ID = 100


REASONS = {
    Strength.TENANT_ID: "this tenant's id stands in the company's record",
    Strength.NAME: "same name",
    Strength.LABEL: "the domain begins like the name",
}


@dataclass(frozen=True, slots=True)
class TenantToMatch:
    """A tenant as an account reaches it. `domain` is its default domain; empty where nobody knows it."""

    tenant_id: str
    name: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class CompanyToMatch:
    """A company of one PSA connection. `domain` is its website's; `tenant_ids` are ids that its custom fields hold."""

    connection_id: str
    id: str
    name: str
    identifier: str = ""
    domain: str = ""
    tenant_ids: tuple[str, ...] = ()

    @property
    def key(self) -> CompanyKey:
        """Which company of which connection."""
        return self.connection_id, self.id


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One company for one tenant. `score` goes to 100; `doubt` is why it is not safe although it is strong."""

    company: CompanyToMatch
    score: int
    reason: str
    is_safe: bool = False
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A tenant and a company for which something strong speaks."""

    tenant: TenantToMatch
    company: CompanyToMatch
    strengths: tuple[Strength, ...]


@dataclass(slots=True)
class Index:
    """Companies by what a tenant can be known by."""

    by_tenant_id: dict[str, list[CompanyToMatch]] = field(default_factory=lambda: defaultdict(list))
    by_domain: dict[str, list[CompanyToMatch]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[CompanyToMatch]] = field(default_factory=lambda: defaultdict(list))
    by_label: dict[str, list[CompanyToMatch]] = field(default_factory=lambda: defaultdict(list))
    by_word: dict[str, list[CompanyToMatch]] = field(default_factory=lambda: defaultdict(list))
    names: dict[CompanyKey, Name] = field(default_factory=dict)


def match_tenants(
    tenants: Iterable[TenantToMatch],
    companies: Iterable[CompanyToMatch],
    taken_tenants: frozenset[str] = frozenset(),
    taken_companies: frozenset[CompanyKey] = frozenset(),
) -> dict[str, tuple[Suggestion, ...]]:
    """At most three suggestions for each tenant, the best first, by tenant id; none for those that are taken.

    All tenants and companies are to be given, those among them that are taken already: they are offered to nobody, and
    still speak against what they would match. The answer does not depend on the order in which they come.
    """
    by_id = {each.tenant_id.lower(): each for each in sorted(tenants, key=astuple)}
    index = make_index(list({each.key: each for each in sorted(companies, key=astuple)}.values()))
    pairs = {tenant_id: find_pairs(tenant, index) for tenant_id, tenant in by_id.items()}
    rivals: dict[CompanyKey, list[TenantToMatch]] = defaultdict(list)
    for tenant_id, own in pairs.items():
        for pair in own:
            rivals[pair.company.key].append(by_id[tenant_id])
    taken = frozenset(each.lower() for each in taken_tenants)
    return {
        tenant_id: suggest(tenant, pairs[tenant_id], rivals, index, taken_companies)
        for tenant_id, tenant in by_id.items()
        if tenant_id not in taken
    }


def make_index(companies: Sequence[CompanyToMatch]) -> Index:
    """The companies, each under all that it may be found by."""
    index = Index()
    for company in companies:
        name = normalise(company.name)
        index.names[company.key] = name
        for tenant_id in company.tenant_ids:
            index.by_tenant_id[tenant_id.lower()].append(company)
        if domain := name_domain(company.domain):
            index.by_domain[domain].append(company)
        if len(name.joined) >= SHORTEST_STRONG_NAME:
            index.by_name[name.key].append(company)
        for label in {name.joined, normalise(company.identifier).joined} - {""}:
            index.by_label[label].append(company)
        for word in list_handles(name):
            index.by_word[word].append(company)
    return index


def list_handles(name: Name) -> set[str]:
    """By what a name is looked up before it is compared: its words, and how it begins."""
    return {*name.words, f"^{name.joined[:BEGINNING]}"} if name.joined else set()


def find_pairs(tenant: TenantToMatch, index: Index) -> tuple[Pair, ...]:
    """The companies for which something strong speaks, with all that does."""
    found: dict[CompanyKey, tuple[CompanyToMatch, list[Strength]]] = {}

    def note(companies: Iterable[CompanyToMatch], strength: Strength) -> None:
        for company in companies:
            found.setdefault(company.key, (company, []))[1].append(strength)

    note(index.by_tenant_id.get(tenant.tenant_id.lower(), ()), Strength.TENANT_ID)
    note(index.by_domain.get(name_domain(tenant.domain), ()), Strength.DOMAIN)
    note(index.by_name.get(normalise(tenant.name).key, ()), Strength.NAME)
    return tuple(Pair(tenant, company, tuple(strengths)) for company, strengths in found.values())


def suggest(
    tenant: TenantToMatch,
    pairs: Sequence[Pair],
    rivals: Mapping[CompanyKey, Sequence[TenantToMatch]],
    index: Index,
    taken_companies: frozenset[CompanyKey],
) -> tuple[Suggestion, ...]:
    """The best three for one tenant; near ones only where nothing is safe."""
    strong = [weigh(pair, pairs, rivals, index) for pair in pairs if pair.company.key not in taken_companies]
    found = {each.company.key: each for each in strong}
    if not any(each.is_safe for each in strong):
        for each in find_near(tenant, index):
            if each.company.key not in taken_companies:
                found.setdefault(each.company.key, each)
    best = sorted(found.values(), key=lambda each: (not each.is_safe, -each.score, each.company.name, each.company.key))
    return tuple(best[:MOST_SUGGESTIONS])


def weigh(
    pair: Pair, pairs: Sequence[Pair], rivals: Mapping[CompanyKey, Sequence[TenantToMatch]], index: Index
) -> Suggestion:
    """One strong suggestion, and whether it is safe."""
    doubt = find_doubt(pair, pairs, rivals, index)
    reason = " and ".join(
        f"same domain {name_domain(pair.tenant.domain)}" if each is Strength.DOMAIN else REASONS[each]
        for each in pair.strengths
    )
    return Suggestion(pair.company, max(pair.strengths), reason, is_safe=not doubt, doubt=doubt)


def find_doubt(
    pair: Pair, pairs: Sequence[Pair], rivals: Mapping[CompanyKey, Sequence[TenantToMatch]], index: Index
) -> str:
    """What speaks against a strong suggestion; empty where nothing does."""
    tenant, company = pair.tenant, pair.company
    others = [each for each in pairs if each.company.key != company.key]
    if others:
        other = max(others, key=lambda each: max(each.strengths))
        if Strength.DOMAIN in other.strengths and Strength.DOMAIN not in pair.strengths:
            return f"but the domain {name_domain(tenant.domain)} is {other.company.name}'s"
        return f"but {other.company.name} matches it as well"
    rival = next((each for each in rivals[company.key] if each.tenant_id.lower() != tenant.tenant_id.lower()), None)
    if rival is not None:
        return f"but the tenant {rival.name} matches this company as well"
    if company.tenant_ids and Strength.TENANT_ID not in pair.strengths:
        return "but the company's record holds the id of another tenant"
    if pair.strengths == (Strength.NAME,) and not is_same_site(tenant.domain, company.domain):
        return f"but the company's website is {name_domain(company.domain)}"
    is_like = compare(normalise(tenant.name), index.names[company.key]) >= SIMILAR_NAMES
    return "" if is_like or pair.strengths != (Strength.DOMAIN,) else "but the names are not alike"


def find_near(tenant: TenantToMatch, index: Index) -> list[Suggestion]:
    """Companies whose names are near the tenant's, or begin its domain."""
    name = normalise(tenant.name)
    found: list[Suggestion] = []
    label = find_label(tenant.domain)
    for company in index.by_label.get(label, ()):
        found.append(Suggestion(company, Strength.LABEL, REASONS[Strength.LABEL]))
    candidates: dict[CompanyKey, CompanyToMatch] = {}
    for handle in list_handles(name):
        sharing = index.by_word.get(handle, ())
        if len(sharing) <= MOST_SHARING:
            candidates |= {each.key: each for each in sharing}
    for key, company in candidates.items():
        score = compare(name, index.names[key]) * NEAR_PERCENT // 100
        if score >= LEAST_SCORE:
            found.append(Suggestion(company, score, "near name"))
    return sorted(found, key=lambda each: -each.score)


def compare(one: Name, other: Name) -> int:
    """How alike two names are, to 100; one that is part of the other is less than the same."""
    if not one.joined or not other.joined:
        return 0
    whole = max(fuzz.ratio(one.key, other.key), fuzz.ratio(one.joined, other.joined))
    return max(int(whole), int(fuzz.token_set_ratio(one.key, other.key)) * SUBSET_PERCENT // 100)
