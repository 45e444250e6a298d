"""What of our access to Microsoft ends on a day: client secrets, as people typed their last day. A value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from plans.alerts.alert import RenewAccount, RenewDirectTenant


@dataclass(frozen=True, slots=True)
class Expiry:
    """The last day of the client secret of one account or direct tenant, called by the name that people know.

    `ends_on` is None where nobody said. `consented_at` is its newest consent (aware), None before the first one.
    """

    place: RenewAccount | RenewDirectTenant
    name: str
    ends_on: date | None
    consented_at: datetime | None = None

    @property
    def account_id(self) -> str:
        """The id of the account, or of the direct tenant's value."""
        match self.place:
            case (
                RenewAccount(account_id=name) | RenewDirectTenant(direct_id=name)
            ):  # pragma: no branch - there is nothing else
                return name
