"""Graph's throttling: tenants whose batch always has a part that is refused, and the headers that announce it."""

from __future__ import annotations

from datetime import date

from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError
from local.simulators.microsoft.tenants import Row

# The part that a throttled tenant does not get.
THROTTLED_PATH = "/directory/subscriptions"
WAIT_SECONDS = 1.0


class StandingThrottle:
    """`throttled` of a tenant: "nightly" refuses the first request of each day, "always" every one."""

    def __init__(self) -> None:
        self._refused: set[tuple[str, date]] = set()

    def refusal(self, tenant: Row, exchange: Exchange) -> GraphError | None:
        """None where the tenant is not throttled, or was refused often enough."""
        kind = tenant.get("throttled")
        if kind is None or exchange.path != THROTTLED_PATH:
            return None
        key = (exchange.tenant_id, exchange.now.date())
        if kind == "nightly" and key in self._refused:
            return None
        self._refused.add(key)
        return GraphError(429, retry_after_seconds=WAIT_SECONDS)


def throttle_headers(percentage: float | None) -> dict[str, str]:
    """Graph says how near the limit is from 0.8 on."""
    return {} if percentage is None else {"x-ms-throttle-limit-percentage": f"{percentage:.2f}"}
