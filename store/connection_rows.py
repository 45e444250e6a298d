"""PSA connections: table `config`, partition `connection`, one row a connection and one for the database that it bills.

The row of a database (a company of a ConnectWise, a database of Autotask) is inserted in the very commit that keeps its
connection, so that of several people who connect the same one at once one does: two connections would each make their
own additions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from plans.connecting import PsaConnection, find_database
from store import filters
from store.codec import adapter_of, decode, encode
from store.tables import change_read, create, delete, make_row, query, read, replace, update

CONNECTION_PARTITION = "connection"
# Sorts after everything that an id may begin with.
COMPANY_MARK = "~"
FIRST_ID = "!"


@dataclass(frozen=True, slots=True)
class ConnectedCompany:
    """The connection that bills a company."""

    connection_id: str


async def list_rows(config: TableClient) -> tuple[PsaConnection, ...]:
    """Every PSA connection, by id."""
    chosen = filters.in_ranges(CONNECTION_PARTITION, ((FIRST_ID, COMPANY_MARK),))
    return tuple([read_connection(row) async for row in query(config, chosen)])


def read_connection(row: Mapping[str, Any]) -> PsaConnection:
    """The connection that a row keeps, of whichever kind."""
    connection: PsaConnection = adapter_of(PsaConnection).validate_json(row["value"])
    return connection


async def save_row(config: TableClient, connection: PsaConnection) -> bool:
    """Keep a connection and take its database, giving back the one it had; False where another connection has it.

    Whoever is overtaken looks again.
    """
    row = make_row(CONNECTION_PARTITION, connection.id, encode(type(connection), connection))
    key = name_company(connection)
    company = make_row(CONNECTION_PARTITION, key, encode(ConnectedCompany, ConnectedCompany(connection.id)))
    while True:
        taken = await read(config, CONNECTION_PARTITION, key)
        if taken is not None and not is_of(taken, connection.id):
            return False
        standing = await read(config, CONNECTION_PARTITION, connection.id)
        operations: list[Any] = [replace(row), create(company) if taken is None else update(company, taken)]
        left = await find_company(config, standing)
        if left is not None and left["RowKey"] != key:
            operations.append(delete(left))
        if await change_read(config, operations):
            return True


async def remove_row(config: TableClient, connection_id: str) -> None:
    """Forget a connection, and let its company be connected again; nothing happens where there is none."""
    while (standing := await read(config, CONNECTION_PARTITION, connection_id)) is not None:
        company = await find_company(config, standing)
        if await change_read(config, [delete(each) for each in (standing, company) if each is not None]):
            return


async def find_company(config: TableClient, standing: TableEntity | None) -> TableEntity | None:
    """The row of the company that a kept connection has; None where it has none, as those that were kept without."""
    if standing is None:
        return None
    kept = read_connection(standing)
    company = await read(config, CONNECTION_PARTITION, name_company(kept))
    return company if company is not None and is_of(company, kept.id) else None


def is_of(company: TableEntity, connection_id: str) -> bool:
    """Whether the company is this connection's."""
    return decode(ConnectedCompany, company["value"]).connection_id == connection_id


def name_company(connection: PsaConnection) -> str:
    """The row key of a connection's database; an address cannot be a key as it is."""
    return COMPANY_MARK + hashlib.sha256("\n".join(find_database(connection)).encode()).hexdigest()
