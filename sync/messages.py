"""What travels through the durable engine and the queues: ids and small summaries, as JSON."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class ShardRequest(TypedDict):
    """One piece of one PSA connection's agreements.

    `at_once` is how many of its pieces may be read at once. A request that `is_last` is the last one for its piece.
    """

    run_id: str
    connection_id: str
    shard: int
    agreement_ids: list[str]
    at_once: NotRequired[int]
    is_last: NotRequired[bool]


class ShardRead(TypedDict):
    """How reading a piece ended: how many agreements were found, or in how many seconds to ask again."""

    found: int
    again_seconds: int | None


class OpenedRun(TypedDict):
    """What the night needs to know of its run.

    `window` is how many pieces may be read at once, `rounds` how often one is asked for that has to wait.
    """

    run_id: str
    is_closed: bool
    shards: list[ShardRequest]
    window: int
    rounds: NotRequired[int]
    tenant_deadline_seconds: int
    longest_poll_pause_seconds: int


class PartnerCounts(TypedDict):
    """What reading the partner accounts found; `unread` counts accounts, the rest after it tenants."""

    accounts: int
    unread: int
    tenants: int
    lapsed: int
    expiring: int


class TenantRequest(TypedDict):
    """One tenant of one run."""

    run_id: str
    tenant_id: str


class PushRequest(TypedDict):
    """The allowed plans of one PSA connection."""

    run_id: str
    connection_id: str
    plan_hashes: list[str]
    window: int
    rounds: int


class PlanRequest(TypedDict):
    """One allowed plan of one run."""

    run_id: str
    plan_hash: str


class PushedPlan(TypedDict):
    """How one push ended; `again_seconds` is None where it is settled."""

    plan_hash: str
    again_seconds: int | None


class RunRequest(TypedDict):
    """Somebody asks for a run outside the night, of these customers or, where none are named, of all."""

    run_id: str
    customer_ids: NotRequired[list[str]]
