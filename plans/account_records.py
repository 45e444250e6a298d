"""What is remembered of a Microsoft account between two nights: a reading that somebody asked for, and pre-consents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

# A reading that has not been heard of for so long has died with its process: a page of Graph takes seconds.
LONGEST_SILENCE = timedelta(minutes=3)


class ReadingStep(StrEnum):
    """The steps of reading a partner account, in their order."""

    SIGN_IN = "sign_in"
    RELATIONSHIPS = "relationships"
    CUSTOMERS = "customers"


type TellProgress = Callable[[ReadingStep, int], Awaitable[None]]
"""Told the step, and how many rows of it have come so far."""


async def tell_nobody(_: ReadingStep, __: int) -> None:
    """For those whose reading nobody watches."""


@dataclass(frozen=True, slots=True)
class PartnerRefresh:
    """A reading of a partner account that a person asked for; times are aware, in UTC.

    It goes on while `ended_at` is None and somebody was heard at `told_at`. Afterwards `tenant_count` says how many
    tenants the account reaches, or `sentence` why nobody can say.
    """

    account_id: str
    asked_by: str
    started_at: datetime
    told_at: datetime
    step: ReadingStep = ReadingStep.SIGN_IN
    count: int = 0
    ended_at: datetime | None = None
    tenant_count: int = 0
    sentence: str = ""

    def is_running(self, now: datetime) -> bool:
        """Whether it still goes on."""
        return self.ended_at is None and now - self.told_at <= LONGEST_SILENCE

    def has_died(self, now: datetime) -> bool:
        """Whether it stopped without an end: it does no harm to ask again."""
        return self.ended_at is None and not self.is_running(now)


@dataclass(frozen=True, slots=True)
class PreConsentRecord:
    """How the newest pre-consent in one customer tenant ended. `sentence` is empty where all is well."""

    tenant_id: str
    is_granted: bool
    sentence: str
    asked_by: str
    at: datetime


class AccountRecords(Protocol):
    """Where both are kept, by account."""

    async def save_refresh(self, refresh: PartnerRefresh) -> None:
        """Put it in place of the account's one before."""
        ...

    async def read_refresh(self, account_id: str) -> PartnerRefresh | None: ...

    async def save_preconsents(self, account_id: str, records: tuple[PreConsentRecord, ...]) -> None:
        """Keep them, each in place of its tenant's one before; those of other tenants stay."""
        ...

    async def list_preconsents(self, account_id: str) -> tuple[PreConsentRecord, ...]: ...

    async def forget_account(self, account_id: str) -> None:
        """Nothing of the account stays."""
        ...
