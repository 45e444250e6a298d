"""Lists of ConnectWise as values of ours."""

from __future__ import annotations

from collections.abc import Callable

from plans.errors import Park, Retry
from psa.connectwise.client import ConnectWiseClient
from psa.connectwise.rows import Row


async def list_values[T](
    client: ConnectWiseClient, path: str, read: Callable[[Row], T], fields: str, conditions: str | None = None
) -> tuple[T, ...]:
    """Every row of a list as `read` makes it, in the order of their ids. `fields` is what `read` looks at.

    Raises Retry where ConnectWise does not answer, or sends half a row, Misconfigured where it refuses us.
    """
    rows = await client.list_rows(path, conditions, fields)
    try:
        return tuple(read(row) for row in rows)
    except Park as error:
        raise Retry(str(error)) from error
