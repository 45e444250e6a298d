"""Which company is which tenant: reasons, doubts, and that safe means safe."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.matching import CompanyToMatch, Suggestion, TenantToMatch, match_tenants
from plans.names import find_label, is_same_site, name_domain, normalise

HOSTILE = (
    "",
    " ",
    "Ltd",
    "&",
    "🦷🏴‍☠️",
    "\u202egnilliB\u202c",
    "<script>",
    "=cmd|' /C calc'!A0",
    "\x00",
    "A" * 5000,
    "שלום",
    "...",
)
WORDS = st.sampled_from(
    ["Harbour", "Dental", "Kestrel", "Legal", "Fjord", "Müller", "O'Brien", "&", "Ltd", "GmbH", *HOSTILE]
)
NAMES = st.lists(WORDS, max_size=4).map(" ".join) | st.text(max_size=30)
DOMAINS = st.sampled_from(
    ["", "a.example", "www.a.example", "b.example", "b.onmicrosoft.com", "facebook.com", "not a domain", ".."]
)
IDS = st.integers(0, 9).map(lambda number: f"tenant-{number}")
TENANTS = st.lists(st.builds(TenantToMatch, IDS, NAMES, DOMAINS), max_size=8)
COMPANIES = st.lists(
    st.builds(
        CompanyToMatch,
        st.sampled_from(["one", "two"]),
        st.integers(1, 9).map(str),
        NAMES,
        st.sampled_from(["", "HARBOUR", "K"]),
        DOMAINS,
        st.lists(IDS, max_size=1).map(tuple),
    ),
    max_size=8,
)


def company(number: int, name: str, domain: str = "", **parts: object) -> CompanyToMatch:
    return CompanyToMatch("cw", str(number), name, domain=domain, **parts)  # type: ignore[arg-type]


def match(
    tenant: TenantToMatch, *companies: CompanyToMatch, beside: tuple[TenantToMatch, ...] = ()
) -> list[Suggestion]:
    return list(match_tenants([tenant, *beside], companies)[tenant.tenant_id])


CONTOSO = TenantToMatch("t-1", "Contoso Ltd", "contoso.example")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Contoso Ltd", "CONTOSO LIMITED"),
        ("Contoso GmbH & Co. KG", "contoso"),
        ("Alder & Finch", "Finch and Alder"),
        ("O'Brien Bäckerei e.V.", "OBrien Backerei"),
        ("The Quay Coffee Co.", "Quay-Coffee"),
        ("Dental Group, Harbour", "Harbour Dental Group B.V."),
        ("Stra\u00dfe AG", "STRASSE"),
        ("\u202eContoso\u202c", "Contoso"),
        ("Ａｃｍｅ", "Acme"),
    ],
)
def test_the_same_name_is_written_in_many_ways(one: str, other: str) -> None:
    assert normalise(one).key == normalise(other).key != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Contoso", "Contoso UK"), ("Contoso North", "Contoso South"), ("Ltd", "Limited"), ("", "Ltd")]
)
def test_other_names_are_others(one: str, other: str) -> None:
    assert normalise(one).key != normalise(other).key


def test_domains_that_name_nobody_name_nobody() -> None:
    named = [
        name_domain(each)
        for each in ("contoso.onmicrosoft.com", "facebook.com", "", "localhost", "x.partner.onmschina.cn")
    ]
    assert named == [""] * 5
    assert name_domain(" WWW.Contoso.example. ") == "contoso.example"
    assert is_same_site("mail.contoso.example", "contoso.example")
    assert is_same_site("contoso.example", "")
    assert not is_same_site("contoso.example", "fabrikam.example")
    assert find_label("harbour-dental.onmicrosoft.com") == "harbourdental"


def test_the_tenants_id_is_the_strongest_evidence() -> None:
    (found,) = match(CONTOSO, company(1, "Something else", tenant_ids=("T-1",)))
    assert (found.score, found.reason, found.is_safe) == (100, "this tenant's id stands in the company's record", True)


def test_domain_and_name_together_are_safe() -> None:
    (found,) = match(
        CONTOSO, company(1, "contoso limited", "contoso.example"), company(2, "Fabrikam", "fabrikam.example")
    )
    assert (found.score, found.is_safe) == (98, True)
    assert found.reason == "same domain contoso.example and same name"


def test_a_name_alone_is_safe_where_nothing_speaks_against_it() -> None:
    (found,) = match(CONTOSO, company(1, "Contoso"))
    assert (found.score, found.reason, found.is_safe) == (96, "same name", True)


@pytest.mark.parametrize(
    ("companies", "beside", "doubt"),
    [
        ((company(1, "Contoso", "other.example"),), (), "but the company's website is other.example"),
        ((company(1, "Contoso"), company(2, "Contoso Inc.")), (), "but Contoso Inc. matches it as well"),
        (
            (company(1, "Contoso"), company(2, "Fabrikam", "contoso.example")),
            (),
            "but the domain contoso.example is Fabrikam's",
        ),
        (
            (company(1, "Contoso"),),
            (TenantToMatch("t-2", "CONTOSO"),),
            "but the tenant CONTOSO matches this company as well",
        ),
        ((company(1, "Contoso", tenant_ids=("t-9",)),), (), "but the company's record holds the id of another tenant"),
    ],
)
def test_a_strong_match_with_a_doubt_is_not_safe(
    companies: tuple[CompanyToMatch, ...], beside: tuple[TenantToMatch, ...], doubt: str
) -> None:
    found = next(each for each in match(CONTOSO, *companies, beside=beside) if each.company.id == "1")
    assert (found.is_safe, found.doubt) == (False, doubt)


def test_a_domain_alone_is_doubted_where_the_names_are_not_alike() -> None:
    (found,) = match(CONTOSO, company(1, "Zebra Mining", "contoso.example"))
    assert (found.is_safe, found.doubt) == (False, "but the names are not alike")
    (found,) = match(CONTOSO, company(1, "Contoso Group", "contoso.example"))
    assert found.is_safe


def test_what_is_taken_is_offered_to_nobody_and_still_speaks_against_others() -> None:
    rival = TenantToMatch("t-2", "Contoso")
    one, two = company(1, "Contoso"), company(2, "Contozo")
    found = match_tenants([CONTOSO, rival], [one, two], frozenset({"T-2"}), frozenset({("cw", "2")}))
    assert list(found) == ["t-1"]
    assert [(each.company.id, each.is_safe) for each in found["t-1"]] == [("1", False)]


def test_near_names_come_by_score_and_are_never_safe() -> None:
    tenant = TenantToMatch("t-1", "Harbor Dental Group", "hdg.onmicrosoft.com")
    companies = [
        company(n, name) for n, name in enumerate(("Harbour Dental Group", "Harbour Dental", "Dental Harmony", "Zebra"))
    ]
    found = match(tenant, *companies)
    assert [each.company.id for each in found][:2] == ["0", "1"]
    assert {each.reason for each in found} == {"near name"}
    assert not any(each.is_safe for each in found)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_a_domain_that_begins_like_the_short_name_is_a_hint() -> None:
    (found,) = match(
        TenantToMatch("t-1", "HDG Holding", "harbourdental.onmicrosoft.com"),
        company(1, "H.D.G.", identifier="HarbourDental"),
    )
    assert (found.score, found.reason, found.is_safe) == (84, "the domain begins like the name", False)


def test_at_most_three_are_suggested() -> None:
    companies = [
        company(number, f"Contoso {word}") for number, word in enumerate(("North", "South", "East", "West", "Inc"))
    ]
    assert len(match(CONTOSO, *companies)) <= 3


def test_words_that_everybody_shares_do_not_cost_time() -> None:
    companies = [company(number, f"Customer {number:05d}") for number in range(3000)]
    tenants = [TenantToMatch(f"t-{number}", f"Customer {number:05d} Ltd") for number in range(3000)]
    found = match_tenants(tenants, companies)
    assert all(own[0].is_safe and own[0].company.id == name.removeprefix("t-") for name, own in found.items())


@given(TENANTS, COMPANIES)
@settings(max_examples=200, deadline=None)
def test_no_two_tenants_are_safe_for_one_company_and_no_tenant_for_two(
    tenants: list[TenantToMatch], companies: list[CompanyToMatch]
) -> None:
    found = match_tenants(tenants, companies)
    safe = [(tenant_id, each.company.key) for tenant_id, own in found.items() for each in own if each.is_safe]
    assert max(Counter(key for _, key in safe).values(), default=0) <= 1
    assert max(Counter(tenant_id for tenant_id, _ in safe).values(), default=0) <= 1
    for own in found.values():
        assert len(own) <= 3
        assert all(0 < each.score <= 100 and each.reason for each in own)
        assert not any(each.is_safe and each.doubt for each in own)
        assert len({each.company.key for each in own}) == len(own)


@given(TENANTS, COMPANIES, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_they_come_does_not_matter(
    tenants: list[TenantToMatch], companies: list[CompanyToMatch], chance: object
) -> None:
    before = match_tenants(tenants, companies)
    chance.shuffle(tenants)  # type: ignore[attr-defined]
    chance.shuffle(companies)  # type: ignore[attr-defined]
    assert match_tenants(tenants, companies) == before


@given(TENANTS, COMPANIES, TENANTS, COMPANIES)
@settings(max_examples=100, deadline=None)
def test_more_to_choose_from_never_makes_another_company_safe(
    tenants: list[TenantToMatch],
    companies: list[CompanyToMatch],
    more_tenants: list[TenantToMatch],
    more_companies: list[CompanyToMatch],
) -> None:
    """What is safe among more was safe, or was not there, among fewer: rivals only take away."""
    ids, keys = {each.tenant_id for each in tenants}, {each.key for each in companies}
    added = [each for each in more_tenants if each.tenant_id not in ids]
    offered = [each for each in more_companies if each.key not in keys]
    fewer = match_tenants(tenants, companies)
    more = match_tenants([*tenants, *added], [*companies, *offered])
    for tenant_id, own in fewer.items():
        was = {each.company.key for each in own if each.is_safe}
        now = {each.company.key for each in more[tenant_id] if each.is_safe and each.company.key in keys}
        assert now <= was


@given(st.text(max_size=60))
def test_a_normalised_name_stays_as_it_is(name: str) -> None:
    once = normalise(name)
    assert normalise(" ".join(once.words)).joined == once.joined or len(once.words) > 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_match_nothing_but_themselves(name: str) -> None:
    found = match(TenantToMatch("t-1", name), company(1, "Contoso"), company(2, name))
    assert all(each.company.id == "2" for each in found)


def test_what_too_many_share_is_no_hint() -> None:
    tenant = TenantToMatch("t-1", "Dental Kestrl")
    crowd = [company(number, f"Dental {number:05d}") for number in range(301)]
    assert match(tenant, *crowd, company(999, "Kestrel Dental")) == [], "only words that all of them share lead there"
    (found,) = match(tenant, *crowd, company(999, "Kestrl Dentals"))
    assert (found.company.id, found.is_safe) == ("999", False)
