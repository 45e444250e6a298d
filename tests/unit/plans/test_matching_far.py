"""What a near name is not: one word in common, or a word that everybody shares."""

from __future__ import annotations

import pytest

from plans.matching import MOST_SHARING, CompanyToMatch, TenantToMatch, match_tenants

TENANT = TenantToMatch("t", "Harbour Dental")
FAR, NEAR = CompanyToMatch("cw", "1", "Harbour Forwarding Logistics"), CompanyToMatch("cw", "2", "Harbour Dentists")


def test_one_word_in_common_is_not_enough() -> None:
    assert match_tenants([TENANT], [FAR])["t"] == ()


def test_what_is_far_hides_nothing_that_is_near() -> None:
    for companies in ([FAR, NEAR], [NEAR, FAR]):
        [only] = match_tenants([TENANT], companies)["t"]
        assert (only.company, only.reason, only.is_safe) == (NEAR, "near name", False)


@pytest.mark.parametrize(("more", "is_found"), [(-1, True), (0, True), (1, False)])
def test_a_word_that_more_than_300_companies_share_leads_to_none_of_them(more: int, is_found: bool) -> None:
    """`Ould Harbour` has nothing else by which `Old Harbour` would be looked up."""
    assert MOST_SHARING == 300
    spelled = CompanyToMatch("cw", "0", "Ould Harbour")
    crowd = [CompanyToMatch("cw", str(number), f"Q{number:03d} Harbour") for number in range(1, MOST_SHARING + more)]
    found = match_tenants([TenantToMatch("t", "Old Harbour")], [*crowd, spelled])["t"]
    assert (spelled in [each.company for each in found]) is is_found
