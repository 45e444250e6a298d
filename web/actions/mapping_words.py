"""What became of a mapping, as the sentence that stands in the history and in the change log. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from profiles.billing import MappedBy
from profiles.billing import Mapping as LicenceMapping
from profiles.quantity import has_floor
from web import part_words
from web.wording import clean, join, write_short_day


@dataclass(frozen=True, slots=True)
class MappingNames:
    """What profiles and agreements are called, by their ids."""

    profiles: Mapping[str, str] = field(default_factory=dict)
    agreements: Mapping[str, str] = field(default_factory=dict)

    def profile(self, profile_id: str) -> str:
        """The billing profile's name."""
        return clean(self.profiles.get(profile_id, "")) or "a billing profile that was removed"

    def agreement(self, agreement_id: str) -> str:
        """Managed Services (agreement 1201)."""
        name = clean(self.agreements.get(agreement_id, ""))
        return f"{name} (agreement {clean(agreement_id)})" if name else f"agreement {clean(agreement_id)}"


def name_line(mapping: LicenceMapping) -> str:
    """The licence, with its part where the mapping takes only that one."""
    return part_words.name_line(mapping.licence_name, mapping.part)


def describe_change(who: str, before: LicenceMapping | None, after: LicenceMapping, names: MappingNames) -> str:
    """Ada mapped Visio Plan 2 to Visio, annual on Managed Services (agreement 1201)."""
    licence = name_line(after)
    if after.is_excluded and (before is None or not before.is_excluded):
        return f"{who} decided not to bill {licence} here: {clean(after.exclusion_reason)}."
    if after.is_ended and (before is None or not before.is_ended):
        is_unmapped = before is not None and not before.agreement_id
        return (
            f"{who} took back not to bill {licence} here." if is_unmapped else f"{who} ended the mapping of {licence}."
        )
    if before is None or not before.agreement_id:
        follows = ", which takes over what was billed before" if after.follows else ""
        where = f"{names.profile(after.profile_id)} on {names.agreement(after.agreement_id)}"
        return f"{who} mapped {licence} to {where}{follows}."
    steps = list(list_steps(before, after, names))
    changed = f"changed the mapping of {licence}: {join(steps)}" if steps else ""
    if before.is_ended and not after.is_ended:
        return f"{who} took back the end of the mapping of {licence}{also(steps)}."
    if before.is_excluded and not after.is_excluded:
        return f"{who} lets {licence} be billed here again{also(steps)}."
    return f"{who} {changed or f'left the mapping of {licence} as it is'}."


def also(steps: list[str]) -> str:
    """What changed besides."""
    return f", with {join(steps)}" if steps else ""


def list_steps(before: LicenceMapping, after: LicenceMapping, names: MappingNames) -> Iterator[str]:
    """Every option that is another now: profile Premium→Premium annual."""
    pairs = (
        ("profile", names.profile(before.profile_id), names.profile(after.profile_id)),
        ("agreement", names.agreement(before.agreement_id), names.agreement(after.agreement_id)),
        ("basis", before.basis.value, after.basis.value),
        ("included", str(before.included), str(after.included)),
        ("minimum", str(before.minimum), str(after.minimum)),
        ("maximum", write_maximum(before.maximum), write_maximum(after.maximum)),
        ("start", write_start(before.starts_on), write_start(after.starts_on)),
        ("increases", write_proration(before), write_proration(after)),
        ("decreases", write_credits(before), write_credits(after)),
        ("disabled accounts", write_counted(before.count.disabled_users), write_counted(after.count.disabled_users)),
        ("committed seats", write_floor(before), write_floor(after)),
        ("mapped by", write_mapper(before), write_mapper(after)),
        ("guests", write_counted(before.count.guests), write_counted(after.count.guests)),
    )
    yield from (f"{word} {old}→{new}" for word, old, new in pairs if old != new)
    if before.description != after.description:
        yield "another invoice text"


def write_maximum(maximum: int | None) -> str:
    """The number, or that there is none."""
    return "none" if maximum is None else str(maximum)


def write_start(day: date | None) -> str:
    """The day, or that there is none."""
    return "none" if day is None else write_short_day(day)


def write_proration(mapping: LicenceMapping) -> str:
    """From when an increase counts."""
    return "from their day" if mapping.prorates else "from the next period"


def write_credits(mapping: LicenceMapping) -> str:
    """From when a decrease counts."""
    return "from their day" if mapping.gives_credits else "with the period"


def write_mapper(mapping: LicenceMapping) -> str:
    """Who mapped it."""
    return "a rule" if mapping.mapped_by is MappedBy.RULE else "a person"


def write_floor(mapping: LicenceMapping) -> str:
    """Whether at least the committed seats are billed; purchased ones are billed anyway."""
    return "billed at least" if has_floor(mapping) else "no floor"


def write_counted(is_counted: bool) -> str:
    """Whether they count."""
    return "counted" if is_counted else "not counted"
