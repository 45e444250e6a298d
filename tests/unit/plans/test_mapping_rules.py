"""What a rule maps, what it leaves to a person, and whom it never overrides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from plans.catalogue import AgreementSummary, find_successor
from plans.mapping_rules import (
    MappingRule,
    OpenLine,
    Undecided,
    choose_agreement,
    explain_match,
    find_open_lines,
    make_rule_id,
    match_rules,
)
from profiles.billing import Basis, BillableOption, BillingProfile, Customer, Mapping
from profiles.exclusions import LicenceExclusion, TenantExclusion
from profiles.holdings import HeldSubscription, Holding
from profiles.licences import Term
from profiles.parts import OneSubscription, Part, are_one_split

SKU, OTHER = "AB-1", "cd-2"
CUSTOMER = Customer("c", "Harbour Dental", "tenant", "cw", "250")
ONE, TWO = OneSubscription("s-1"), OneSubscription("s-2")
BOUGHT = (HeldSubscription(ONE, 7, Term.ANNUAL), HeldSubscription(TWO, 3, Term.MONTHLY))
HELD = Holding(SKU, "PART", 10, 8, ((Term.ANNUAL, 7), (Term.MONTHLY, 3)), subscriptions=BOUGHT)
UNTOLD = Holding(SKU, "PART", 10, 8)
PROFILE = BillingProfile("p", "Premium", "cw", "501", BillableOption.BILLABLE, agreement_type_ids=("7",))
SECOND = replace(PROFILE, id="q", name="Second")
FOREIGN = replace(PROFILE, id="f", connection_id="autotask")
PROFILES = {each.id: each for each in (PROFILE, SECOND, FOREIGN)}
MANAGED = AgreementSummary("400", "Managed Services", "250", "7", "Managed", "Active", is_active=True)


def rule(term: Term | None = None, profile: str = "p", sku: str = SKU) -> MappingRule:
    return MappingRule(make_rule_id("cw", sku, term), sku, "Premium", term, profile, is_live=True)


def mapped(part: Part = None, **changes: object) -> Mapping:
    made = Mapping("m", "c", SKU.lower(), "Premium", "p", "400", Basis.PURCHASED, part=part)
    return replace(made, **changes)  # type: ignore[arg-type]


def open_lines(*mappings: Mapping, held: Holding = HELD) -> tuple[OpenLine, ...]:
    return find_open_lines("tenant", mappings, (held,), ())


def terms(lines: tuple[OpenLine, ...], *rules: MappingRule) -> list[tuple[Part, str]]:
    return [(each.part, each.profile.id) for each in match_rules(CUSTOMER, lines, rules, PROFILES)]


def test_what_is_mapped_is_not_open() -> None:
    assert open_lines() == (OpenLine(HELD, None),)
    assert open_lines(mapped()) == ()
    assert open_lines(mapped(is_excluded=True, agreement_id="")) == ()
    assert open_lines(mapped(Term.ANNUAL)) == (OpenLine(HELD, Term.MONTHLY),)
    assert open_lines(mapped(Term.ANNUAL), held=UNTOLD) == ()


def test_a_subscription_that_came_after_the_split_is_open() -> None:
    assert open_lines(mapped(ONE)) == (OpenLine(HELD, TWO),)
    assert open_lines(mapped(ONE), mapped(TWO)) == ()
    assert open_lines(mapped(ONE), mapped(TWO, is_ended=True)) == (OpenLine(HELD, TWO, was_ended=True),)
    assert open_lines(mapped(ONE), held=UNTOLD) == ()


def test_a_rule_takes_a_new_subscription_by_its_term_then_by_the_rule_for_any() -> None:
    lines = open_lines(mapped(ONE))
    assert terms(lines, rule(), rule(Term.MONTHLY, "q")) == [(TWO, "q")]
    assert terms(lines, rule(), rule(Term.ANNUAL, "q")) == [(TWO, "p")]
    assert terms(lines, rule(Term.ANNUAL)) == []
    untold = replace(HELD, terms=None, subscriptions=(HeldSubscription(TWO, 3),))
    assert terms(open_lines(mapped(ONE), held=untold), rule(Term.MONTHLY)) == [], "nobody can tell its term"
    assert terms(open_lines(mapped(ONE), held=untold), rule()) == [(TWO, "p")]
    assert terms((OpenLine(UNTOLD, TWO),), rule(Term.MONTHLY)) == []


def test_what_is_excluded_is_not_open() -> None:
    assert find_open_lines("tenant", (), (HELD,), (LicenceExclusion(SKU.lower()),)) == ()
    assert find_open_lines("tenant", (), (HELD,), (TenantExclusion("TENANT"),)) == ()
    assert len(find_open_lines("tenant", (), (HELD,), (LicenceExclusion(OTHER),))) == 1


def test_what_a_person_ended_is_open_and_no_rule_touches_it() -> None:
    lines = open_lines(mapped(is_ended=True))
    assert lines == (OpenLine(HELD, None, was_ended=True),)
    assert terms(lines, rule()) == []
    split = open_lines(mapped(Term.ANNUAL), mapped(Term.MONTHLY, is_ended=True))
    assert split == (OpenLine(HELD, Term.MONTHLY, was_ended=True),) and terms(split, rule()) == []


def test_one_for_any_term_takes_all_of_them_in_one_line() -> None:
    assert terms(open_lines(), rule()) == [(None, "p")]
    assert terms(open_lines(held=UNTOLD), rule()) == [(None, "p")]


def test_one_for_a_term_takes_that_term_and_leaves_the_other() -> None:
    assert terms(open_lines(), rule(Term.ANNUAL)) == [(Term.ANNUAL, "p")]
    assert terms(open_lines(), rule(Term.TRIENNIAL)) == []
    assert terms(open_lines(held=UNTOLD), rule(Term.ANNUAL)) == [], "nobody can tell the terms"


def test_the_one_for_the_term_goes_before_the_one_for_any() -> None:
    both = (rule(), rule(Term.ANNUAL, "q"))
    assert terms(open_lines(), *both) == [(Term.MONTHLY, "p"), (Term.ANNUAL, "q")] or terms(open_lines(), *both) == [
        (Term.ANNUAL, "q"),
        (Term.MONTHLY, "p"),
    ]
    assert terms(open_lines(mapped(Term.ANNUAL)), *both) == [(Term.MONTHLY, "p")]
    assert terms(open_lines(mapped(Term.MONTHLY)), rule(Term.MONTHLY)) == []


def test_a_rule_is_for_its_licence_and_its_psa_and_needs_its_profile() -> None:
    assert terms(open_lines(), rule(sku=OTHER)) == []
    assert terms(open_lines(), rule(profile="f")) == []
    assert terms(open_lines(), rule(profile="gone")) == []


def test_exactly_one_agreement_is_chosen() -> None:
    ended, other = replace(MANAGED, id="401", is_active=False), replace(MANAGED, id="402", type_id="8")
    assert choose_agreement(PROFILE, (ended, MANAGED, other)) == MANAGED
    assert choose_agreement(replace(PROFILE, agreement_type_ids=()), (MANAGED,)) == MANAGED
    none = choose_agreement(PROFILE, (ended, other))
    assert isinstance(none, Undecided) and none.sentence.startswith("No active agreement of its company is of a type")
    two = choose_agreement(PROFILE, (MANAGED, replace(MANAGED, id="403", name="Cloud")))
    assert two == Undecided("2 agreements fit: Managed Services (agreement 400), Cloud (agreement 403). Choose one.")


def test_why_names_rule_profile_and_agreement() -> None:
    (match,) = match_rules(CUSTOMER, open_lines(), (rule(Term.ANNUAL),), PROFILES)
    assert explain_match(match, MANAGED) == (
        "By the rule for Premium, annual: Premium on Managed Services, the only active agreement that fits."
    )
    (match,) = match_rules(CUSTOMER, open_lines(), (rule(),), PROFILES)
    assert explain_match(match, MANAGED).startswith("By the rule for Premium: Premium on")


def test_there_is_one_rule_for_a_licence_and_term_of_a_psa() -> None:
    ids = {make_rule_id(psa, sku, term) for psa in ("a", "b") for sku in (SKU, OTHER) for term in (None, *Term)}
    assert len(ids) == 16
    assert make_rule_id("a", SKU, None) == make_rule_id("a", SKU.lower(), None)


@given(
    some.lists(
        some.builds(
            mapped,
            some.sampled_from([None, *Term, ONE, TWO]),
            is_ended=some.booleans(),
            is_excluded=some.booleans(),
        ),
        max_size=4,
    ),
    some.lists(some.builds(rule, some.sampled_from([None, *Term]), some.sampled_from(["p", "q"])), max_size=4),
)
def test_whatever_stands_is_never_mapped_a_second_time(mappings: list[Mapping], rules: list[MappingRule]) -> None:
    """No line that a rule makes covers a part that a mapping covers already, or one that was ended."""
    standing = {each.part for each in mappings if not each.is_ended}
    ended = {each.part for each in mappings if each.is_ended}
    made = terms(open_lines(*mappings), *rules)
    assert len({term for term, _ in made}) == len(made)
    for term, _ in made:
        assert None not in standing and term not in standing
        assert standing or not ended
    if are_one_split(standing):
        assert are_one_split((*standing, *(part for part, _ in made)))


def summarise(agreement_id: str, starts_on: date | None, ends_on: date | None, **changes: Any) -> AgreementSummary:
    return replace(MANAGED, id=agreement_id, starts_on=starts_on, ends_on=ends_on, **changes)


ENDING = summarise("400", None, date(2026, 12, 31))
NEXT = summarise("500", date(2027, 1, 1), None)
EARLIER = summarise("501", date(2026, 6, 1), date(2028, 1, 1))


@pytest.mark.parametrize(
    ("old", "offered", "found"),
    [
        (ENDING, (NEXT,), NEXT),
        (ENDING, (EARLIER,), EARLIER),
        (ENDING, (EARLIER, NEXT), NEXT),
        (ENDING, (NEXT, replace(NEXT, id="502")), None),
        (ENDING, (ENDING,), None),
        (ENDING, (replace(NEXT, is_active=False), replace(NEXT, type_id="8"), replace(NEXT, company_id="9")), None),
        (ENDING, (replace(NEXT, starts_on=None), replace(NEXT, starts_on=date(2027, 1, 2))), None),
        (ENDING, (replace(EARLIER, ends_on=date(2026, 12, 31)),), None),
        (replace(ENDING, ends_on=None), (NEXT,), None),
    ],
)
def test_what_may_well_take_over_where_an_agreement_ends(
    old: AgreementSummary, offered: tuple[AgreementSummary, ...], found: AgreementSummary | None
) -> None:
    """No field of ConnectWise names it: it is only chosen before, and a person confirms it."""
    assert find_successor(old, offered) == found
