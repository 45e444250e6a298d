"""The form of a mapping: from what is mapped to fields, and from fields to a wish or to what does not fit. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AbstractMapping
from dataclasses import replace
from datetime import date, timedelta

from plans.catalogue import may_bill_on
from plans.changes import Held, HoldRule, Parked
from plans.lines import find_ending
from plans.mapping_changes import LineWish, Wish
from profiles.billing import Basis, BillingProfile, CountOptions, DescriptionOptions, MappingDefaults
from profiles.billing import Mapping as LicenceMapping
from profiles.parts import Split
from sync.previewing import Preview
from web.pages.mapping_records import LicenceRecords
from web.pages.mapping_split import (
    ASSIGNED_SPLIT,
    SPLIT_VALUES,
    SPLITS,
    Block,
    find_split_trouble,
    list_blocks,
)
from web.sheet import Sheet, SheetReader
from web.wording import clean, write_count, write_short_day

LONGEST_OWN_TEXT = 1000
FIRST_START = date(2000, 1, 1)
LATEST_START = timedelta(days=5 * 365)
YES = ("yes",)
# What stands for a floor that is not to be changed: scripts of before there was one do not name it.
AS_MAPPED = "as-mapped"
NO_PROFILE = "Choose a billing profile."
NO_AGREEMENT = "Choose an agreement."
FOREIGN_PROFILE = "This profile bills through another PSA connection, or was removed. Choose one of the list."
GONE_AGREEMENT = (
    "This agreement is not active any more, or belongs to a company that does not pay for this customer. Choose one of "
    "the list."
)
UNCHECKED_AGREEMENT = "The PSA does not answer now, so this agreement cannot be checked. Try again in a minute."


def fill_sheet(records: LicenceRecords) -> Sheet:
    """The form as it comes: what is mapped, else what profile and preferences begin with."""
    current = [mapping for mapping in records.mapped.current if mapping.agreement_id]
    values = fill_shared(current[0]) if current else fill_new(records)
    values["split"] = (SPLIT_VALUES[begin_split(records)],)
    by_part = {mapping.part: mapping for mapping in current}
    for block in list_blocks(records):
        mapping = by_part.get(block.part) or (current[0] if current and block.part is not None else None)
        if mapping is not None:
            values |= fill_block(block, mapping, is_own=block.part in by_part)
        elif current:
            values |= fill_merged(block, current)
        else:
            values |= fill_new_block(records, block)
    return Sheet(values)


def pick_place(records: LicenceRecords, sheet: Sheet, asked: AbstractMapping[str, str]) -> Sheet:
    """The form with the profile and the agreement of a link, where they are offered; nothing is saved yet."""
    profile, agreement = asked.get("profile", ""), asked.get("agreement", "")
    picked: dict[str, tuple[str, ...]] = {}
    for block in list_blocks(records):
        if records.find_profile(profile) is not None:
            picked[block.name("profile")] = (profile,)
        if any(each.id == agreement for each in records.offer.agreements):
            picked[block.name("agreement")] = (agreement,)
    return Sheet({**sheet.values, **picked}, sheet.troubles)


def wants_split(records: LicenceRecords) -> bool:
    """Whether a new mapping begins split: as the preferences say, where there is anything to tell apart."""
    return records.preferences.new_mappings_split and bool(records.terms)


def begin_split(records: LicenceRecords) -> Split:
    """By what it is cut as the form comes: as it is mapped, while that is possible, else as the preferences say."""
    if any(mapping.agreement_id for mapping in records.mapped.current):
        return Split.WHOLE if find_split_trouble(records, records.split) else records.split
    return Split.TERM if wants_split(records) else Split.WHOLE


def fill_shared(mapping: LicenceMapping) -> dict[str, tuple[str, ...]]:
    """What is the same for all lines, as it is mapped."""
    return {
        "basis": (mapping.basis.value,),
        "starts_on": ("" if mapping.starts_on is None else mapping.starts_on.isoformat(),),
        "prorates": tick(mapping.prorates),
        "gives_credits": tick(mapping.gives_credits),
        "disabled_users": tick(mapping.count.disabled_users),
        "guests": tick(mapping.count.guests),
        # Purchased seats have no floor yet; those who come to count assigned ones begin with it.
        "committed_floor": tick(mapping.count.committed_floor or mapping.basis is Basis.PURCHASED),
        **fill_description(mapping.description),
    }


def fill_description(description: DescriptionOptions) -> dict[str, tuple[str, ...]]:
    """The parts of the invoice text."""
    return {
        "own_text": (description.own_text,),
        "user_names": tick(description.user_names),
        "unassigned_count": tick(description.unassigned_count),
        "renewal": tick(description.renewal),
    }


def fill_block(block: Block, mapping: LicenceMapping, *, is_own: bool) -> dict[str, tuple[str, ...]]:
    """One line as it is mapped; another part begins with the same profile and agreement, and takes nothing off."""
    return {
        block.name("profile"): (mapping.profile_id,),
        block.name("agreement"): (mapping.agreement_id,),
        block.name("included"): (write_number(mapping.included if is_own else 0),),
        block.name("minimum"): (write_number(mapping.minimum if is_own else 0),),
        block.name("maximum"): (write_maximum(mapping.maximum if is_own else None),),
    }


def fill_merged(block: Block, mappings: Iterable[LicenceMapping]) -> dict[str, tuple[str, ...]]:
    """The lines of several parts as one would be."""
    lines = list(mappings)
    maxima = [line.maximum for line in lines]
    known = [maximum for maximum in maxima if maximum is not None]
    together = replace(
        lines[0],
        included=sum(line.included for line in lines),
        minimum=sum(line.minimum for line in lines),
        maximum=sum(known) if len(known) == len(maxima) else None,
    )
    return fill_block(block, together, is_own=True)


def fill_new(records: LicenceRecords) -> dict[str, tuple[str, ...]]:
    """What a new mapping begins with."""
    defaults, preferences = find_defaults(records, choose_profile(records)), records.preferences
    basis = defaults.basis or preferences.new_mappings_basis
    user_names = defaults.description.user_names or preferences.new_mappings_name_users
    return {
        "basis": (basis.value,),
        "starts_on": ("",),
        "prorates": tick(defaults.prorates),
        "gives_credits": tick(defaults.gives_credits),
        "disabled_users": YES,
        "guests": YES,
        "committed_floor": tick(defaults.committed_floor),
        **fill_description(replace(defaults.description, user_names=user_names)),
    }


def fill_new_block(records: LicenceRecords, block: Block) -> dict[str, tuple[str, ...]]:
    """One line of a new mapping."""
    profile_id = choose_profile(records)
    defaults = find_defaults(records, profile_id)
    return {
        block.name("profile"): (profile_id,),
        block.name("agreement"): (choose_agreement(records, profile_id),),
        block.name("included"): (write_number(defaults.included),),
        block.name("minimum"): (write_number(defaults.minimum),),
        block.name("maximum"): (write_maximum(defaults.maximum),),
    }


def choose_profile(records: LicenceRecords) -> str:
    """The only profile there is, or the one that this licence is billed by elsewhere; empty where a person chooses."""
    return records.profiles[0].id if len(records.profiles) == 1 else records.usual_profile_id


def choose_agreement(records: LicenceRecords, profile_id: str) -> str:
    """The only agreement that fits; empty where a person chooses."""
    return records.offer.choose(records.find_profile(profile_id))


def find_defaults(records: LicenceRecords, profile_id: str) -> MappingDefaults:
    """What new mappings of a profile begin with."""
    profile = records.find_profile(profile_id)
    return MappingDefaults() if profile is None else profile.defaults


def tick(is_ticked: bool) -> tuple[str, ...]:
    """A box."""
    return YES if is_ticked else ()


def write_number(number: int) -> str:
    """A number; empty for none, as most are."""
    return str(number) if number else ""


def write_maximum(maximum: int | None) -> str:
    """A maximum, which may be 0."""
    return "" if maximum is None else str(maximum)


def read_quick(sheet: Sheet, records: LicenceRecords) -> Wish | Sheet:
    """What the row of an unmapped licence asks: a profile and an agreement; all else is as that profile begins."""
    block = Block(None)
    reader = SheetReader(sheet)
    read_place(reader, records, block)
    if reader.troubles:
        return reader.ended()
    profile_id, agreement_id = sheet.one("profile"), sheet.one("agreement")
    values = fill_new(replace(records, profiles=tuple(each for each in records.profiles if each.id == profile_id)))
    defaults = find_defaults(records, profile_id)
    own = LineWish(None, profile_id, agreement_id, defaults.included, defaults.minimum, defaults.maximum)
    wish = read_shared(SheetReader(Sheet(values)), records.today)
    is_split = wants_split(records) and wish.basis is Basis.PURCHASED
    return replace(wish, lines=tuple(replace(own, part=term) for term in records.terms) if is_split else (own,))


def read_wish(sheet: Sheet, records: LicenceRecords) -> Wish | Sheet:
    """What the whole form asks, or the form with what does not fit."""
    reader = SheetReader(sheet)
    wish = read_shared(reader, records.today)
    if sheet.one("committed_floor") == AS_MAPPED:
        wish = replace(wish, count=replace(wish.count, committed_floor=keeps_floor(records)))
    split = SPLITS.get(sheet.one("split"), Split.WHOLE)
    reason = find_split_trouble(records, split)
    if reason:
        reader.troubles["split"] = reason
    elif split is not Split.WHOLE and wish.basis is Basis.ASSIGNED:
        reader.troubles["split"] = ASSIGNED_SPLIT[split]
    blocks = [each for each in list_blocks(records) if each.split is split]
    lines = tuple(read_block(reader, records, block) for block in blocks)
    return reader.ended() if reader.troubles else replace(wish, lines=lines)


def keeps_floor(records: LicenceRecords) -> bool:
    """Whether at least the committed seats are billed where nobody says so: not where assigned seats count without."""
    current = records.mapped.current
    return not any(each.basis is Basis.ASSIGNED and not each.count.committed_floor for each in current)


def read_shared(reader: SheetReader, today: date) -> Wish:
    """What is the same for all lines."""
    bases = {basis.value: basis for basis in Basis}
    typed = reader.sheet.one("starts_on")
    return Wish(
        lines=(),
        basis=reader.choice("basis", bases, "Choose which seats are billed.") or Basis.PURCHASED,
        count=CountOptions(
            disabled_users=reader.ticked("disabled_users"),
            guests=reader.ticked("guests"),
            committed_floor=reader.ticked("committed_floor"),
        ),
        description=DescriptionOptions(
            own_text=reader.text("own_text", longest=LONGEST_OWN_TEXT),
            user_names=reader.ticked("user_names"),
            unassigned_count=reader.ticked("unassigned_count"),
            renewal=reader.ticked("renewal"),
        ),
        starts_on=reader.day_between("starts_on", typed, FIRST_START, today + LATEST_START) if typed else None,
        prorates=reader.ticked("prorates"),
        gives_credits=reader.ticked("gives_credits"),
    )


def read_block(reader: SheetReader, records: LicenceRecords, block: Block) -> LineWish:
    """One line."""
    read_place(reader, records, block)
    included, minimum = reader.number(block.name("included")), reader.number(block.name("minimum"))
    maximum = reader.number_or_none(block.name("maximum"))
    if maximum is not None and minimum > maximum and block.name("maximum") not in reader.troubles:
        reader.troubles.setdefault(
            block.name("minimum"),
            f"The minimum, {write_count(minimum)}, is above the maximum, {write_count(maximum)}. Lower it, or raise "
            "the maximum.",
        )
    sheet = reader.sheet
    where = sheet.one(block.name("profile")), sheet.one(block.name("agreement"))
    return LineWish(block.part, *where, included, minimum, maximum)


def read_place(reader: SheetReader, records: LicenceRecords, block: Block) -> None:
    """Profile and agreement of a line: both are needed, and they must fit each other and the customer."""
    profile_field, agreement_field = block.name("profile"), block.name("agreement")
    profile_id = reader.text(profile_field, NO_PROFILE)
    agreement_id = reader.text(agreement_field, NO_AGREEMENT)
    profile = records.find_profile(profile_id)
    if profile_id and profile is None:
        reader.troubles[profile_field] = FOREIGN_PROFILE
    if agreement_id and agreement_field not in reader.troubles:
        trouble = find_agreement_trouble(records, profile, agreement_id)
        if trouble:
            reader.troubles[agreement_field] = trouble


def find_agreement_trouble(records: LicenceRecords, profile: BillingProfile | None, agreement_id: str) -> str:
    """Why an agreement cannot be chosen; empty where it can.

    Where the PSA does not answer, one that is mapped already is left alone: planning looks at it anyway.
    """
    agreement = records.offer.find(agreement_id)
    if agreement is None:
        if not records.offer.sentence:
            return GONE_AGREEMENT
        is_mapped = any(mapping.agreement_id == agreement_id for mapping in records.mapped.current)
        return "" if is_mapped else UNCHECKED_AGREEMENT
    if profile is not None and not may_bill_on(profile, agreement):
        kind = clean(agreement.type_name) or "another type"
        name = clean(profile.name)
        return f"{name} does not bill on agreements of the type “{kind}”. Choose another agreement or profile."
    return ""


def forgive_missing(sheet: Sheet) -> Sheet:
    """The form without the troubles of what nobody has chosen yet: somebody is still filling it in."""
    return Sheet(
        sheet.values, {name: each for name, each in sheet.troubles.items() if each not in (NO_PROFILE, NO_AGREEMENT)}
    )


def find_preview_troubles(preview: Preview) -> dict[str, str]:
    """What only the PSA's own facts tell, by field: a start inside an invoiced period, an agreement that ends."""
    troubles: dict[str, str] = {}
    for each in preview.lines:
        block = Block(each.mapping.part)
        if each.line is None or each.mapping.is_ended:
            continue
        agreement = preview.agreements.get(each.mapping.agreement_id)
        facts = None if agreement is None else agreement.facts
        match each.line.decision:
            case Held(rule=HoldRule.START_ALREADY_INVOICED):
                through = None if facts is None else facts.invoiced_through
                troubles["starts_on"] = write_early_start(through)
            case Parked(sentence=sentence) if facts is None or not facts.is_active or find_ending(facts, preview.today):
                troubles[block.name("agreement")] = sentence
            case _:
                continue
    return troubles


def write_early_start(through: date | None) -> str:
    """The start date lies in days that an invoice has closed."""
    day = "a later day" if through is None else write_short_day(through)
    return f"The agreement is invoiced through {day}. Let it start after that day, and bill the days before by hand."
