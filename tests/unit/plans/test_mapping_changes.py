"""What becomes of a licence's mappings: new, changed, split, merged, ended, taken back; and how history says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.editing import MappingChange
from plans.errors import Bug
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, sum_additions
from plans.mapping_changes import (
    LineWish,
    MappedLicence,
    Wish,
    add_changes,
    begin_wish,
    end_changes,
    exclude_changes,
    find_licence,
    include_changes,
    make_changes,
    reopen_changes,
)
from plans.ports import Desk
from plans.preferences import Preferences
from profiles.billing import (
    Basis,
    BillableOption,
    CountOptions,
    Customer,
    DescriptionOptions,
    MappedBy,
    Mapping,
    MappingDefaults,
)
from profiles.licences import Term
from profiles.parts import OneSubscription
from tests.unit.web.tenants import EXCHANGE, PREMIUM, PROFILES, make_mapping
from web.actions.mapping_words import MappingNames, describe_change

TODAY = date(2026, 11, 22)
NAMES = MappingNames({"premium": "Premium", "mail": "Mailboxes"}, {"400": "Managed Services"})
OLD = make_mapping(0, PREMIUM, "premium")


def bill(mapping: Mapping, ends_on: date | None = None) -> LineJournal:
    addition = Addition(
        "9001", "501", Decimal(10), date(2026, 11, 1), ends_on, BillableOption.BILLABLE, "", Decimal(20)
    )
    entry = LedgerEntry(mapping.id, date(2026, 11, 1), 0, sum_additions([addition]), "9001", None)
    return LineJournal(mapping.id, adoptions=(Adoption(mapping.id, 0, "400", (addition,), entry, TODAY, "Ada"),))


def own(*mappings: Mapping, **journals: LineJournal) -> MappedLicence:
    by_id = {mapping.id: journals.get(mapping.id.replace("-", "_"), LineJournal(mapping.id)) for mapping in mappings}
    return MappedLicence("customer-0", PREMIUM, "Business Premium", mappings, by_id)


def wish(*lines: LineWish, **options: object) -> Wish:
    return Wish(lines=lines or (LineWish(None, "premium", "400"),), **options)  # type: ignore[arg-type]


def merged(**options: object) -> Wish:
    return wish(replace(LineWish(None, "premium", "400"), **options))  # type: ignore[arg-type]


def tell(change: MappingChange) -> str:
    return describe_change("Ada", *change, NAMES)


ONE, TWO = OneSubscription("s-1"), OneSubscription("s-2")


def test_a_new_mapping_is_one_that_two_people_come_to_at_once() -> None:
    (change,) = make_changes(own(), merged(included=1, minimum=2, maximum=9), TODAY)
    before, made = change
    assert before is None and (made.included, made.minimum, made.maximum) == (1, 2, 9)
    assert (made.profile_id, made.agreement_id, made.licence_name, made.follows) == (
        "premium",
        "400",
        "Business Premium",
        (),
    )
    assert make_changes(own(), merged(), TODAY)[0][1].id == made.id
    assert tell(change) == "Ada mapped Business Premium to Premium on Managed Services (agreement 400)."


def test_every_option_is_kept_and_told() -> None:
    texts = DescriptionOptions("Hello", user_names=True)
    wanted = replace(
        merged(profile_id="mail", agreement_id="9", included=2, minimum=1, maximum=5),
        basis=Basis.ASSIGNED, count=CountOptions(False, False), description=texts, starts_on=date(2026, 12, 1),
        prorates=False, gives_credits=True,
    )  # fmt: skip
    (change,) = make_changes(
        own(OLD), replace(wanted, lines=(replace(wanted.lines[0], profile_id="mail", agreement_id="9"),)), TODAY
    )
    before, made = change
    assert before == OLD and made.id == OLD.id and made.description == texts and made.starts_on == date(2026, 12, 1)
    assert tell(change) == (
        "Ada changed the mapping of Microsoft 365 Business Premium: profile Premium→Mailboxes, agreement Managed "
        "Services (agreement 400)→agreement 9, basis purchased→assigned, included 0→2, minimum 0→1, maximum none→5, "
        "start none→1 Dec 2026, increases from their day→from the next period, decreases with the period→from "
        "their day, disabled accounts counted→not counted, guests counted→not counted and another invoice text."
    )


def test_what_is_as_wished_already_changes_nothing() -> None:
    assert make_changes(own(OLD), merged(), TODAY) == ()


def test_whose_purchases_count_is_not_lost() -> None:
    narrow = replace(OLD, count=CountOptions(only_owned_by=("partner",)))
    assert make_changes(own(narrow), merged(), TODAY) == ()


def test_a_split_ends_the_old_one_and_the_new_ones_follow_it() -> None:
    lines = (LineWish(Term.ANNUAL, "premium", "400"), LineWish(Term.MONTHLY, "mail", "400"))
    ended, annual, monthly = make_changes(own(OLD), wish(*lines), TODAY)
    assert ended == (OLD, replace(OLD, is_ended=True))
    assert annual[1].follows == monthly[1].follows == (OLD.id,)
    assert (annual[1].part, monthly[1].part) == (Term.ANNUAL, Term.MONTHLY)
    assert annual[1].id != monthly[1].id
    assert tell(ended) == "Ada ended the mapping of Microsoft 365 Business Premium."
    assert tell(monthly) == (
        "Ada mapped Business Premium (monthly only) to Mailboxes on Managed Services (agreement 400), which takes over "
        "what was billed before."
    )


def test_a_merge_follows_both_halves() -> None:
    halves = (replace(OLD, id="m-a", part=Term.ANNUAL), replace(OLD, id="m-b", part=Term.MONTHLY))
    *ended, made = make_changes(own(*halves), merged(), TODAY)
    assert [after.id for _, after in ended if after.is_ended] == ["m-a", "m-b"]
    assert made[1].follows == ("m-a", "m-b") and made[1].part is None


def test_a_term_more_is_no_transfer_and_a_term_less_only_ends() -> None:
    annual = replace(OLD, id="m-a", part=Term.ANNUAL)
    one, two = LineWish(Term.ANNUAL, "premium", "400"), LineWish(Term.MONTHLY, "premium", "400")
    ((before, made),) = make_changes(own(annual), wish(one, two), TODAY)
    assert before is None and made.part is Term.MONTHLY and made.follows == ()
    monthly = replace(made, id="m-b")
    assert make_changes(own(annual, monthly), wish(one), TODAY) == ((monthly, replace(monthly, is_ended=True)),)


def test_what_ended_and_still_bills_is_taken_back_not_billed_twice() -> None:
    ended = replace(OLD, is_ended=True)
    still = own(ended, m_0_premium=bill(ended, ends_on=date(2026, 11, 30)))
    assert still.can_reopen(TODAY) == (ended,)
    ((before, after),) = make_changes(still, merged(agreement_id="9"), TODAY)
    assert before == ended and not after.is_ended and after.agreement_id == "9"
    assert tell((before, after)).startswith(
        "Ada took back the end of the mapping of Microsoft 365 Business Premium, with "
    )
    assert reopen_changes(still, TODAY) == ((ended, OLD),)
    assert tell((ended, OLD)) == "Ada took back the end of the mapping of Microsoft 365 Business Premium."


def test_another_term_follows_what_ended_and_still_bills() -> None:
    ended = replace(OLD, is_ended=True)
    still = own(ended, m_0_premium=bill(ended, ends_on=date(2026, 11, 30)))
    ((_, made),) = make_changes(still, wish(LineWish(Term.ANNUAL, "premium", "400")), TODAY)
    assert made.follows == (ended.id,)


def test_what_ended_long_ago_is_history() -> None:
    ended = replace(OLD, is_ended=True)
    over = own(ended, m_0_premium=bill(ended, ends_on=date(2026, 11, 10)))
    assert over.can_reopen(TODAY) == () and reopen_changes(over, TODAY) == ()
    ((before, made),) = make_changes(over, merged(), TODAY)
    assert before is None and made.follows == () and made.id != ended.id


def test_what_somebody_follows_is_not_reopened() -> None:
    ended = replace(OLD, is_ended=True)
    after = replace(OLD, id="m-2", follows=(OLD.id,), is_ended=True)
    licence = own(ended, after, m_0_premium=bill(ended, ends_on=date(2026, 11, 30)))
    assert ended not in licence.can_reopen(TODAY)


def test_what_ended_before_it_began_stands_for_what_it_was_to_take_over_from() -> None:
    """It was to begin on 1 December; what it follows bills through 30 November. Mapped anew it goes on, and another
    term follows it: what began at once would bill the rest of November twice. On 1 December it is history."""
    ended = replace(OLD, is_ended=True)
    after = replace(OLD, id="m-2", follows=(OLD.id,), is_ended=True)
    licence = own(ended, after, m_0_premium=bill(ended, ends_on=date(2026, 11, 30)))
    assert [before for before, _ in make_changes(licence, merged(), TODAY)] == [after]
    ((_, made),) = make_changes(licence, wish(LineWish(Term.ANNUAL, "premium", "400")), TODAY)
    assert made.follows == (after.id,)
    assert licence.can_reopen(date(2026, 12, 1)) == ()


def test_do_not_bill_and_back() -> None:
    (change,) = exclude_changes(own(OLD), "Ours")
    assert change[1].is_excluded and change[1].exclusion_reason == "Ours" and change[1].agreement_id == "400"
    assert tell(change) == "Ada decided not to bill Microsoft 365 Business Premium here: Ours."
    (back,) = include_changes(own(change[1]))
    assert back[1] == OLD
    assert tell(back) == "Ada lets Microsoft 365 Business Premium be billed here again."


def test_what_was_never_mapped_can_be_excluded_and_is_unmapped_again_after_it() -> None:
    ((before, made),) = exclude_changes(own(), "Free")
    assert before is None and made.is_excluded and (made.profile_id, made.agreement_id) == ("", "")
    ((_, back),) = include_changes(own(made))
    assert back.is_ended and not back.is_excluded
    assert tell((made, back)) == "Ada took back not to bill Business Premium here."
    ((before, mapped),) = make_changes(own(made), merged(), TODAY)
    assert before == made and not mapped.is_excluded and mapped.agreement_id == "400"
    assert tell((before, mapped)) == "Ada mapped Business Premium to Premium on Managed Services (agreement 400)."


def test_mapping_what_is_excluded_bills_it_again() -> None:
    excluded = replace(OLD, is_excluded=True, exclusion_reason="Ours")
    (change,) = make_changes(own(excluded), merged(minimum=3), TODAY)
    assert change[1] == replace(OLD, minimum=3)
    assert tell(change).endswith("be billed here again, with minimum 0→3.")


def test_ending_ends_every_line() -> None:
    halves = (replace(OLD, id="m-a", part=Term.ANNUAL), replace(OLD, id="m-b", part=Term.MONTHLY))
    assert [after.is_ended for _, after in end_changes(own(*halves))] == [True, True]
    assert reopen_changes(own(*halves), TODAY) == () and end_changes(own()) == ()


def test_another_mapping_is_another_digest() -> None:
    assert own(OLD).digest != own(replace(OLD, minimum=1)).digest


def test_a_line_beside_others_ends_none_of_them() -> None:
    annual = make_mapping(0, PREMIUM, "premium", part=Term.ANNUAL)
    monthly = wish(LineWish(Term.MONTHLY, "premium", "400"), LineWish(Term.ANNUAL, "mail", "400"))
    ((before, made),) = add_changes(own(annual), monthly, TODAY)
    assert before is None and (made.part, made.follows, made.profile_id) == (Term.MONTHLY, (), "premium")
    assert add_changes(own(annual), merged(), TODAY) == (), "all terms are no line beside one of them"
    assert add_changes(own(OLD), monthly, TODAY) == (), "one line for all terms stands"
    assert add_changes(own(), merged(), TODAY) == make_changes(own(), merged(), TODAY)


def test_a_line_beside_others_takes_over_from_its_own_that_ended_and_still_bills() -> None:
    annual = replace(make_mapping(0, PREMIUM, "premium", part=Term.ANNUAL), id="m-annual")
    gone = replace(make_mapping(0, PREMIUM, "premium", part=Term.MONTHLY, is_ended=True), id="m-gone")
    monthly = wish(LineWish(Term.MONTHLY, "premium", "400"))
    ((_, made),) = add_changes(own(annual, gone, m_gone=bill(gone)), monthly, TODAY)
    assert made.follows == ("m-gone",)
    ((_, fresh),) = add_changes(own(annual, gone), monthly, TODAY)
    assert fresh.follows == ()


def test_a_new_mapping_begins_as_its_profile_and_the_preferences_say() -> None:
    defaults = MappingDefaults(None, 1, 2, 9, prorates=False, gives_credits=True)
    profile = replace(PROFILES["premium"], defaults=defaults)
    usual = Preferences("UTC", 2, "EUR", new_mappings_basis=Basis.ASSIGNED, new_mappings_name_users=True)
    begun = begin_wish(profile, usual, [(None, "400")], "Because.")
    assert begun.lines == (LineWish(None, "premium", "400", 1, 2, 9),)
    assert (begun.basis, begun.prorates, begun.gives_credits, begun.why) == (Basis.ASSIGNED, False, True, "Because.")
    assert begun.description.user_names
    assert begin_wish(profile, usual, [(Term.ANNUAL, "400")]).basis is Basis.PURCHASED
    bought = replace(profile, defaults=replace(defaults, basis=Basis.PURCHASED))
    assert begin_wish(bought, usual, [(None, "400")]).basis is Basis.PURCHASED
    assert begun.count == CountOptions(committed_floor=True)
    without = replace(profile, defaults=replace(defaults, committed_floor=False))
    assert begin_wish(without, usual, [(None, "400")]).count == CountOptions()


def test_purchased_seats_take_no_floor_along() -> None:
    floored = replace(merged(), count=CountOptions(committed_floor=True))
    assert make_changes(own(OLD), floored, TODAY) == ()
    ((_, made),) = make_changes(own(), floored, TODAY)
    assert made.count == CountOptions()
    ((_, assigned),) = make_changes(own(OLD), replace(floored, basis=Basis.ASSIGNED), TODAY)
    assert assigned.count.committed_floor
    ((_, again),) = make_changes(own(assigned), floored, TODAY)
    assert again == OLD, "counted as purchased again, it is what it was"


def test_what_a_person_maps_anew_is_a_persons() -> None:
    ruled = replace(OLD, mapped_by=MappedBy.RULE, why="By the rule.")
    ((_, kept),) = make_changes(own(ruled), wish(LineWish(None, ruled.profile_id, ruled.agreement_id)), TODAY)
    assert (kept.mapped_by, kept.why) == (MappedBy.PERSON, "")


def test_a_licence_is_found_with_every_mapping_that_it_ever_had() -> None:
    customer = Customer("customer-0", "Harbour Dental", "tenant", "connectwise-1", "250")
    other = make_mapping(0, EXCHANGE, "mail")
    desk = Desk(customer, (OLD, other), {each.id: LineJournal(each.id) for each in (OLD, other)})
    found = find_licence(desk, PREMIUM.upper(), "Business Premium")
    assert (found.customer_id, found.name, found.mappings) == ("customer-0", "Business Premium", (OLD,))


def test_a_licence_is_split_by_subscription_and_merged_back_as_one_transfer_each() -> None:
    """So it is from terms to subscriptions and back: all of what ends is taken over by each line that begins."""
    lines = (LineWish(ONE, "premium", "400"), LineWish(TWO, "mail", "400"))
    end, first, second = make_changes(own(OLD), wish(*lines), TODAY)
    assert end[1].id == OLD.id and end[1].is_ended
    assert [each[1].part for each in (first, second)] == [ONE, TWO]
    assert first[1].follows == second[1].follows == (OLD.id,)
    halves = (replace(OLD, id="m-a", part=ONE), replace(OLD, id="m-b", part=TWO))
    *ends, (_, merged_back) = make_changes(own(*halves), wish(), TODAY)
    assert all(each.is_ended for _, each in ends) and merged_back.part is None
    assert merged_back.follows == ("m-a", "m-b")
    annual = replace(OLD, id="m-t", part=Term.ANNUAL)
    (_, ended), (_, cut) = make_changes(own(annual), wish(lines[0]), TODAY)
    assert ended.is_ended and (cut.part, cut.follows) == (ONE, ("m-t",))
    *_, (_, back) = make_changes(own(halves[0]), wish(LineWish(Term.ANNUAL, "premium", "400")), TODAY)
    assert (back.part, back.follows) == (Term.ANNUAL, ("m-a",))


def test_the_line_of_a_subscription_that_is_over_ends_and_no_other_takes_it_over() -> None:
    halves = (replace(OLD, id="m-a", part=ONE), replace(OLD, id="m-b", part=TWO))
    third = OneSubscription("s-3")
    lines = (
        LineWish(TWO, halves[1].profile_id, halves[1].agreement_id),
        LineWish(third, "premium", "400"),
    )
    ended, made = (after for _, after in make_changes(own(*halves), wish(*lines), TODAY))
    assert (ended.id, ended.is_ended) == ("m-a", True)
    assert (made.part, made.follows) == (third, ())


def test_no_line_counts_a_seat_of_another() -> None:
    """Neither the form nor a file, a rule or a script can leave a licence cut in two ways."""
    one, annual = replace(OLD, id="m-a", part=ONE), replace(OLD, id="m-t", part=Term.ANNUAL)
    for standing, wanted in ((OLD, ONE), (one, None), (one, Term.ANNUAL), (annual, ONE), (one, ONE)):
        assert add_changes(own(standing), wish(LineWish(wanted, "premium", "400")), TODAY) == ()
    ((_, added),) = add_changes(own(one), wish(LineWish(TWO, "premium", "400")), TODAY)
    assert (added.part, added.follows) == (TWO, ())
    for parts in ((None, ONE), (Term.ANNUAL, ONE), (ONE, OneSubscription("S-1"))):
        with pytest.raises(Bug, match="lines that overlap"):
            make_changes(own(), wish(*(LineWish(part, "premium", "400") for part in parts)), TODAY)


def test_what_would_count_a_seat_twice_is_not_taken_back() -> None:
    """A term that was ended before the licence was cut by subscription, and those after it: all of them still bill."""
    ended = (replace(OLD, id="m-t", part=Term.ANNUAL, is_ended=True), replace(OLD, id="m-a", part=ONE, is_ended=True))
    bills = {each.id.replace("-", "_"): bill(each) for each in ended}
    assert reopen_changes(own(*ended, **bills), TODAY) == ()
    ((_, back),) = reopen_changes(own(ended[1], **bills), TODAY)
    assert (back.part, back.is_ended) == (ONE, False)
