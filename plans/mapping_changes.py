"""Mapping a licence, as one commit: new, changed, split, merged, ended, excluded, taken back (billing rules, 3 and 4).

A licence of a customer is billed by one mapping, by one for each term, or by one for each subscription. Going from one
to the other is a transfer: what was there ends with its period, and what is new follows it. Another agreement or
another product is a change of the mapping itself, whose line moves its seats in one plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date

from plans.editing import MappingChange
from plans.errors import Bug
from plans.journal import LineJournal
from plans.ledger import bills_from, derive_billed
from plans.old_additions import is_old_line
from plans.plan import hash_value
from plans.ports import Desk
from plans.preferences import Preferences
from profiles.billing import Basis, BillingProfile, CountOptions, DescriptionOptions, MappedBy
from profiles.billing import Mapping as LicenceMapping
from profiles.parts import Part, are_one_split, find_split
from profiles.quantity import is_same_id

ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class LineWish:
    """One line of a licence: what part it takes, where it is billed, and how its count becomes a quantity."""

    part: Part
    profile_id: str
    agreement_id: str
    included: int = 0
    minimum: int = 0
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """How a licence is to be billed: its lines, and what is the same for all. `why` and `mapped_by` are what
    the mapping keeps of where that came from.
    """

    lines: tuple[LineWish, ...]
    basis: Basis = Basis.PURCHASED
    count: CountOptions = field(default_factory=CountOptions)
    description: DescriptionOptions = field(default_factory=DescriptionOptions)
    starts_on: date | None = None
    prorates: bool = True
    gives_credits: bool = False
    why: str = ""
    mapped_by: MappedBy = MappedBy.PERSON


@dataclass(frozen=True, slots=True)
class MappedLicence:
    """One licence of a customer with every mapping that it ever had, and their journals."""

    customer_id: str
    sku_id: str
    name: str
    mappings: tuple[LicenceMapping, ...]
    journals: Mapping[str, LineJournal]

    @property
    def current(self) -> tuple[LicenceMapping, ...]:
        """Those that are not ended."""
        return tuple(mapping for mapping in self.mappings if not mapping.is_ended)

    @property
    def digest(self) -> str:
        """SHA-256 over all its mappings, in hex: what a form says it was shown."""
        return hash_value([asdict(mapping) for mapping in sorted(self.mappings, key=lambda each: each.id)])

    def still_bills(self, mapping: LicenceMapping, today: date) -> bool:
        """Whether the mapping's line bills today or later; of one that never billed, whether what it was to take over
        from does: it was ended before that ends."""
        journal = self.journals.get(mapping.id)
        billed = derive_billed(() if journal is None else journal.ledger)
        if billed.steps:
            return bills_from(billed, today)
        return any(self.still_bills(each, today) for each in self.mappings if each.id in mapping.follows)

    def can_reopen(self, today: date) -> tuple[LicenceMapping, ...]:
        """Ended mappings that still bill and that nothing follows: their end can be taken back. That of an old addition
        is taken back by the undo of its write (`plans.old_additions`).
        """
        followed = {name for mapping in self.mappings for name in mapping.follows}
        return tuple(
            mapping
            for mapping in self.mappings
            if mapping.is_ended and mapping.id not in followed and self.still_bills(mapping, today)
            if not is_old_line(mapping)
        )


def begin_wish(
    profile: BillingProfile, preferences: Preferences, places: Sequence[tuple[Part, str]], why: str = ""
) -> Wish:
    """A new mapping as its profile and the preferences begin it: one line for each part (None is all) on an agreement.

    An assigned seat belongs to no part, so a line of one counts what was bought (`profiles.quantity`).
    """
    defaults, description = profile.defaults, profile.defaults.description
    is_split = any(part is not None for part, _ in places)
    return Wish(
        lines=tuple(
            LineWish(part, profile.id, agreement_id, defaults.included, defaults.minimum, defaults.maximum)
            for part, agreement_id in places
        ),
        basis=Basis.PURCHASED if is_split else defaults.basis or preferences.new_mappings_basis,
        count=CountOptions(committed_floor=defaults.committed_floor),
        description=replace(description, user_names=description.user_names or preferences.new_mappings_name_users),
        prorates=defaults.prorates,
        gives_credits=defaults.gives_credits,
        why=why,
    )


def find_licence(desk: Desk, sku_id: str, name: str) -> MappedLicence:
    """The mappings of a customer's licence."""
    own = tuple(mapping for mapping in desk.mappings if is_same_id(mapping.sku_id, sku_id))
    return MappedLicence(desk.customer.id, sku_id, name, own, desk.journals)


def make_changes(licence: MappedLicence, wish: Wish, today: date) -> tuple[MappingChange, ...]:
    """What becomes of the licence's mappings, those that end first; nothing where all is as wished already.

    A line that ends beside others of the same split, of a subscription that is over, is taken over by none of them.
    Raises Bug where the wished lines would count a seat twice.
    """
    if not are_one_split(line.part for line in wish.lines):
        raise Bug(f"{licence.sku_id} of customer {licence.customer_id} cannot be billed in lines that overlap")
    standing = {mapping.part: mapping for mapping in licence.current}
    if not standing:
        standing = {mapping.part: mapping for mapping in licence.can_reopen(today)}
    parts = {line.part for line in wish.lines}
    ends = [mapping for mapping in licence.current if mapping.part not in parts]
    changes: list[MappingChange] = [(mapping, replace(mapping, is_ended=True)) for mapping in ends]
    reopened = frozenset(each.id for part, each in standing.items() if part in parts)
    number = len(licence.mappings)
    for line in wish.lines:
        before = standing.get(line.part)
        if before is None:
            number += 1
            follows = name_followed(licence, line.part, ends, today, reopened)
            made = fill(make_mapping(licence, number, follows), line, wish)
            changes.append((None, made))
        else:
            changes.append((before, fill(before, line, wish)))
    return drop_unchanged(changes)


def add_changes(licence: MappedLicence, wish: Wish, today: date) -> tuple[MappingChange, ...]:
    """The wished lines beside those of other parts that stand, of which none ends for them. What would count a seat of
    those twice is left out: anything of a licence that is billed in one line, a term beside subscriptions.
    """
    if not licence.current:
        return make_changes(licence, wish, today)
    standing = {mapping.part for mapping in licence.current}
    changes: list[MappingChange] = []
    for line in wish.lines:
        if not are_one_split((*standing, line.part)):
            continue
        number = len(licence.mappings) + len(changes) + 1
        follows = name_followed(licence, line.part, (), today)
        changes.append((None, fill(make_mapping(licence, number, follows), line, wish)))
    return tuple(changes)


def name_followed(
    licence: MappedLicence,
    part: Part,
    ends: Sequence[LicenceMapping],
    today: date,
    reopened: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """Whom a new line takes over from: those of another cut that end for it, else what is ended, still bills, and has
    seats of its part in it. What is mapped again in the same save, `reopened`, bills on.

    Who was taken over already is taken over once more where lines that stand do it: a part that is bought between a
    split and its end is counted by what was split until then.
    """
    left = [each for each in ends if find_split(each.part) is not find_split(part)]
    followed = {name for mapping in licence.mappings for name in mapping.follows}
    beside = {name for mapping in licence.current for name in mapping.follows}
    old = [
        each
        for each in licence.mappings
        if each.is_ended
        and each.id not in reopened
        and (
            (find_split(each.part) is not find_split(part) and (each.id not in followed or each.id in beside))
            or (each.part == part and each.id not in followed)
        )
        and licence.still_bills(each, today)
    ]
    return tuple(sorted(each.id for each in left or old))


def make_mapping(licence: MappedLicence, number: int, follows: tuple[str, ...]) -> LicenceMapping:
    """A mapping with an id that two people who map the same licence at once both come to: only one is kept."""
    spelled = f"{licence.customer_id}|{licence.sku_id.lower()}|{number}"
    return LicenceMapping(
        id=f"m-{hashlib.sha256(spelled.encode()).hexdigest()[:ID_LENGTH]}",
        customer_id=licence.customer_id,
        sku_id=licence.sku_id,
        licence_name=licence.name,
        profile_id="",
        agreement_id="",
        basis=Basis.PURCHASED,
        follows=follows,
    )


def fill(mapping: LicenceMapping, line: LineWish, wish: Wish) -> LicenceMapping:
    """The mapping as it is wished; a licence that is mapped is billed."""
    return replace(
        mapping,
        profile_id=line.profile_id,
        agreement_id=line.agreement_id,
        part=line.part,
        included=line.included,
        minimum=line.minimum,
        maximum=line.maximum,
        basis=wish.basis,
        count=fill_count(mapping, wish),
        description=wish.description,
        starts_on=wish.starts_on,
        prorates=wish.prorates,
        gives_credits=wish.gives_credits,
        why=wish.why,
        mapped_by=wish.mapped_by,
        is_excluded=False,
        exclusion_reason="",
        is_ended=False,
    )


def fill_count(mapping: LicenceMapping, wish: Wish) -> CountOptions:
    """What counts, as it is wished. Purchased seats have no floor, so that none is switched on unseen with their basis;
    whose purchases count is asked nowhere."""
    has_floor = wish.count.committed_floor and wish.basis is Basis.ASSIGNED
    return replace(wish.count, only_owned_by=mapping.count.only_owned_by, committed_floor=has_floor)


def exclude_changes(licence: MappedLicence, reason: str) -> tuple[MappingChange, ...]:
    """Do not bill: every line of the licence; one that was never mapped gets a mapping that says so."""
    if licence.current:
        return drop_unchanged(
            (mapping, replace(mapping, is_excluded=True, exclusion_reason=reason)) for mapping in licence.current
        )
    made = make_mapping(licence, len(licence.mappings) + 1, ())
    return ((None, replace(made, is_excluded=True, exclusion_reason=reason)),)


def include_changes(licence: MappedLicence) -> tuple[MappingChange, ...]:
    """Let an excluded licence be billed again; one that was never mapped is unmapped again."""
    return tuple(
        (mapping, replace(mapping, is_excluded=False, exclusion_reason="", is_ended=not mapping.agreement_id))
        for mapping in licence.current
        if mapping.is_excluded
    )


def end_changes(licence: MappedLicence) -> tuple[MappingChange, ...]:
    """Bill the licence no more from the next period on."""
    return tuple((mapping, replace(mapping, is_ended=True)) for mapping in licence.current)


def reopen_changes(licence: MappedLicence, today: date) -> tuple[MappingChange, ...]:
    """Take the end back, while what ended still bills; not where lines of two ways of cutting it would count seats
    twice."""
    ended = licence.can_reopen(today)
    if licence.current or not are_one_split(mapping.part for mapping in ended):
        return ()
    return tuple((mapping, replace(mapping, is_ended=False)) for mapping in ended)


def drop_unchanged(changes: Iterable[MappingChange]) -> tuple[MappingChange, ...]:
    """Without those that change nothing."""
    return tuple((before, after) for before, after in changes if before != after)
