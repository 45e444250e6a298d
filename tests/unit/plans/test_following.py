"""A line goes on where its agreement's renewal has its units: 10 seats through 31 December 2026, the renewal after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.adoption import Adopter, adopt
from plans.agreements import Addition, Agreement
from plans.changes import Parked
from plans.following import Followed, Follower, NotFollowed, Renewal, find_renewal, follow
from plans.journal import Adoption, Ending, Intent, LineJournal
from plans.keys import make_key, name_addition, name_line
from plans.ledger import derive_billed
from plans.lines import find_trouble, open_line
from plans.strangers import list_copies
from plans.timeline import Timeline
from profiles.billing import Mapping
from profiles.periods import ONE_DAY
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    CONNECTION,
    MAPPING,
    NOW,
    PRODUCT,
    make_agreement,
    make_evidence,
    make_line,
    make_mapping,
    make_surroundings,
)
from tests.unit.plans.test_units import FIRST, MADE, TEN, adjust, journal_of, keep

LAST, FIRST_DAY, RENEWAL, OTHER = date(2026, 12, 31), date(2027, 1, 1), "1300", "contoso-e3"
OVER = replace(ACTIVE, ends_on=LAST, renewed_by=RENEWAL, bills_late=True)
BEGUN = replace(
    ACTIVE, starts_on=FIRST_DAY, ends_on=date(2027, 12, 31), bills_late=True, invoiced_through=LAST, grid=ACTIVE.grid
)
OWN = keep(TEN, days_read_from=date(2026, 10, 1))
JOURNAL = journal_of((FIRST, OWN, Ending.VERIFIED))
STRANGE_KEY = make_key(OTHER, 0)


def carry(units: int = 10, number: str = "9301", **changes: Any) -> Addition:
    """A service of the renewal with so many units from its first day on."""
    days = Timeline(((FIRST_DAY, units),)) if units else Timeline()
    return keep(days, id=number, **{"key": "", "days_read_from": FIRST_DAY, "quantity": Decimal(units), **changes})


def renew(*additions: Addition, **facts: Any) -> Agreement:
    return make_agreement(additions, replace(BEGUN, **facts), RENEWAL)


def make_follower(old: Agreement, new: Agreement | None, journal: LineJournal = JOURNAL, **changes: Any) -> Follower:
    there = {each.id: each for each in (old, new) if each is not None}
    follower = Follower(
        make_mapping(), PRODUCT, journal, (), {MAPPING: journal}, frozenset({name_line(MAPPING)}), there
    )
    return replace(follower, **changes)


def go_on(
    new: Agreement | None, *beside: Addition, journal: LineJournal = JOURNAL, **changes: Any
) -> Followed | NotFollowed | None:
    """What becomes of the line in the first night after the end."""
    old = make_agreement((OWN, *beside), OVER)
    return follow(make_follower(old, new, journal, **changes), Renewal(old, new, LAST), FIRST_DAY)


def followed(new: Agreement, *beside: Addition, **changes: Any) -> Followed:
    answer = go_on(new, *beside, **changes)
    assert isinstance(answer, Followed), answer
    return answer


def refused(new: Agreement | None, *beside: Addition, **changes: Any) -> str:
    answer = go_on(new, *beside, **changes)
    assert isinstance(answer, NotFollowed), answer
    return answer.sentence


def take(new: Agreement, **changes: Any) -> Adoption:
    taken = followed(new, **changes).adoption
    assert taken is not None
    return taken


@pytest.mark.parametrize(("today", "renewed_by"), [(LAST, RENEWAL), (FIRST_DAY, None)])
def test_an_agreement_is_followed_once_it_is_over_and_renewed(today: date, renewed_by: str | None) -> None:
    agreement = make_agreement((), replace(OVER, renewed_by=renewed_by))
    assert find_renewal(agreement, {}, today) is None


def test_an_agreement_without_an_end_is_never_over() -> None:
    assert find_renewal(make_agreement((), replace(OVER, ends_on=None)), {}, FIRST_DAY) is None


@pytest.mark.parametrize("key", ["", MADE.key])
def test_units_that_were_carried_over_are_the_lines_own(key: str) -> None:
    """10 before and 10 after, with our key copied or without: nothing that a person would have to see."""
    answer = followed(renew(carry(key=key)))
    taken = answer.adoption
    assert answer.mapping.agreement_id == RENEWAL
    assert taken is not None
    assert (taken.renews, taken.is_as_before, [each.id for each in taken.additions]) == (AGREEMENT, True, ["9301"])
    journal = replace(JOURNAL, adoptions=(taken,))
    assert derive_billed(journal.ledger) == TEN
    assert not journal.is_first_after_adoption
    assert journal.written["9301"].adoption is None
    assert answer.sentence == (
        "Agreement 1201 ended on 31 Dec 2026: Business Premium goes on from the day after on agreement 1300, which "
        "renews it, with addition 9301: 10."
    )


@pytest.mark.parametrize("units", [8, 12])
def test_other_units_than_before_are_seen_by_a_person(units: int) -> None:
    answer = followed(renew(carry(units)))
    assert answer.adoption is not None
    assert not answer.adoption.is_as_before
    assert replace(JOURNAL, adoptions=(answer.adoption,)).is_first_after_adoption
    assert answer.sentence.endswith(f"with addition 9301: {units} where 10 were billed.")


@pytest.mark.parametrize(("price", "is_as_before"), [("20.00", True), ("22.00", False), (None, True)])
def test_another_price_than_ours_is_seen_by_a_person(price: str | None, is_as_before: bool) -> None:
    """We had sent 20.00, and the renewal asks another one, or does not tell yet."""
    sent = journal_of((replace(FIRST, unit_price=Decimal("20.00")), OWN, Ending.VERIFIED))
    carried = carry(unit_price=None if price is None else Decimal(price))
    assert take(renew(carried), journal=sent).is_as_before is is_as_before


def test_what_a_person_adopted_stays_adopted() -> None:
    """Somebody typed it years ago: its renewal is no more ours to write a text on than it was."""
    typed = keep(TEN, key="", days_read_from=date(2026, 10, 1))
    adopted = adopt(LineJournal(MAPPING), make_agreement((typed,)), (typed,), Adopter("Ada", LAST, "ours"))
    assert isinstance(adopted, Adoption)
    journal = LineJournal(MAPPING, adoptions=(adopted,))
    old = make_agreement((typed,), OVER)
    answer = follow(make_follower(old, renew(carry()), journal), Renewal(old, renew(carry()), LAST), FIRST_DAY)
    assert isinstance(answer, Followed)
    assert answer.adoption is not None
    assert answer.adoption.turn == 1
    after = replace(journal, adoptions=(adopted, answer.adoption))
    assert after.written["9301"].adoption == adopted
    assert after.is_first_after_adoption


def test_on_a_renewal_without_the_service_the_line_begins() -> None:
    """Other products, and what is another line's, are nothing to it."""
    theirs = carry(number="9302")
    taken = frozenset({name_line(MAPPING), name_addition(CONNECTION, RENEWAL, "9302")})
    new = renew(carry(product_id="777", number="9303"), theirs, carry(number="9304", key=STRANGE_KEY))
    answer = followed(new, line_names=taken)
    assert answer.adoption is None
    assert answer.sentence.endswith("goes on from the day after on agreement 1300, which renews it.")


def test_a_service_that_was_carried_over_without_units_is_filled() -> None:
    taken = take(renew(carry(0)))
    assert (taken.ledger.levels, taken.is_as_before) == (Timeline(), False)


def test_one_without_units_beside_the_one_that_bills_is_left_alone() -> None:
    assert [each.id for each in take(renew(carry(), carry(0, "9302"))).additions] == ["9301"]


@pytest.mark.parametrize("found", [(carry(), carry(3, "9302")), (carry(key=MADE.key), carry(3, "9302", key=MADE.key))])
def test_of_two_services_nobody_can_tell_which_it_is(found: tuple[Addition, ...]) -> None:
    assert refused(renew(*found)) == (
        "It is renewed by agreement 1300, and nobody can tell for certain which of the additions there carries "
        "Business Premium on: 9301, 9302. Map the licence to agreement 1300, and adopt what bills it there."
    )


def test_our_key_tells_among_several() -> None:
    assert [each.id for each in take(renew(carry(3, "9302"), carry(key=MADE.key))).additions] == ["9301"]


def test_another_product_with_our_key_that_bills_is_a_persons() -> None:
    former = carry(3, "9302", key=MADE.key, product_id="777")
    assert "nobody can tell" in refused(renew(carry(key=MADE.key), former))
    ended = carry(0, "9302", key=MADE.key, product_id="777")
    assert [each.id for each in take(renew(carry(key=MADE.key), ended)).additions] == ["9301", "9302"]


def test_what_billed_beside_the_line_may_be_what_was_carried_over() -> None:
    """One service of somebody else's on the old contract, one service on the new: whose is it?"""
    assert "nobody can tell" in refused(renew(carry()), keep(TEN, id="9009", key=""))


@pytest.mark.parametrize(
    ("is_ended", "agreement_id", "is_rival"),
    [
        (False, AGREEMENT, True),
        (True, AGREEMENT, False),
        (False, "1299", False),
    ],
)
def test_another_line_of_the_product_may_be_what_was_carried_over(
    is_ended: bool, agreement_id: str, is_rival: bool
) -> None:
    other = replace(make_mapping(OTHER, agreement_id=agreement_id), is_ended=is_ended)
    journals = {MAPPING: JOURNAL, OTHER: LineJournal(OTHER)}
    changes = {"others": ((other, PRODUCT),), "journals": journals}
    if is_rival:
        assert "nobody can tell" in refused(renew(carry()), **changes)
    else:
        assert take(renew(carry()), **changes).is_as_before


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (None, "Agreement 1300, which renews it, was not read. The next run looks again."),
        (replace(renew(carry()), company_id="7"), "belongs to another company"),
        (renew(carry(), is_active=False), "is not active"),
        (renew(carry(), starts_on=None), "begins on a day that nobody knows, and not on 1 Jan 2027"),
        (renew(carry(), starts_on=date(2027, 2, 1)), "begins 1 Feb 2027, and not on 1 Jan 2027"),
        (renew(carry(), ends_on=LAST), "is over as well, since 31 Dec 2026"),
        (renew(carry(quantity=Decimal("1.5"))), "Addition 9301 has the quantity 1.5"),
    ],
)
def test_a_renewal_that_is_not_clear_is_a_persons(new: Agreement | None, words: str) -> None:
    assert words in refused(new)


def test_a_renewal_without_an_end_is_followed() -> None:
    assert take(renew(carry(), ends_on=None)).is_as_before


def test_what_somebody_changed_on_the_old_agreement_is_looked_at_first() -> None:
    old = make_agreement((keep(Timeline(((date(2026, 10, 1), 11),)), days_read_from=date(2026, 10, 1)),), OVER)
    answer = follow(make_follower(old, renew(carry())), Renewal(old, renew(carry()), LAST), FIRST_DAY)
    assert isinstance(answer, NotFollowed)
    assert answer.sentence.startswith("Addition 9001 was changed in the PSA since Seatledger wrote it.")


@pytest.mark.parametrize(("was_over", "is_moving"), [(None, True), (date(2026, 11, 30), False), (LAST, True)])
def test_a_move_that_was_on_its_way_is_a_persons(was_over: date | None, is_moving: bool) -> None:
    """10 on agreement 1100 as well, which goes on, ended with this one, or was over long before."""
    former = adjust(0, 10, date(2026, 10, 1), 2, agreement_id="1100", addition_id="8001")
    journal = journal_of((FIRST, OWN, Ending.VERIFIED), (former, keep(TEN, id="8001"), Ending.VERIFIED))
    facts = replace(OVER, ends_on=was_over, renewed_by=None)
    old, new = make_agreement((OWN,), OVER), renew(carry())
    there = {AGREEMENT: old, RENEWAL: new, "1100": make_agreement((), facts, "1100")}
    answer = follow(make_follower(old, new, journal, agreements=there), Renewal(old, new, LAST), FIRST_DAY)
    assert isinstance(answer, NotFollowed) is is_moving
    if isinstance(answer, NotFollowed):
        assert "was just moving from another agreement or product" in answer.sentence
        gone = {name: each for name, each in there.items() if name != "1100"}
        again = follow(make_follower(old, new, journal, agreements=gone), Renewal(old, new, LAST), FIRST_DAY)
        assert again == answer


@pytest.mark.parametrize("name", [OTHER, "gone"])
def test_a_line_that_was_just_taking_over_is_a_persons(name: str) -> None:
    mapping = replace(make_mapping(), follows=(name,))
    journals = {MAPPING: JOURNAL, OTHER: replace(JOURNAL, mapping_id=OTHER)}
    answer = go_on(renew(carry()), mapping=mapping, journals=journals)
    assert isinstance(answer, NotFollowed if name == OTHER else Followed)


@pytest.mark.parametrize(("was_over", "is_parked"), [(date(2025, 12, 31), False), (LAST, True), (None, True)])
def test_what_a_line_took_over_from_on_an_agreement_that_was_over_long_before_is_no_doubt(
    was_over: date | None, is_parked: bool
) -> None:
    """A year ago another mapping ended with its contract, which nobody could tell to bill none from the day after: its
    10 units stand there for ever, and are billed no more."""
    former = adjust(0, 10, date(2025, 10, 1), agreement_id="1100", addition_id="8001")
    made = journal_of((former, keep(TEN, id="8001"), Ending.VERIFIED))
    facts = replace(OVER, ends_on=was_over, renewed_by=None)
    old, new = make_agreement((OWN,), OVER), renew(carry())
    line = make_follower(
        old,
        new,
        mapping=replace(make_mapping(), follows=(OTHER,)),
        journals={MAPPING: JOURNAL, OTHER: replace(made, mapping_id=OTHER)},
        agreements={AGREEMENT: old, RENEWAL: new, "1100": make_agreement((), facts, "1100")},
    )
    answer = follow(line, Renewal(old, new, LAST), FIRST_DAY)
    assert isinstance(answer, NotFollowed) is is_parked
    if isinstance(answer, NotFollowed):
        assert "just taking over from another mapping" in answer.sentence


@pytest.mark.parametrize(("day", "left"), [(LAST, FIRST_DAY), (FIRST_DAY, None)])
def test_the_old_contracts_units_count_to_its_end_until_the_line_is_written_there_again(
    day: date, left: date | None
) -> None:
    """11 from its last day, approved after the renewal: its last day alone. From a later day on they are its own."""
    journal = replace(JOURNAL, adoptions=(take(renew(carry())),))
    assert journal.written["9001"].bills == Timeline(((date(2026, 10, 1), 10), (FIRST_DAY, 0)))
    late = keep(Timeline(((date(2026, 10, 1), 10), (day, 11))))
    entry = make_evidence(adjust(10, 11, day, 2), late, journal=journal)
    written = replace(journal, evidence=(*journal.evidence, entry)).written["9001"]
    assert (written.left_from, written.bills.on(FIRST_DAY)) == (left, 11 if left is None else 0)
    assert written.bills.on(LAST) == (11 if day == LAST else 10)


def waits() -> Iterable[dict[str, Any]]:
    yield {"mapping": make_mapping(agreement_id="1299")}
    yield {"mapping": make_mapping(sku_id="old-addition:1201:9009")}
    intent = Intent(MAPPING, 1, 0, CONNECTION, "2026-12-31", "hash", NOW, FIRST, ())
    yield {"journal": replace(JOURNAL, open_intents=(intent,))}
    yield {"journal": replace(JOURNAL, parked_sentence="Look.")}
    ended = replace(make_mapping(), is_ended=True)
    yield {"mapping": ended, "journal": LineJournal(MAPPING)}
    yield {"mapping": ended, "others": ((replace(make_mapping(OTHER), follows=(MAPPING,)), None),)}


@pytest.mark.parametrize("changes", list(waits()))
def test_it_waits_for_what_comes_first(changes: dict[str, Any]) -> None:
    assert go_on(renew(carry()), **changes) is None


def test_an_end_that_fell_on_the_day_after_is_followed_to_be_written() -> None:
    answer = followed(renew(carry()), mapping=replace(make_mapping(), is_ended=True))
    assert (answer.mapping.is_ended, answer.mapping.agreement_id) == (True, RENEWAL)


def test_a_line_that_a_person_mapped_to_the_renewal_takes_its_units_over_as_well() -> None:
    there: Mapping = make_mapping(agreement_id=RENEWAL)
    answer = followed(renew(carry()), mapping=there)
    assert answer.mapping == there
    assert answer.adoption is not None
    taken = replace(JOURNAL, adoptions=(answer.adoption,))
    assert go_on(renew(carry()), mapping=there, journal=taken) is None
    assert go_on(renew(carry()), mapping=there, journal=LineJournal(MAPPING)) is None


def test_what_was_taken_over_in_a_run_that_died_is_taken_over_once() -> None:
    answer = followed(renew(carry()))
    assert answer.adoption is not None
    again = followed(renew(carry()), journal=replace(JOURNAL, adoptions=(answer.adoption,)))
    assert (again.mapping.agreement_id, again.adoption) == (RENEWAL, None)


def test_what_nobody_knows_the_source_of_is_as_good_as_adopted() -> None:
    """The old agreement's addition was of another product."""
    answer = followed(renew(carry()))
    assert answer.adoption is not None
    strange = replace(answer.adoption, renews="1100")
    assert replace(JOURNAL, adoptions=(strange,)).written["9301"].adoption == strange


@pytest.mark.parametrize("new", [None, renew(carry(), is_active=False), renew(carry())])
def test_a_line_that_cannot_follow_is_parked_with_the_reason(new: Agreement | None) -> None:
    line = make_line(10, JOURNAL)
    old = make_agreement((OWN,), OVER)
    agreements = [each for each in (old, new) if each is not None]
    other = make_line(5, LineJournal(OTHER), make_mapping(OTHER))
    around = make_surroundings((line, other), FIRST_DAY, agreements=agreements)
    without = replace(around, lines={MAPPING: line})
    for each in (around, without):
        parked = find_trouble(line, AGREEMENT, each)
        assert isinstance(parked, Parked)
        assert parked.sentence.startswith("Agreement 1201 ended on 31 Dec 2026. ")


def test_a_copy_of_another_lines_key_is_a_stranger() -> None:
    """A mapping that was split as the contract ended: its service was carried over with its key, and nobody follows."""
    copied = carry(key=STRANGE_KEY, number="9305")
    new = renew(copied, carry(key=STRANGE_KEY, number="9306", product_id="777"), carry(0, "9307", key=STRANGE_KEY))
    line = make_line(10, LineJournal(MAPPING), make_mapping(agreement_id=RENEWAL))
    other = make_line(10, LineJournal(OTHER), make_mapping(OTHER))
    around = make_surroundings((line, other), FIRST_DAY + ONE_DAY, agreements=(new,))
    assert list_copies(open_line(line, around), around) == [copied]
    known = replace(JOURNAL, mapping_id=OTHER, adoptions=(replace(take(renew(carry())), additions=(copied,)),))
    knowing = replace(around, journals={MAPPING: line.journal, OTHER: known})
    assert list_copies(open_line(line, knowing), knowing) == []
