"""The body of a query, and the pages that answer it: at most 500 rows each, in the order of their ids.

A page names the next one by an address, and whoever asked by POST has to POST the same body there; the vendor's own
clients stumble over it (autotask-halo.md 1, Paging).
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from local.simulators.autotask.entities import Entity
from local.simulators.autotask.errors import ApiError, unknown_field
from local.simulators.autotask.filtering import Record, Test, compile_filter, lowest_id

LARGEST_PAGE = 500


@dataclass(frozen=True)
class Query:
    """`lowest` is the lowest id that can meet the filter; `fields` None means all of them."""

    entity: Entity
    meets: Test
    lowest: int
    fields: tuple[str, ...] | None
    page_size: int


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind this id. `earlier` are the places of the pages before it."""

    after: int = 0
    earlier: tuple[int, ...] = ()

    def as_parameter(self, page_size: int) -> str:
        return json.dumps({"pageSize": page_size, "previousIds": list(self.earlier), "nextIds": [self.after]})


def read_body(text: bytes | str) -> Mapping[str, Any]:
    """The members of a query, by their names in lower case."""
    try:
        body = json.loads(text)
    except ValueError:
        raise ApiError("The query is not valid JSON.") from None
    if not isinstance(body, dict):
        raise ApiError("The query is not valid JSON.")
    return {name.lower(): value for name, value in body.items()}


def read_query(body: Mapping[str, Any], entity: Entity) -> Query:
    """Raises ApiError where a member has no meaning."""
    conditions = body.get("filter")
    size = body.get("maxrecords") or LARGEST_PAGE
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= LARGEST_PAGE:
        raise ApiError(f"MaxRecords must be between 1 and {LARGEST_PAGE}.")
    return Query(entity, compile_filter(conditions, entity), lowest_id(conditions), _read_fields(body, entity), size)


def _read_fields(body: Mapping[str, Any], entity: Entity) -> tuple[str, ...] | None:
    names = body.get("includefields") or ()
    found = []
    for name in names:
        field = entity.find_field(str(name))
        if field is None:
            raise unknown_field(str(name), entity.model)
        found.append(field.name)
    return tuple(found) or None


def read_place(text: str) -> Place:
    """What the parameter `paging` of a next page says."""
    try:
        told = json.loads(text)
        return Place(int(told["nextIds"][0]), tuple(int(each) for each in told["previousIds"]))
    except (ValueError, LookupError, TypeError):
        raise ApiError("The paging information is invalid.") from None


def find_rows(records: Sequence[Record], query: Query, place: Place) -> tuple[list[Record], bool]:
    """The rows of a page, and whether more follow. The records lie in the order of their ids."""
    start = bisect_left(records, max(query.lowest, place.after + 1), key=lambda record: int(record["id"]))
    found = (record for record in islice(records, start, None) if query.meets(record))
    rows = list(islice(found, query.page_size + 1))
    return rows[: query.page_size], len(rows) > query.page_size


def count_rows(records: Sequence[Record], query: Query) -> int:
    return sum(1 for record in records if query.meets(record))


def make_page(rows: list[Record], query: Query, place: Place, address: str, search: str | None, *, more: bool) -> Any:
    """The answer to a query. `address` is that of the entity; `search` is given where it was asked by GET."""
    if more and query.fields is not None and "id" not in query.fields:
        raise ApiError("The id field must be included in IncludeFields when more than 500 records are found.")
    following = Place(int(rows[-1]["id"]), (*place.earlier, place.after)) if more else None
    preceding = Place(place.earlier[-1], place.earlier[:-1]) if place.earlier else None
    details = {
        "count": len(rows),
        "requestCount": query.page_size,
        "prevPageUrl": _page_address(preceding, query, address, search),
        "nextPageUrl": _page_address(following, query, address, search),
    }
    return {"items": [show(row, query.entity, query.fields) for row in rows], "pageDetails": details}


def _page_address(place: Place | None, query: Query, address: str, search: str | None) -> str | None:
    if place is None:
        return None
    parameters = {"paging": place.as_parameter(query.page_size)} | ({} if search is None else {"search": search})
    return f"{address}/query/next?{urlencode(parameters)}"


def show(record: Record, entity: Entity, names: Sequence[str] | None = None) -> Record:
    """A record with every field of its entity, empty ones as null, or with those that were asked for."""
    if names is not None:
        return {name: record.get(name) for name in names}
    shown = {field.name: record.get(field.name) for field in entity.fields.values()}
    if entity.user_defined is not None:
        shown["userDefinedFields"] = record.get("userDefinedFields", [])
    return shown
