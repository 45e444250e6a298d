"""Cuts a list into pages and writes the Link header, with the quirk that clients stumble over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from local.simulators.connectwise.conditions.evaluate import Record
from local.simulators.connectwise.query import Query

# Links name the host that people browse, never the API host that was called.
UI_SITE = "https://na.connectwise.example"


def page_of(records: Sequence[Record], query: Query) -> list[Record]:
    if query.forward_only:
        after = query.page_id or 0
        return sorted((r for r in records if r["id"] > after), key=lambda r: int(r["id"]))[: query.page_size]
    start = (query.page - 1) * query.page_size
    return list(records[start : start + query.page_size])


def link_header(records: Sequence[Record], query: Query, path: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Empty where everything fits one page, or where a forward-only reader has everything."""
    if query.forward_only:
        rows = page_of(records, query)
        more = rows and page_of(records, replace(query, page_id=rows[-1]["id"]))
        return {"link": _link(path, parameters, "pageId", rows[-1]["id"], "next")} if more else {}
    last = -(-len(records) // query.page_size)
    if last <= 1 or query.page > last:
        return {}
    # On the last page "next" names that same page.
    targets = {"next": min(query.page + 1, last)}
    if query.page < last:
        targets["last"] = last
    if query.page > 1:
        targets["first"] = 1
    return {"link": ", ".join(_link(path, parameters, "page", page, rel) for rel, page in targets.items())}


def _link(path: str, parameters: Mapping[str, str], name: str, value: int, rel: str) -> str:
    kept = {key: text for key, text in parameters.items() if key.lower() not in ("page", "pageid")}
    return f'<{UI_SITE}{path}?{urlencode({**kept, name: value})}>; rel="{rel}"'
