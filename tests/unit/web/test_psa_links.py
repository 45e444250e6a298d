"""Links into the PSA's own pages lead to its company, and nowhere that zone discovery did not name."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.web.connection_fakes import AUTOTASK, CONNECTWISE
from web.pages.psa_links import find_company_page


def test_a_company_of_autotask_is_opened_by_its_number() -> None:
    assert find_company_page(AUTOTASK, "178") == (
        "https://ww5.autotask.net/Autotask/AutotaskExtend/ExecuteCommand.aspx?Code=OpenAccount&AccountID=178"
    )
    assert find_company_page(AUTOTASK, "1&Code=x").endswith("AccountID=1%26Code%3Dx")


def test_without_an_address_for_people_there_is_no_link() -> None:
    assert find_company_page(replace(AUTOTASK, web_url=""), "178") == ""
    assert find_company_page(CONNECTWISE, "250") == ""
