"""What saving a mapping would do, shown before it is saved: the night's own plan, and not one write (R7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from plans.changes import Apply, CreateAddition, Held, HoldRule, Parked, SetAddition, Unchanged
from plans.controls import Controls
from plans.editing import MappingChange
from profiles.billing import Basis, BillableOption, CustomPrice, DatedPrice, DescriptionOptions, Mapping
from profiles.exclusions import LicenceExclusion
from profiles.licences import BillingType, PartnerStatus, PartnerSubscription, Term
from profiles.readings import Unknown
from sync.previewing import Preview, PreviewedLine, put_in, read_together
from tests.unit.microsoft.graph import SPB, make_user
from tests.unit.net.answers import run_timed
from tests.unit.psa.connectwise.site import make_addition_row, make_agreement_row
from tests.unit.sync.preview_world import TODAY, OnlyReads, PreviewWorld, make_mapping, make_snapshot, refuse_changes

NEXT = date(2026, 12, 1)


def only(preview: Preview) -> PreviewedLine:
    (line,) = preview.lines
    return line


def change(before: Mapping, **options: object) -> MappingChange:
    return before, replace(before, **options)  # type: ignore[arg-type]


def test_a_first_mapping_says_which_addition_it_makes_and_what_that_costs() -> None:
    """12 seats from 22 November, invoiced through the 30th: 9 of 30 days are caught up on 1 December."""
    world = PreviewWorld()
    preview = world.preview((None, make_mapping()))
    line = only(preview)
    assert line.line is not None and line.plan is not None
    assert line.line.decision == Apply(line.line.wanted)
    (made,) = line.line.wanted
    assert isinstance(made, CreateAddition)
    assert (made.quantity, made.effective_on, made.agreement_id) == (12, TODAY, "1201")
    assert preview.money.per_month == Decimal("240.00")
    assert preview.money.next_invoice == Decimal("312.00")
    assert preview.money.next_invoice_on == NEXT
    assert preview.agreements["1201"].name == "Managed Services"
    assert (line.description, line.strangers, line.sentence) == (None, (), "")


def test_a_price_of_ours_comes_before_the_catalogue() -> None:
    world = PreviewWorld()
    price = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("18.50")),))
    world.profiles["premium"] = replace(world.profiles["premium"], price=price)
    assert world.preview((None, make_mapping())).money.per_month == Decimal("222.00")


def test_without_a_price_the_money_is_not_made_up() -> None:
    world = PreviewWorld()
    world.profiles["premium"] = replace(world.profiles["premium"], product_id="777")
    money = world.preview((None, make_mapping())).money
    assert (money.next_invoice, money.per_month) == (None, None)
    assert money.missing == (
        "The PSA shows no price for a product that would be added, so the money cannot be forecast.",
    )


def test_what_costs_nothing_costs_nothing() -> None:
    world = PreviewWorld()
    free = replace(world.profiles["premium"], billable_option=BillableOption.NO_CHARGE)
    world.profiles["premium"] = free
    assert world.preview((None, make_mapping())).money.per_month == Decimal("0.00")


def test_a_maximum_lowers_what_was_billed_once_a_second_night_has_seen_it() -> None:
    """10 → 8: today nothing; tomorrow's night confirms it, and the base says 8 from 1 December."""
    world = PreviewWorld(snapshot=make_snapshot(10))
    mapping = make_mapping()
    world.bill(mapping)
    preview = world.preview(change(mapping, maximum=8))
    line = only(preview).line
    assert line is not None and line.decision == Unchanged()
    assert preview.confirmed is not None and preview.confirmed.today == date(2026, 11, 23)
    confirmed = only(preview.confirmed).line
    assert confirmed is not None and isinstance(confirmed.decision, Held)
    assert confirmed.decision.rule is HoldRule.FIRST_AFTER_ADOPTION
    (lowered,) = confirmed.wanted
    assert isinstance(lowered, SetAddition) and lowered.after.quantity == Decimal(8)
    assert preview.confirmed.money.per_month == Decimal("-40.00")


def test_nothing_changed_is_nothing_to_do() -> None:
    world = PreviewWorld(snapshot=make_snapshot(10))
    mapping = make_mapping()
    world.bill(mapping)
    preview = world.preview(change(mapping))
    line = only(preview).line
    assert line is not None and line.decision == Unchanged() and preview.confirmed is None
    assert (preview.money.next_invoice, preview.money.per_month) == (Decimal("0.00"), Decimal("0.00"))


def test_another_agreement_ends_here_and_begins_there() -> None:
    world = PreviewWorld(snapshot=make_snapshot(10))
    mapping = make_mapping()
    world.bill(mapping)
    line = only(world.preview(change(mapping, agreement_id="1202"))).line
    assert line is not None
    ended, begun = line.wanted
    assert isinstance(ended, SetAddition) and isinstance(begun, CreateAddition)
    assert (ended.agreement_id, ended.after.cancelled_on) == ("1201", date(2026, 11, 30))
    assert (begun.agreement_id, begun.effective_on, begun.quantity) == ("1202", NEXT, 10)


def sell(term: Term, seats: int) -> PartnerSubscription:
    return PartnerSubscription(
        f"ps-{term}", "Premium", SPB, PartnerStatus.ACTIVE, BillingType.LICENSE,
        seats, False, True, term, True, None, None,
    )  # fmt: skip


def test_a_split_shows_both_halves() -> None:
    snapshot = make_snapshot(10, partner_subscriptions=(sell(Term.ANNUAL, 6), sell(Term.MONTHLY, 4)))
    world = PreviewWorld(snapshot=snapshot)
    mapping = make_mapping()
    world.bill(mapping)
    old = change(mapping, is_ended=True)
    annual = make_mapping("m-2", part=Term.ANNUAL, follows=("m-1",))
    monthly = make_mapping("m-3", part=Term.MONTHLY, profile_id="monthly", follows=("m-1",))
    preview = world.preview(old, (None, annual), (None, monthly))
    ended, *begun = [each.line for each in preview.lines]
    assert ended is not None
    (end,) = ended.wanted
    assert isinstance(end, SetAddition) and end.after.cancelled_on == date(2026, 11, 30)
    for line, seats in zip(begun, (6, 4), strict=True):
        assert line is not None
        (made,) = line.wanted
        assert isinstance(made, CreateAddition) and (made.quantity, made.effective_on) == (seats, NEXT)
        assert line.transfer == ("m-1",)
    assert preview.money.per_month == Decimal(6 * 20 + 4 * 24 - 10 * 20)


def test_what_somebody_typed_there_is_offered_for_adoption_and_would_be_held() -> None:
    world = PreviewWorld()
    world.psa.additions[1201].append(make_addition_row(7, serialNumber=""))
    line = only(world.preview((None, make_mapping())))
    assert line.line is not None and isinstance(line.line.decision, Held)
    assert line.line.decision.rule is HoldRule.UNADOPTED_ADDITION
    assert [each.id for each in line.strangers] == ["7"]


def test_the_invoice_text_is_the_one_that_will_print_cut_to_the_length_of_the_psa() -> None:
    world = PreviewWorld()
    texts = DescriptionOptions(own_text="Your seats", user_names=True, unassigned_count=True)
    assert only(world.preview((None, make_mapping(description=texts)))).description == (
        "Your seats\n10 not assigned\nAna, Ben"
    )
    outside = world.outside()
    assert outside.limits.description_length == 6000


def test_who_is_not_billed_has_nothing_to_print_and_no_strangers() -> None:
    world = PreviewWorld(snapshot=make_snapshot(10))
    mapping = make_mapping(description=DescriptionOptions(own_text="Your seats"))
    world.bill(mapping)
    world.psa.additions[1201].append(make_addition_row(7, serialNumber=""))
    line = only(world.preview(change(mapping, is_ended=True)))
    assert line.description is None and line.strangers == ()
    assert line.line is not None
    (end,) = line.line.wanted
    assert isinstance(end, SetAddition) and end.after.cancelled_on == date(2026, 11, 30)


def test_an_exclusion_everywhere_counts_here_as_it_does_at_night() -> None:
    world = PreviewWorld(controls=Controls(exclusions=(LicenceExclusion(SPB),)))
    line = only(world.preview((None, make_mapping())))
    assert line.line is not None and line.line.quantity_owed == 0 and line.line.wanted == ()


def test_a_licence_that_is_excluded_before_it_was_mapped_has_no_plan() -> None:
    world = PreviewWorld()
    line = only(world.preview((None, make_mapping(profile_id="", agreement_id="", is_excluded=True))))
    assert (line.plan, line.line, line.sentence) == (None, None, "")
    assert world.psa.site.requests == []


def test_an_observed_customer_is_planned_and_said_to_be_observed() -> None:
    world = PreviewWorld(is_observed=True)
    line = only(world.preview((None, make_mapping())))
    assert line.plan is not None and line.plan.is_observed and line.line is not None and line.line.wanted


def test_a_split_that_nobody_can_count_says_so() -> None:
    line = only(PreviewWorld().preview((None, make_mapping(part=Term.ANNUAL))))
    assert line.line is None and "split by term, which only Partner Center shows" in line.sentence


def test_a_psa_that_does_not_answer_is_said() -> None:
    world = PreviewWorld()

    def refuse(request: httpx.Request) -> httpx.Response | None:
        refuse_changes(request)
        return httpx.Response(401, json={"message": "no"}) if "agreements" in request.url.path else None

    world.psa.intercept = refuse
    line = only(world.preview((None, make_mapping())))
    assert line.line is None and line.sentence.startswith("The PSA did not answer: ")


def test_a_connection_that_is_gone_is_said() -> None:
    world = PreviewWorld()
    mapping = make_mapping()
    outside = replace(world.outside(), connections={})
    reading = world.run(outside, (None, mapping))
    assert isinstance(reading, Unknown) and "does not exist any more" in reading.detail


def test_a_tenant_that_was_never_read_is_read_now() -> None:
    world = PreviewWorld(snapshot=None)
    world.tenant.parts["users"] = {"value": [make_user()], "@odata.count": 1}
    preview = world.preview((None, make_mapping()))
    assert preview.read_at == datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    line = only(preview).line
    assert line is not None and line.quantity_owed == 10


def test_a_tenant_that_cannot_be_read_has_no_preview() -> None:
    world = PreviewWorld(snapshot=None)
    world.tenant.answer_batch({"error": {"code": "Forbidden"}}, 403)
    assert isinstance(world.try_preview((None, make_mapping())), Unknown)


def test_assigned_seats_are_counted_as_a_night_counts_them() -> None:
    line = only(PreviewWorld().preview((None, make_mapping(basis=Basis.ASSIGNED)))).line
    assert line is not None and line.quantity_owed == 2


def test_the_guards_of_these_tests_bite() -> None:
    with pytest.raises(AssertionError, match="sent POST"):
        refuse_changes(httpx.Request("POST", "https://api-na.myconnectwise.net/v2026_4/apis/3.0/finance/agreements"))
    refuse_changes(httpx.Request("POST", "https://graph.microsoft.com/v1.0/$batch"))
    with pytest.raises(AssertionError, match="called save_counts"):
        OnlyReads().save_counts  # noqa: B018


def make_child_of_group(**company: Any) -> PreviewWorld:
    """Agreement 1203 is the group's; the customer's company is its child."""
    world = PreviewWorld()
    world.psa.agreements.append(make_agreement_row(1203, company={"id": 7, "name": "Group"}))
    world.psa.additions[1203] = []
    row = {"id": 42, "parentCompany": {"id": 7, "name": "Group"}, "billToCompany": {"id": 7}}
    world.psa.lists["company/companies"] = [row | company]
    return world


def test_a_child_is_billed_on_an_agreement_of_the_parent_that_pays() -> None:
    line = only(make_child_of_group().preview((None, make_mapping(agreement_id="1203"))))
    assert line.line is not None and isinstance(line.line.decision, Apply)


def test_a_child_that_is_billed_itself_is_not_billed_on_its_parents_agreement() -> None:
    world = make_child_of_group(billToCompany={"id": 42})
    line = only(world.preview((None, make_mapping(agreement_id="1203"))))
    assert line.line is not None and isinstance(line.line.decision, Parked)
    assert "is no parent that the PSA invoices for this customer" in line.line.decision.sentence


def test_who_pays_is_asked_only_where_an_agreement_is_anothers_and_no_answer_is_no_plan() -> None:
    world = make_child_of_group()
    mapping = make_mapping()
    world.bill(mapping)
    assert only(world.preview(change(mapping, maximum=11))).line is not None
    assert not [each for each in world.psa.paths("GET") if each.endswith("/company/companies")]
    world.psa.intercept = lambda request: httpx.Response(503) if request.url.path.endswith("/companies") else None
    line = only(world.preview((None, make_mapping(agreement_id="1203"))))
    assert line.line is None and "Whether the agreement's company pays for this customer could not" in line.sentence


def test_agreements_of_several_customers_are_read_with_one_question_and_what_is_beyond_it_then() -> None:
    world = PreviewWorld()
    first, second = make_mapping(), make_mapping("m-2", agreement_id="1202")

    async def ask() -> tuple[list[set[str]], list[int]]:
        outside = world.outside()
        read = await read_together(outside, [(world.desk, [(None, first)])], TODAY)
        found, asked = [], []
        for changes in ([(None, first)], [(None, second)], []):
            before = len(world.psa.paths("GET"))
            found.append(set(await read(outside, put_in(world.desk, changes), TODAY)))
            asked.append(len(world.psa.paths("GET")) - before)
        return found, asked

    found, asked = run_timed(ask())[0]
    assert found == [{"1201"}, {"1202"}, set()]
    assert (asked[0], asked[2]) == (0, 0) and asked[1] > 0
