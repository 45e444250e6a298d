"""Moving lines of a customer to another agreement: one commit of mappings like any other (billing rules, 3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from plans.catalogue import AgreementSummary, may_bill_on
from plans.editing import MappingChange
from plans.old_additions import is_old_line
from plans.ports import Desk
from profiles.billing import BillingProfile, Mapping


def list_lines(desk: Desk, agreement_id: str) -> tuple[Mapping, ...]:
    """The mappings that bill on an agreement, by the names of their licences."""
    own = (
        each
        for each in desk.mappings
        if each.agreement_id == agreement_id and not (each.is_ended or each.is_excluded or is_old_line(each))
    )
    return tuple(sorted(own, key=lambda each: (each.licence_name.casefold(), each.id)))


def make_moves(lines: Sequence[Mapping], ids: Collection[str], agreement_id: str) -> tuple[MappingChange, ...]:
    """The chosen lines on the other agreement; all else of them stays as it is."""
    return tuple((each, replace(each, agreement_id=agreement_id)) for each in lines if each.id in ids)


def find_unfit(
    lines: Sequence[Mapping], profiles: dict[str, BillingProfile], agreement: AgreementSummary
) -> tuple[str, ...]:
    """The licences whose billing profile is gone, or may not bill on agreements of this type."""
    found = ((each.licence_name, profiles.get(each.profile_id)) for each in lines)
    return tuple(name for name, profile in found if profile is None or not may_bill_on(profile, agreement))
