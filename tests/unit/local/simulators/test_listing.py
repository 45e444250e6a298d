"""Lists: filtering by known names, ordering, pruning, pages and the Link header with its quirk."""

from __future__ import annotations

from typing import Any

import pytest

from local.simulators.connectwise.errors import ApiError
from local.simulators.connectwise.listing import matching, ordered, pruned
from local.simulators.connectwise.paging import UI_SITE, link_header, page_of
from local.simulators.connectwise.query import read_query

ROWS: list[dict[str, Any]] = [
    {"id": 3, "name": "beta", "company": {"id": 1, "name": "Zoo"}, "endDate": "2026-01-01T00:00:00Z"},
    {"id": 1, "name": "Alpha", "company": {"id": 2, "name": "Ark"}},
    {"id": 2, "name": "alpha", "company": {"id": 2, "name": "Ark"}},
]
MANY = [{"id": number} for number in range(1, 8)]
PATH = "/v2026_4/apis/3.0/finance/agreements"


def ids(rows: list[dict[str, Any]]) -> list[int]:
    return [row["id"] for row in rows]


def links(page: int, **more: str) -> dict[str, int]:
    """Where each relation leads."""
    parameters = {"page": str(page), "pageSize": "3", **more}
    header = link_header(MANY, read_query(parameters, {}), PATH, parameters).get("link", "")
    found = {}
    for part in header.split(", ") if header else []:
        address, _, relation = part.partition("; ")
        assert address.startswith(f"<{UI_SITE}{PATH}?")
        found[relation.removeprefix('rel="').rstrip('"')] = int(address.rpartition("page=")[2].rstrip(">"))
    return found


def test_parameter_names_have_no_case() -> None:
    query = read_query({"PAGESIZE": "7", "orderby": "id", "Page": "2", "CONDITIONS": " id=1 "}, {})
    assert (query.page_size, query.order_by, query.page, query.conditions) == (7, "id", 2, "id=1")


def test_page_sizes() -> None:
    assert read_query({}, {}).page_size == 25
    assert read_query({"pageSize": "5000"}, {}).page_size == 1000
    for wrong in ("0", "-1", "ten", "1.5"):
        with pytest.raises(ApiError):
            read_query({"pageSize": wrong}, {})


def test_the_first_page_leads_on() -> None:
    assert links(1) == {"next": 2, "last": 3}


def test_a_page_in_the_middle_leads_both_ways() -> None:
    assert links(2) == {"next": 3, "last": 3, "first": 1}


def test_the_last_page_claims_that_it_is_the_next() -> None:
    assert links(3) == {"next": 3, "first": 1}


def test_no_links_for_a_single_page_or_beyond_the_end() -> None:
    assert links(1, pageSize="7") == {}
    assert links(4) == {}


def test_pages_hold_everything_once() -> None:
    pages = [page_of(MANY, read_query({"page": str(n), "pageSize": "3"}, {})) for n in (1, 2, 3, 4)]
    assert [ids(page) for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]


def test_forward_only_reading_ends_without_a_link() -> None:
    headers = {"pagination-type": "Forward-Only"}
    after, seen = "0", []
    while after:
        parameters = {"pageSize": "3", "pageId": after}
        query = read_query(parameters, headers)
        seen += ids(page_of(MANY, query))
        link = link_header(MANY, query, PATH, parameters).get("link", "")
        after = link.rpartition("pageId=")[2].partition(">")[0]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_ordering() -> None:
    assert ids(ordered(ROWS, "Agreement", "")) == [1, 2, 3]
    assert ids(ordered(ROWS, "Agreement", "name desc, id desc")) == [3, 2, 1]
    assert ids(ordered(ROWS, "Agreement", "company/name asc")) == [1, 2, 3]
    assert ids(ordered(ROWS, "Agreement", "endDate desc")) == [3, 1, 2]
    for wrong in ("colour", "name upwards", "name asc now"):
        with pytest.raises(ApiError):
            ordered(ROWS, "Agreement", wrong)


def test_pruning() -> None:
    assert pruned(ROWS[0], "id, company/name,nothing") == {"id": 3, "company": {"name": "Zoo"}}
    assert pruned(ROWS[0], "") == ROWS[0]


def test_only_published_names_can_be_asked_for() -> None:
    assert ids(matching(ROWS, "Agreement", read_query({"conditions": "company/id=2"}, {}))) == [1, 2]
    for unknown in ("colour=1", "company/colour=1", "name/first='x'"):
        with pytest.raises(ApiError, match="is not a recognized name"):
            matching(ROWS, "Agreement", read_query({"conditions": unknown}, {}))


def test_custom_fields_can_be_asked_for() -> None:
    rows: list[dict[str, Any]] = [{"id": 1, "customFields": [{"caption": "Key", "value": "x"}]}, {"id": 2}]
    query = read_query({"customFieldConditions": 'caption="Key" and value="x"'}, {})
    assert ids(matching(rows, "Addition", query)) == [1]
