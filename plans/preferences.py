"""What an administrator sets for the whole installation: the clock, the currency, and what new things begin with."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.billing import Basis


@dataclass(frozen=True, slots=True)
class Preferences:
    """`time_zone` is an IANA name, in which days are counted and the night begins at `night_hour` o'clock.

    `currency` is a code or a symbol, for showing only. The others are what a form is filled in with.
    """

    time_zone: str
    night_hour: int
    currency: str
    new_customers_observe: bool = True
    new_mappings_basis: Basis = Basis.PURCHASED
    new_mappings_name_users: bool = False
    new_mappings_split: bool = False
