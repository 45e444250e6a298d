"""What the invoices of the next three days would lack."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from plans.agreements import Agreement, AgreementFacts
from plans.approvals import HeldLine, OpenHold, ParkedLine, ProposedLine, ScheduledLine
from plans.before_invoice import Gap, NightFacts, find_missing
from plans.changes import CreditProposal, HoldRule
from plans.due_invoices import INVOICE_NOTICE, BilledCustomer, DueAgreement, is_due, make_due, name_mapped
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, TenantState
from profiles.billing import Basis, Mapping
from profiles.exclusions import LicenceExclusion
from profiles.holdings import Holding
from profiles.licences import Term
from profiles.periods import Grid

TODAY = date(2026, 11, 29)
DUE = DueAgreement("cw", "400", "Managed Services", date(2026, 12, 1))
CUSTOMER = BilledCustomer("c", "cw", "t", frozenset({"400"}), frozenset({"SKU-1"}))
RESULT = AgreementResult("c", "cw", "400", "hash", CustomerState.UNCHANGED, 0)
TENANT = TenantResult("t", ("c",), TenantState.PLANNED, agreements=(RESULT,), sku_ids=("sku-1",))


def find(tenant: TenantResult | None = TENANT, *holds: OpenHold, due: DueAgreement = DUE) -> list[tuple[Gap, str, str]]:
    tenants = {} if tenant is None else {"t": tenant}
    missing = find_missing(TODAY, (due,), (CUSTOMER,), NightFacts(tenants, holds))
    assert all(each.customer_id == "c" and each.agreement == due for each in missing)
    return [(each.gap, each.licence_name, each.sentence) for each in missing]


def planned(**changes: object) -> TenantResult:
    return replace(TENANT, agreements=(replace(RESULT, **changes),))  # type: ignore[arg-type]


def hold(agreement_id: str = "400", customer_id: str = "c") -> OpenHold:
    line = HeldLine("m", "Premium", "", "hash", HoldRule.REFUSED, "Ada refused this.", 10, 12)
    return OpenHold(customer_id, "C", "cw", agreement_id, datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20", line)


def scheduled(writable_on: date | None) -> ScheduledLine:
    return ScheduledLine("m", "Premium", 8, date(2026, 12, 1), writable_on, "8 from 1 December.")


def test_nothing_is_missing_where_all_is_right() -> None:
    assert find() == []


@pytest.mark.parametrize(("days", "expected"), [(-40, True), (-1, True), (0, True), (1, True), (3, True), (4, False)])
def test_the_notice_is_three_days_and_lasts_until_the_invoice_is_made(days: int, expected: bool) -> None:
    """Due on 1 May, made on 5 May: on the list from 28 April through 4 May, for until then it can be put right. Once it
    is made, the next one is due on 1 June."""
    due = replace(DUE, next_invoice_on=TODAY + timedelta(days=days))
    assert timedelta(days=3) == INVOICE_NOTICE
    assert is_due(due, TODAY) is expected
    assert bool(find(None, due=due)) is expected


def test_unknown_hides_everything_else() -> None:
    unread = replace(TENANT, state=TenantState.UNKNOWN, sentence="Reading was refused.", sku_ids=("sku-9",))
    assert find(unread, hold()) == [(Gap.UNKNOWN, "", "Reading was refused.")]
    assert find(None) == [(Gap.UNKNOWN, "", "The last night has not read this customer.")]
    assert find(planned(plan_hash="", sentences=("No such profile.",))) == [(Gap.UNKNOWN, "", "No such profile.")]


def test_what_is_held_here_is_missing_the_refused_among_it() -> None:
    assert find(TENANT, hold(), hold("401"), hold("400", "other")) == [(Gap.HELD, "Premium", "Ada refused this.")]


@pytest.mark.parametrize(
    ("writable_on", "expected"),
    [(None, True), (date(2026, 11, 30), False), (date(2026, 12, 1), True), (date(2026, 12, 2), True)],
)
def test_scheduled_is_missing_where_no_night_before_the_invoice_can_write_it(
    writable_on: date | None, expected: bool
) -> None:
    missing = find(planned(scheduled=(scheduled(writable_on),)))
    assert missing == ([(Gap.SCHEDULED, "Premium", "8 from 1 December.")] if expected else [])


@pytest.mark.parametrize(("bills_until", "expected"), [((12, 1), False), ((12, 2), True), ((11, 30), False)])
def test_what_is_scheduled_for_days_after_those_of_the_invoice_is_not_missing(
    bills_until: tuple[int, int], expected: bool
) -> None:
    """In arrears the invoice of 1 December bills November: eight from 1 December are none of its business."""
    due = replace(DUE, bills_until=date(2026, *bills_until))
    assert bool(find(planned(scheduled=(scheduled(None),)), due=due)) is expected


@pytest.mark.parametrize(
    ("grid", "invoiced_through", "until"),
    [
        (Grid(2026, 1, 1, 1), date(2026, 10, 31), date(2026, 12, 1)),
        (Grid(2026, 1, 1, 3), date(2026, 9, 30), date(2027, 1, 1)),
        (None, date(2026, 10, 31), None),
        (Grid(2026, 1, 1, 1), None, None),
    ],
)
def test_an_invoice_bills_the_period_after_what_is_invoiced(
    grid: Grid | None, invoiced_through: date | None, until: date | None
) -> None:
    facts = AgreementFacts(True, True, date(2026, 12, 1), None, grid=grid, invoiced_through=invoiced_through)
    agreement = Agreement("cw", "400", "Managed Services", "7", facts, ())
    assert make_due(agreement) == replace(DUE, bills_until=until)
    assert make_due(replace(agreement, facts=replace(facts, next_invoice_on=None))) is None


@pytest.mark.parametrize(
    ("ends_on", "through", "has_one"),
    [
        (date(2026, 12, 14), date(2026, 12, 14), False),
        (date(2026, 12, 14), date(2026, 12, 13), True),
        (date(2026, 12, 14), None, True),
        (None, date(2026, 12, 14), True),
    ],
)
def test_an_agreement_whose_days_are_all_invoiced_has_no_next_invoice(
    ends_on: date | None, through: date | None, has_one: bool
) -> None:
    """Ended on 14 December and posted through it, it is no alert that it is invoiced on the 15th."""
    facts = AgreementFacts(True, True, date(2026, 12, 15), ends_on, grid=None, invoiced_through=through)
    assert (make_due(Agreement("at", "7031", "Managed Services", "7", facts, ())) is not None) is has_one


def test_parked_is_said_once_and_without_what_has_a_place_of_its_own() -> None:
    days = CreditProposal(TODAY, TODAY, 1, None, "1 seat was not owed.")
    tenant = planned(
        state=CustomerState.PARKED,
        sentences=("Somebody typed over it.", "8 from 1 December.", "1 seat was not owed."),
        parked=(ParkedLine("m", "Premium", "Somebody typed over it."),),
        scheduled=(scheduled(date(2026, 11, 30)),),
        proposals=(ProposedLine("m", "Premium", days),),
    )
    assert find(tenant) == [(Gap.PARKED, "Premium", "Somebody typed over it.")]


@pytest.mark.parametrize(
    ("sku_ids", "words"), [(("x",), "1 licence of its tenant is"), (("x", "y"), "2 licences of its")]
)
def test_unmapped_licences_are_counted_without_what_is_excluded(sku_ids: tuple[str, ...], words: str) -> None:
    tenant = replace(TENANT, sku_ids=("SKU-1", "free", *sku_ids))
    facts = NightFacts({"t": tenant}, (), (LicenceExclusion("FREE"),))
    (missing,) = find_missing(TODAY, (DUE,), (CUSTOMER,), facts)
    assert missing.gap is Gap.UNMAPPED and missing.sentence.startswith(words)


def test_what_microsoft_gives_away_is_missing_from_no_invoice() -> None:
    given = Holding("FLOW", "FLOW_FREE", 10_000, 9, ((Term.MONTHLY, 10_000),))
    assert find(replace(TENANT, sku_ids=("SKU-1", "flow"), holdings=(given,))) == []


def test_what_the_night_left_on_another_agreement_is_not_missing_from_this_one() -> None:
    others = [
        replace(RESULT, agreement_id="401"),
        replace(RESULT, connection_id="at"),
        replace(RESULT, customer_id="d"),
    ]
    tenant = replace(TENANT, agreements=tuple(replace(each, scheduled=(scheduled(None),)) for each in others))
    assert find(tenant) == []


def test_the_soonest_comes_first() -> None:
    later, sooner = DUE, replace(DUE, agreement_id="401", next_invoice_on=TODAY)
    customers = (replace(CUSTOMER, agreement_ids=frozenset({"400", "401", "402"})),)
    missing = find_missing(TODAY, (later, sooner), customers, NightFacts({}, ()))
    assert [each.agreement.agreement_id for each in missing] == ["401", "400"]


def test_a_term_that_was_bought_after_the_split_is_missing_from_the_invoice() -> None:
    """Annual is mapped, monthly came later; a customer that was kept before terms were is mapped as a whole."""
    tenant = replace(TENANT, holdings=(Holding("SKU-1", "SPB", 12, 9, ((Term.ANNUAL, 10), (Term.MONTHLY, 2))),))
    assert find(tenant) == []
    split = replace(CUSTOMER, parts=frozenset({("sku-1", Term.ANNUAL)}))
    (missing,) = find_missing(TODAY, (DUE,), (split,), NightFacts({"t": tenant}, ()))
    assert (missing.gap, missing.sentence[:12]) == (Gap.UNMAPPED, "1 licence of")


def test_what_is_mapped_is_named_as_a_whole_or_by_its_terms() -> None:
    whole, split = make_mapping("A"), make_mapping("B", part=Term.ANNUAL)
    both = (make_mapping("C"), make_mapping("C", part=Term.MONTHLY), make_mapping("D", is_ended=True))
    sku_ids, terms = name_mapped((whole, split, *both))
    assert sku_ids == {"a", "b", "c"} and terms == {("b", Term.ANNUAL)}
    assert replace(CUSTOMER, sku_ids=sku_ids, parts=terms).mapped == {("a", None), ("b", Term.ANNUAL), ("c", None)}


def make_mapping(sku_id: str, **options: object) -> Mapping:
    return replace(Mapping("m", "c", sku_id, "Premium", "p", "400", Basis.PURCHASED), **options)  # type: ignore[arg-type]
