"""The query parameters of the API, whose names are matched without regard to case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local.simulators.connectwise.errors import ApiError

DEFAULT_PAGE_SIZE = 25
MAXIMUM_PAGE_SIZE = 1000


@dataclass(frozen=True)
class Query:
    """`page_id` is set where the caller pages forward only: the last id that it has."""

    conditions: str = ""
    child_conditions: str = ""
    custom_field_conditions: str = ""
    order_by: str = ""
    fields: str = ""
    page: int = 1
    page_size: int = DEFAULT_PAGE_SIZE
    forward_only: bool = False
    page_id: int | None = None
    audit_type: str | None = None
    record_id: int | None = None


def read_query(parameters: Mapping[str, str], headers: Mapping[str, str]) -> Query:
    given = {name.lower(): value for name, value in parameters.items()}
    return Query(
        conditions=given.get("conditions", "").strip(),
        child_conditions=given.get("childconditions", "").strip(),
        custom_field_conditions=given.get("customfieldconditions", "").strip(),
        order_by=given.get("orderby", "").strip(),
        fields=given.get("fields", "").strip(),
        page=_whole_number(given, "page", 1) or 1,
        page_size=min(_whole_number(given, "pagesize", 1) or DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE),
        forward_only=headers.get("pagination-type", "").lower() == "forward-only",
        page_id=_whole_number(given, "pageid", 0),
        audit_type=given.get("type"),
        record_id=_whole_number(given, "id", 0),
    )


def _whole_number(given: Mapping[str, str], name: str, lowest: int) -> int | None:
    text = given.get(name, "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) < lowest:
        raise ApiError(400, "InvalidObject", f"{name} must be a whole number of {lowest} or more.")
    return int(text)
