"""Who hangs on a Microsoft account. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from plans.connecting import DirectTenant, PartnerAccount
from profiles.billing import Customer


def list_users(
    account: PartnerAccount | DirectTenant, accounts: Sequence[PartnerAccount], customers: Sequence[Customer]
) -> tuple[Customer, ...]:
    """The customers that are read through it; one that names no account is read through the first partner account."""
    is_first = isinstance(account, PartnerAccount) and bool(accounts) and accounts[0].id == account.id
    using = [
        customer
        for customer in customers
        if customer.partner_account_id == account.id or (is_first and customer.partner_account_id is None)
    ]
    return tuple(sorted(using, key=lambda customer: customer.name.casefold()))
