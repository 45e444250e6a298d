"""A first addition beside one on another agreement of the company: searched once, held, and never passed unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from plans.changes import Apply, Held, HoldRule
from plans.keys import make_key
from plans.plan import LinePlan, hash_line
from profiles.readings import Known
from sync.summaries import summarise_plan
from tests.unit.psa.connectwise.site import make_addition_row, make_agreement_row
from tests.unit.sync.preview_world import PreviewWorld, make_mapping
from tests.unit.sync.test_previewing import change, only

GROUP = {"id": 42, "parentCompany": {"id": 7, "name": "Group"}, "billToCompany": {"id": 7}}


def typed(number: int = 7, **changes: Any) -> dict[str, Any]:
    """8 seats of the product that somebody typed in 2024."""
    row = {"quantity": 8.0, "serialNumber": "", "effectiveDate": "2024-03-01T00:00:00Z"}
    return make_addition_row(number, **(row | changes))


def plan(world: PreviewWorld) -> LinePlan:
    line = only(world.preview((None, make_mapping()))).line
    assert line is not None
    return line


def decide(world: PreviewWorld) -> str:
    decision = plan(world).decision
    return decision.rule if isinstance(decision, Held) else decision.kind


def test_an_addition_on_the_companys_other_agreement_holds_the_first_write_and_is_named() -> None:
    """12 seats are mapped on agreement 1201 while 8 were typed on 1202 in March 2024: 20 would be billed of 12."""
    world = PreviewWorld()
    world.psa.additions[1202].append(typed())
    line = plan(world)
    assert isinstance(line.decision, Held) and line.decision.rule is HoldRule.UNADOPTED_ADDITION
    assert line.decision.sentence == (
        "0 → 12 Business Premium: addition 7 of agreement 1202 bills 8 of the same product since 1 Mar 2024 and is no "
        "line of Seatledger's. Map the licence on that agreement instead and adopt it, or end it in the PSA, so that "
        "nothing is billed twice. Approving it bills both."
    )
    assert [(each.agreement_id, each.addition_id) for each in line.beside] == [("1202", "7")]


def test_both_are_named_where_the_own_agreement_has_one_as_well() -> None:
    """3 seats on its own agreement and 8 elsewhere: each with what to do about it."""
    world = PreviewWorld()
    world.psa.additions[1201].append(typed(6, quantity=3.0))
    world.psa.additions[1202] += [typed(), typed(8)]
    decision = plan(world).decision
    assert isinstance(decision, Held)
    assert "addition 6 bills 3 of the same product since 1 Mar 2024 and is no line" in decision.sentence
    assert ". Also, addition 7 of agreement 1202 bills 8 of the same product since 1 Mar 2024, and addition 8 of " in (
        decision.sentence
    )


@pytest.mark.parametrize(
    ("row", "agreement"),
    [
        ({"product": {"id": 502}}, {}),
        ({"cancelledDate": "2026-11-21T00:00:00Z"}, {}),
        ({}, {"agreementStatus": "Inactive"}),
        ({}, {"cancelledFlag": True}),
        ({}, {"company": {"id": 43}}),
        ({"product": {"id": 502}, "billCustomer": "Sometimes"}, {}),
    ],
)
def test_what_does_not_bill_it_elsewhere_holds_nothing(row: dict[str, Any], agreement: dict[str, Any]) -> None:
    """Another product, however odd; one that ended; an agreement that is over, or is another company's."""
    world = PreviewWorld()
    world.psa.agreements[1] = make_agreement_row(1202, **agreement)
    world.psa.additions[1202].append(typed(**row))
    assert decide(world) == "apply"


def test_what_another_mapping_of_ours_made_or_adopted_there_is_no_stranger() -> None:
    """Visio is billed by the same product on 1202: adopted there once, and one more made by us since."""
    world = PreviewWorld()
    other = make_mapping("m-2", sku_id="visio", agreement_id="1202")
    world.bill(other, addition_id=7)
    world.psa.additions[1202].append(typed(8, serialNumber=make_key("m-2", 1)))
    assert decide(world) == "apply"
    world.psa.additions[1202].append(typed(9, serialNumber=make_key("a mapping that is gone", 1)))
    assert decide(world) == "unadopted_addition"


def test_the_parents_agreements_are_searched_where_the_parent_pays() -> None:
    """Agreement 1203 is the group's. It counts where the group is invoiced for the company, and not where it is not."""
    world = PreviewWorld()
    world.psa.agreements.append(make_agreement_row(1203, company={"id": 7, "name": "Group"}))
    world.psa.additions[1203] = [typed()]
    assert decide(world) == "apply"
    world.psa.companies = [GROUP]
    assert decide(world) == "unadopted_addition"


@pytest.mark.parametrize("path", ["/company/companies", "/finance/agreements", "/finance/agreements/1202/additions"])
@pytest.mark.parametrize("status", [503, 403])
def test_could_not_read_is_never_none_there(path: str, status: int) -> None:
    """Held without an approval that could help, until a night that reads it; nothing was there, and 12 are written."""
    world = PreviewWorld()

    def fail(request: httpx.Request) -> httpx.Response | None:
        is_search = "id in" not in request.url.params.get("conditions", "")
        return httpx.Response(status) if request.url.path.endswith(path) and is_search else None

    world.psa.intercept = fail
    decision = plan(world).decision
    assert isinstance(decision, Held) and (decision.rule, decision.changes) == (HoldRule.NOT_SEARCHED, ())
    assert decision.sentence.startswith(
        "0 → 12 Business Premium waits: whether another agreement bills it already could not be read. The PSA said: "
    )
    assert decision.sentence.endswith("It is tried again every night.")
    world.psa.intercept = lambda _: None
    assert decide(world) == "apply"


def test_a_list_that_is_shorter_than_connectwise_counts_is_no_reading() -> None:
    """The page with the 8 seats comes back without them."""
    world = PreviewWorld()
    world.psa.additions[1202].append(typed())
    world.psa.intercept = lambda request: (
        httpx.Response(200, json=[]) if request.url.path.endswith("1202/additions") else None
    )
    assert decide(world) == "not_searched"


def test_what_is_over_bills_nothing_twice_though_it_is_called_active() -> None:
    """Agreement 1202 ended on 31 October; today is 22 November. So it is where another line of ours was there once."""
    world = PreviewWorld()
    world.psa.agreements[1] = make_agreement_row(1202, noEndingDateFlag=False, endDate="2026-10-31T00:00:00Z")
    world.psa.additions[1202].append(typed())
    assert decide(world) == "apply"
    world.bill(make_mapping("m-2", sku_id="visio", agreement_id="1202"), addition_id=9)
    assert decide(world) == "apply"
    world.psa.agreements[1]["endDate"] = "2026-11-22T00:00:00Z"
    assert decide(world) == "unadopted_addition"


def test_half_a_row_is_no_reading() -> None:
    """An addition without a product may be of this one."""
    world = PreviewWorld()
    world.psa.additions[1202].append(typed(product=None))
    assert decide(world) == "not_searched"


def test_a_search_takes_a_minute_at_most() -> None:
    """A PSA that answers nothing for hours does not hold up the planning of a customer."""
    world = PreviewWorld()
    outside = world.outside()
    world.psa.intercept = lambda request: httpx.Response(429) if request.url.path.endswith("/companies") else None
    short = replace(outside.limits, longest_search=timedelta(seconds=1))
    reading = world.run(replace(outside, limits=short), (None, make_mapping()))
    assert isinstance(reading, Known)
    line = only(reading.value).line
    assert line is not None
    decision = line.decision
    assert isinstance(decision, Held) and decision.rule is HoldRule.NOT_SEARCHED


def test_an_approval_rests_on_what_was_found_and_survives_reading_it_again() -> None:
    """The hash of the line is the same on every reading of the same 8 seats, and another one once they are 9."""
    world = PreviewWorld()
    world.psa.additions[1202].append(typed())

    def hash_it() -> str:
        shown = only(world.preview((None, make_mapping())))
        assert shown.plan is not None and shown.line is not None
        (held,) = summarise_plan(shown.plan, "hash", frozenset()).held
        assert held.elsewhere == "1202" and held.line_hash == hash_line(shown.plan, shown.line)
        return held.line_hash

    first = hash_it()
    world.psa.additions[1202][0]["invoiceDescription"] = "Another text"
    world.psa.agreements[1]["name"] = "Renamed"
    assert hash_it() == first
    world.psa.additions[1202][0]["quantity"] = 9.0
    assert hash_it() != first


def test_nothing_is_searched_for_a_line_that_was_ever_written() -> None:
    """A rise of a line that bills asks for its own agreement alone, however many others the company has."""
    world = PreviewWorld()
    mapping = make_mapping()
    world.bill(mapping)
    world.psa.additions[1202].append(typed())
    line = only(world.preview(change(mapping, maximum=11))).line
    assert line is not None and not line.beside
    assert not [path for path in world.psa.paths("GET") if path.endswith(("/companies", "1202/additions"))]


def test_a_preview_of_two_days_searches_once() -> None:
    world = PreviewWorld()
    plan(world)
    assert len([path for path in world.psa.paths("GET") if path.endswith("1202/additions")]) == 1
    assert isinstance(plan(world).decision, Apply)
