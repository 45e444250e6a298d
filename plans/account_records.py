"""What is remembered of a Microsoft account between two nights: what somebody asked for, and pre-consents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

# What has not been heard of for so long has died with its process: a page of Graph takes seconds.
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


class ErrandKind(StrEnum):
    """What may be asked for about a partner account that takes longer than a page may."""

    READ = "read"
    LET_IN = "let_in"


@dataclass(frozen=True, slots=True)
class Errand:
    """Work at Microsoft that a person asked for, carried out by the queue `account-errands`; times are aware, in UTC.

    It goes on while `ended_at` is None and somebody was heard at `told_at`; until a worker has begun, that is the time
    at which it was asked for. Reading the account counts rows of its `step`; letting the application into `tenant_ids`
    counts those that were asked. It ends with `tenant_count`, of those that the account reaches or of those that let
    the application in, or with the `sentence` that says why there is none. `id` tells one asking from the next.
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
    id: str = ""
    kind: ErrandKind = ErrandKind.READ
    tenant_ids: tuple[str, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether no worker has begun it yet."""
        return self.ended_at is None and self.told_at == self.started_at

    def is_running(self, now: datetime) -> bool:
        """Whether it still goes on, or is about to begin."""
        return self.ended_at is None and now - self.told_at <= LONGEST_SILENCE

    def has_died(self, now: datetime) -> bool:
        """Whether nobody works on it now: its message comes again, and it does no harm to ask again before that."""
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

    async def read_errand(self, account_id: str, kind: ErrandKind) -> tuple[Errand, str] | None:
        """The newest errand of a kind with its stamp; None where nobody ever asked for one."""
        ...

    async def keep_errand(self, errand: Errand, stamp: str | None) -> str | None:
        """Put it in place of the one with this stamp, or where there is none yet; the new stamp, or None where somebody
        else was quicker: of two who ask at once one asks, and of two workers one goes on.
        """
        ...

    async def send_errand(self, errand: Errand) -> None:
        """Ask the queue for it. What is asked for twice is done once."""
        ...

    async def save_preconsents(self, account_id: str, records: tuple[PreConsentRecord, ...]) -> None:
        """Keep them, each in place of its tenant's one before; those of other tenants stay."""
        ...

    async def list_preconsents(self, account_id: str) -> tuple[PreConsentRecord, ...]: ...

    async def forget_account(self, account_id: str) -> None:
        """Nothing of the account stays."""
        ...
