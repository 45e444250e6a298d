"""What changed, and was verified. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plans.results import PushResult, TenantResult
from plans.runs import CustomerState
from profiles.billing import Customer
from web.pages.names import name_customer
from web.pages.view import ChangeView
from web.wording import clean, hide_ids, write_short_day


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
        found = make_changes(push, name, tenant_of.get(push.customer_id, push.customer_id))
        entries += found if push.customer_id in customers else (replace(each, customer_id="") for each in found)
    return sorted(entries, key=lambda each: (each.customer_name.casefold(), each.licence_name.casefold(), each.after))


def make_changes(push: PushResult, customer_name: str, tenant_id: str) -> Iterator[ChangeView]:
    """The lines of one push. Other sentences belong to what needs a person, unless all went well."""
    for change in push.changes:
        detail = f"from {write_short_day(change.effective_on)} · addition {change.addition_id}"
        name = clean(change.licence_name)
        yield ChangeView(push.customer_id, customer_name, name, change.quantity_before, change.quantity_after, detail)
    if push.state is CustomerState.CHANGED:
        for sentence in push.sentences:
            yield ChangeView(push.customer_id, customer_name, sentence=hide_ids(sentence, tenant_id))
