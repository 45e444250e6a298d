"""What changed, read from the sentences of the evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from plans.ports import PushResult, TenantResult
from plans.runs import CustomerState
from profiles.billing import Customer
from web.pages.names import name_customer
from web.pages.view import ChangeView
from web.wording import clean, hide_ids, write_short_day

VERIFIED = re.compile(
    r"^(?P<licence>.+): (?P<before>\d+) → (?P<after>\d+)"
    r" from (?P<day>\d{4}-\d{2}-\d{2}), addition (?P<addition>\S+)\.$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SeatChange:
    """One write that was read back and verified."""

    licence_name: str
    before: int
    after: int
    effective_on: date
    addition_id: str


def parse_change(sentence: str) -> SeatChange | None:
    """The change that an evidence sentence proves; None where it says something else."""
    match = VERIFIED.match(sentence)
    if match is None:
        return None
    return SeatChange(
        match["licence"],
        int(match["before"]),
        int(match["after"]),
        date.fromisoformat(match["day"]),
        match["addition"],
    )


def list_changes(
    tenants: Sequence[TenantResult],
    pushes: Sequence[PushResult],
    customers: Mapping[str, Customer],
) -> list[ChangeView]:
    """One entry per verified line, by customer and licence."""
    tenant_of = {each: tenant.tenant_id for tenant in tenants for each in tenant.customer_ids}
    entries: list[ChangeView] = []
    for push in pushes:
        name = name_customer(customers, push.customer_id)
        entries += make_changes(push, name, tenant_of.get(push.customer_id, push.customer_id))
    return sorted(entries, key=lambda each: (each.customer_name.casefold(), each.licence_name.casefold(), each.after))


def make_changes(push: PushResult, customer_name: str, tenant_id: str) -> Iterator[ChangeView]:
    """The lines of one push. Sentences that prove no change belong to what needs a person, unless all went well."""
    for sentence in push.sentences:
        change = parse_change(sentence)
        if change is not None:
            detail = f"from {write_short_day(change.effective_on)} · addition {change.addition_id}"
            yield ChangeView(customer_name, clean(change.licence_name), change.before, change.after, detail)
        elif push.state is CustomerState.CHANGED:
            yield ChangeView(customer_name, sentence=hide_ids(sentence, tenant_id))
