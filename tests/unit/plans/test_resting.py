"""A line at rest is planned at a glance, and the plan is the one that opening it up comes to (P7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.agreements import Addition, AgreementFacts
from plans.changes import HoldRule
from plans.counts import Terms
from plans.inputs import LineInput, Surroundings
from plans.journal import Adoption, Refusal
from plans.keys import make_key
from plans.ledger import LedgerEntry
from plans.plan import LinePlan
from plans.planning import plan_agreement, plan_line
from plans.resting import Glance, glance_at, plan_at_rest
from plans.timeline import Timeline
from plans.translation import LineTask, Translation
from profiles.billing import BillableOption, CustomPrice, DatedPrice, KeptPrice
from profiles.periods import ONE_DAY, Grid
from psa.connectwise.lines import translate_line
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    COMPANY,
    CUSTOMER,
    INVOICED_THROUGH,
    MAPPING,
    MONTHLY,
    PRICE,
    TODAY,
    count_of,
    journal_of,
    make_addition,
    make_agreement,
    make_change,
    make_intent,
    make_line,
    make_surroundings,
    write,
)

EARLY = date(2026, 9, 14)
TERMS = Terms(AGREEMENT, MONTHLY.as_one(), prorates=True, gives_credits=False)


@dataclass(frozen=True)
class Scene:
    """One line and its agreement, as a night finds them."""

    line: LineInput
    additions: tuple[Addition, ...]
    facts: AgreementFacts = ACTIVE
    company_id: str = COMPANY
    today: date = TODAY

    def look(self) -> Surroundings:
        """What surrounds the line."""
        agreement = replace(make_agreement(self.additions, self.facts), company_id=self.company_id)
        return make_surroundings((self.line,), self.today, agreements=(agreement,))

    def with_line(self, **changes: object) -> Scene:
        return replace(self, line=replace(self.line, **changes))  # type: ignore[arg-type]

    def with_journal(self, **changes: object) -> Scene:
        return self.with_line(journal=replace(self.line.journal, **changes))  # type: ignore[arg-type]

    def with_mapping(self, **changes: object) -> Scene:
        return self.with_line(mapping=replace(self.line.mapping, **changes))  # type: ignore[arg-type]

    def with_profile(self, **changes: object) -> Scene:
        return self.with_line(profile=replace(self.line.profile, **changes))  # type: ignore[arg-type]

    def with_facts(self, **changes: object) -> Scene:
        return replace(self, facts=replace(self.facts, **changes))  # type: ignore[arg-type]

    def with_own(self, **changes: object) -> Scene:
        first = (replace(each, **changes) for each in self.additions[:1])  # type: ignore[arg-type]
        return replace(self, additions=(*first, *self.additions[1:]))

    def with_count(self, **changes: object) -> Scene:
        counts = self.line.journal.counts
        last = (replace(each, **changes) for each in counts[-1:])  # type: ignore[arg-type]
        return self.with_journal(counts=(*counts[:-1], *last))

    def with_entry(self, **changes: object) -> Scene:
        (proof,) = self.line.journal.evidence[:1]
        entry = None if proof.ledger is None else replace(proof.ledger, **changes)  # type: ignore[arg-type]
        return self.with_journal(evidence=(replace(proof, ledger=entry), *self.line.journal.evidence[1:]))

    def add(self, addition: Addition) -> Scene:
        return replace(self, additions=(*self.additions, addition))


def rest(quantity: int = 10, day: date = EARLY) -> Scene:
    """A line that one write made and that every night since has read the same."""
    change = make_change(quantity=quantity, effective_on=day)
    count = replace(count_of(quantity, day, TODAY), terms=TERMS, invoiced_lately=INVOICED_THROUGH)
    journal = replace(journal_of(change), counts=(count,))
    return Scene(make_line(quantity, journal), (write(change),))


def adopt(scene: Scene) -> Scene:
    entry = LedgerEntry(MAPPING, EARLY, 0, Timeline(((EARLY, 4),)), "9001", INVOICED_THROUGH)
    return scene.with_journal(adoptions=(Adoption(MAPPING, 0, AGREEMENT, scene.additions, entry, EARLY, "Ada"),))


def count_again(scene: Scene) -> Scene:
    counts = scene.line.journal.counts
    later = [replace(each, day=TODAY, quantity=each.quantity + 3, seats=each.seats + 3) for each in counts[-1:]]
    return scene.with_journal(counts=(*counts, *later))


def lose_proof(scene: Scene) -> Scene:
    (proof,) = scene.line.journal.evidence[:1]
    return scene.with_journal(evidence=(replace(proof, ledger=None),))


def write_again(scene: Scene) -> Scene:
    change = make_change(1, 3, effective_on=TODAY)
    return scene.with_journal(evidence=journal_of(make_change(effective_on=EARLY), change).evidence)


def prove_elsewhere(scene: Scene) -> Scene:
    (proof,) = scene.line.journal.evidence[:1]
    moved = replace(proof, change=make_change(effective_on=EARLY, agreement_id="1202"))
    return scene.with_journal(evidence=(moved,))


def send_price(scene: Scene, price: Decimal) -> Scene:
    (proof,) = scene.line.journal.evidence[:1]
    return scene.with_journal(
        evidence=(replace(proof, change=replace(make_change(effective_on=EARLY), unit_price=price)),)
    )


DATED = CustomPrice((DatedPrice(EARLY, PRICE), DatedPrice(date(2027, 3, 1), Decimal(22))))
# What may be otherwise about a line, and whether one that is so is still at rest.
OTHERWISE: dict[str, tuple[Callable[[Scene], Scene], bool]] = {
    "nothing": (lambda scene: scene, True),
    "more seats tonight": (lambda scene: scene.with_line(quantity=14, seats=14), True),
    "a doubt": (lambda scene: scene.with_line(doubt="Doubtful.", unmapped_rise="E5"), True),
    "an approval": (lambda scene: scene.with_line(approved_hashes=frozenset({"hash"})), True),
    "credits": (
        lambda scene: scene.with_mapping(gives_credits=True).with_count(terms=replace(TERMS, gives_credits=True)),
        True,
    ),
    "a later price of ours": (lambda scene: scene.with_profile(price=DATED), True),
    "a price that a person keeps": (lambda scene: scene.with_profile(price=KeptPrice()), True),
    "the price that was sent": (lambda scene: send_price(scene, PRICE), True),
    "another line's addition": (lambda scene: scene.add(make_addition("9077", 3, make_key("another", 0))), True),
    "a stranger of another product": (lambda scene: scene.add(make_addition("9078", 3, product_id="777")), True),
    "made before its first invoice": (lambda scene: scene.with_entry(invoiced_through=date(2026, 8, 31)), True),
    "other periods of the same days": (lambda scene: scene.with_facts(grid=Grid(2025, 7, 1, 1)), True),
    "a text that we agree with": (lambda scene: scene.with_line(description="Licences"), False),
    "credits since tonight": (lambda scene: scene.with_mapping(gives_credits=True), False),
    "a price of ours": (
        lambda scene: scene.with_profile(price=CustomPrice((DatedPrice(EARLY, Decimal(19)),))),
        False,
    ),
    "another price was sent": (lambda scene: send_price(scene, Decimal(19)), False),
    "another billable option": (lambda scene: scene.with_profile(billable_option=BillableOption.NO_CHARGE), False),
    "another product": (lambda scene: scene.with_profile(product_id="777"), False),
    "a stranger": (lambda scene: scene.add(make_addition("9079", 3)), False),
    "a second addition of ours": (lambda scene: scene.add(make_addition("9080", 3, make_key(MAPPING, 1))), False),
    "an addition of ours with a longer key": (
        lambda scene: scene.add(make_addition("9081", 3, make_key(MAPPING, 1) + "-9")),
        False,
    ),
    "no addition": (lambda scene: replace(scene, additions=()), False),
    "an edited quantity": (lambda scene: scene.with_own(quantity=Decimal(99)), False),
    "an edited price": (lambda scene: scene.with_own(unit_price=Decimal(99)), False),
    "an edited text": (lambda scene: scene.with_own(description="Ours"), False),
    "an edited key": (lambda scene: scene.with_own(key=""), False),
    "an end": (lambda scene: scene.with_own(cancelled_on=TODAY), False),
    "an open promise": (lambda scene: scene.with_journal(open_intents=(make_intent(make_change(1, 12)),)), False),
    "a park": (lambda scene: scene.with_journal(parked_sentence="Parked."), False),
    "an adoption": (adopt, False),
    "a refusal": (lambda scene: scene.with_journal(refusal=Refusal(MAPPING, 8, 10, TODAY, "Ada", "No.")), False),
    "an undo": (lambda scene: scene.with_line(undo_sequence=0), False),
    "two counts": (count_again, False),
    "no count": (lambda scene: scene.with_journal(counts=()), False),
    "two writes": (write_again, False),
    "a write without proof": (lose_proof, False),
    "a write elsewhere": (prove_elsewhere, False),
    "a count of another quantity": (lambda scene: scene.with_count(quantity=7), False),
    "a count of another day": (lambda scene: scene.with_count(day=EARLY + ONE_DAY), False),
    "a count without terms": (lambda scene: scene.with_count(terms=None), False),
    "terms of another agreement": (lambda scene: scene.with_count(terms=replace(TERMS, agreement_id="1202")), False),
    "terms of other periods": (
        lambda scene: scene.with_count(terms=replace(TERMS, grid=Grid(2000, 1, 15, 1))),
        False,
    ),
    "terms with a start": (lambda scene: scene.with_count(terms=replace(TERMS, starts_on=EARLY)), False),
    "terms that did not prorate": (lambda scene: scene.with_count(terms=replace(TERMS, prorates=False)), False),
    "a ledger of another day": (lambda scene: scene.with_entry(effective_on=EARLY - ONE_DAY), False),
    "a ledger of other seats": (lambda scene: scene.with_entry(levels=Timeline(((EARLY, 9),))), False),
    "a ledger that does not know P": (lambda scene: scene.with_entry(invoiced_through=None), False),
    "an agreement that does not prorate": (lambda scene: scene.with_facts(prorates=False), False),
    "a mapping that does not prorate": (lambda scene: scene.with_mapping(prorates=False), False),
    "an agreement that ends": (lambda scene: scene.with_facts(ends_on=date(2027, 6, 30)), False),
    "an agreement that is over": (lambda scene: scene.with_facts(is_active=False), False),
    "unknown periods": (lambda scene: scene.with_facts(grid=None), False),
    "unknown invoices": (lambda scene: scene.with_facts(invoiced_through=None), False),
    "another company": (lambda scene: replace(scene, company_id="43"), False),
    "a start": (lambda scene: scene.with_mapping(starts_on=EARLY), False),
    "an ended mapping": (lambda scene: scene.with_mapping(is_ended=True), False),
    "a mapping that follows": (lambda scene: scene.with_mapping(follows=("another",)), False),
    "a mapping that moved": (lambda scene: scene.with_mapping(agreement_id="1202"), False),
}


def glance(scene: Scene) -> LinePlan | None:
    """What a glance says of the line."""
    around = scene.look()
    found = glance_at(AGREEMENT, around)
    return None if found is None else plan_at_rest(scene.line, found, around)


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_line_is_at_rest_or_not(name: str) -> None:
    change, is_at_rest = OTHERWISE[name]
    assert (glance(change(rest())) is not None) == is_at_rest


@given(
    quantity=st.integers(0, 300),
    day=st.dates(date(2026, 8, 20), TODAY),
    through=st.sampled_from((date(2026, 8, 31), date(2026, 9, 30), INVOICED_THROUGH, date(2026, 11, 30))),
    ahead=st.integers(0, 60),
    names=st.lists(st.sampled_from(sorted(OTHERWISE)), max_size=3),
)
def test_a_glance_says_what_opening_up_says(
    quantity: int, day: date, through: date, ahead: int, names: Sequence[str]
) -> None:
    scene = rest(quantity, day).with_facts(invoiced_through=through)
    scene = replace(scene, today=TODAY + timedelta(days=ahead))
    for name in names:
        scene = OTHERWISE[name][0](scene)
    seen, around = glance(scene), scene.look()
    if seen is not None:
        assert seen == plan_line(scene.line, AGREEMENT, around)
        assert plan_agreement(CUSTOMER, AGREEMENT, (scene.line,), around).lines == (seen,)


@pytest.mark.parametrize(
    "answer", [Translation(hold=HoldRule.NOT_EXPRESSIBLE, hold_sentence="No."), Translation((make_change(1, 3),))]
)
def test_the_psa_has_the_last_word(answer: Translation) -> None:
    scene = rest()
    around = replace(scene.look(), translate=lambda task: answer)
    found = glance_at(AGREEMENT, around)
    assert isinstance(found, Glance)
    assert plan_at_rest(scene.line, found, around) is None


@pytest.mark.parametrize("name", [name for name, (_, is_at_rest) in OTHERWISE.items() if is_at_rest])
@pytest.mark.parametrize("day", [EARLY, INVOICED_THROUGH, INVOICED_THROUGH + ONE_DAY, TODAY])
def test_the_psa_is_asked_the_same_either_way(name: str, day: date) -> None:
    asked: list[LineTask] = []

    def listen(task: LineTask) -> Translation:
        asked.append(task)
        return translate_line(task)

    scene = OTHERWISE[name][0](rest(day=day))
    around = replace(scene.look(), translate=listen)
    found = glance_at(AGREEMENT, around)
    assert found is not None
    plan_at_rest(scene.line, found, around)
    plan_line(scene.line, AGREEMENT, around)
    assert not asked or asked[0] == asked[-1]


def test_an_agreement_that_is_not_there_has_no_lines_at_rest() -> None:
    assert glance_at("1299", rest().look()) is None
