"""What `/api/v1/runs` answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from plans.runs import RunPhase
from web.api.shapes import Shape
from web.pages.standing import Standing


class RunItem(Shape):
    """One run: a night, or a sync. Its id is its day, and a number for a sync."""

    id: str
    phase: RunPhase
    started_at: datetime
    judged_at: Annotated[datetime | None, Field(description="When reading ended and writing began")]
    closed_at: datetime | None
    customers: int
    read: int
    unknown: int
    unchanged: int
    changed: int
    scheduled: int
    held: int
    parked: int
    failed: int
    writes: Annotated[int, Field(description="Additions written")]
    verified: Annotated[int, Field(description="Additions that were read back as they were sent")]


class RunPage(Shape):
    """One page of runs, the newest first."""

    runs: list[RunItem]
    page: int
    total: int


class SeatStep(Shape):
    """One line that moved."""

    licence: str
    seats_before: int
    seats_after: int
    detail: str


class ResultItem(Shape):
    """How one customer ended a run."""

    customer_id: Annotated[str, Field(description="Empty where the customer is gone")]
    customer: str
    state: Standing
    changes: list[SeatStep]
    sentences: list[str]


class ResultPage(Shape):
    """One page of a run's customers, the worst first."""

    results: list[ResultItem]
    page: int
    total: int


class LineItem(Shape):
    """One line of an agreement's plan, and what became of it."""

    mapping_id: str
    licence: str
    product: str
    seats_before: int
    seats_after: int
    effective_on: date | None
    state: Standing
    why: str
    outcome: str
    writes: list[str]
    scheduled: list[str]
    credit_proposals: list[str]


class AgreementItem(Shape):
    """One agreement of one customer within a run."""

    customer_id: str
    customer: str
    agreement: str
    lines: list[LineItem]
    sentence: Annotated[str, Field(description="Why there are no lines, where there are none")]


class AgreementPage(Shape):
    """One page of the diff."""

    agreements: list[AgreementItem]
    page: int
    total: int


class LogItem(Shape):
    """One thing that happened in a run."""

    at: datetime | None
    about: str
    customer_id: str
    customer: str
    sentence: str


class LogPage(Shape):
    """One page of a run's log."""

    entries: list[LogItem]
    page: int
    total: int
