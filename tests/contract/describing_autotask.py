"""Autotask's published description, and where what clients have seen differs from it (autotask-halo.md 1 and 2).

- Paths, members of a query and entity names may be written in any case; they are checked as published.
- The address of a next page (`query/next`) is not published. It is POSTed with the body of the query, or fetched with
  the query in the address.
- Every published member may be null in an answer, and so may `item`; the published types say nothing of it.
- Zone information is published with the three headers and answered without them.
- Dates are published as moments; clients send plain days and are understood.
- Failures have bodies where none is published, and at the threads' limit a status that is not published.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

from tests.contract.describing import (
    OWN_DESCRIPTIONS,
    PUBLISHED_DESCRIPTIONS,
    Description,
    Document,
    allow_html_failures,
    read_document,
)
from tests.contract.exchanges import Exchange

FILE = PUBLISHED_DESCRIPTIONS / "autotask.openapi.json"
BASE = "/atservicesrest"
_QUERY_MEMBERS = {name.lower(): name for name in ("maxRecords", "includeFields", "filter")}
_FILTER_MEMBERS = frozenset(("op", "field", "value", "udf", "items"))
_PATTERN_ENTITY = "ContractServiceUnit"
_PAGING = {"name": "paging", "in": "query", "required": True, "schema": {"type": "string"}}
_HEADERS = ("ApiIntegrationCode", "UserName", "Secret")


@cache
def autotask() -> Description:
    """The published description with what it leaves out."""
    document = read_document(FILE)
    own = read_document(OWN_DESCRIPTIONS / "autotask.yaml")
    document["paths"] |= own["paths"]
    document["components"]["schemas"] |= own["schemas"]
    for model in own["schemas"]:
        _add_entity(document, model.removesuffix("Model"))
    _add_next_pages(document)
    _be_strict(document["components"]["schemas"])
    return Description(document, _prepare)


def is_autotask(path: str) -> bool:
    return path.lower().startswith(f"{BASE}/")


def as_published(exchange: Exchange) -> Exchange:
    """The exchange with its path and the members of its query spelt as published."""
    words = _published_words()
    parts = exchange.path[len(BASE) :].rstrip("/").split("/")
    path = "/".join(words.get(part.lower(), part) for part in parts)
    body = _spelt_query(exchange.body) if "/query" in path and exchange.method == "POST" else exchange.body
    return replace(exchange, path=path, body=body)


@cache
def _published_words() -> dict[str, str]:
    paths: list[str] = list(autotask().document["paths"])
    return {word.lower(): word for path in paths for word in path.split("/") if "{" not in word}


def _spelt_query(body: bytes) -> bytes:
    try:
        query = json.loads(body)
    except ValueError:
        return body
    if not isinstance(query, dict):
        return body
    spelt = {_QUERY_MEMBERS.get(name.lower(), name): value for name, value in query.items()}
    spelt["filter"] = [_spelt_condition(each) for each in spelt.get("filter") or ()]
    return json.dumps(spelt).encode()


def _spelt_condition(condition: Any) -> Any:
    if not isinstance(condition, dict):
        return condition
    spelt = {name.lower() if name.lower() in _FILTER_MEMBERS else name: value for name, value in condition.items()}
    if "items" in spelt:
        spelt["items"] = [_spelt_condition(each) for each in spelt["items"]]
    return spelt


def _add_entity(document: Document, model: str) -> None:
    """The queries of an entity that is not published, made from those of one that is."""

    def renamed(value: object) -> Any:
        return json.loads(json.dumps(value).replace(_PATTERN_ENTITY, model))

    paths, schemas = document["paths"], document["components"]["schemas"]
    root = f"/V1.0/{_PATTERN_ENTITY}s"
    paths |= {
        f"/V1.0/{model}s{path[len(root) :]}": renamed(paths[path]) for path in list(paths) if path.startswith(root)
    }
    for wrapper in ("QueryActionResult_", "ItemQueryResult_"):
        schemas[f"{wrapper}{model}"] = renamed(schemas[f"{wrapper}{_PATTERN_ENTITY}"])


def _add_next_pages(document: Document) -> None:
    paths = document["paths"]
    for path in [path for path in paths if path.endswith("/query")]:
        following = json.loads(json.dumps(paths[path]))
        for operation in following.values():
            operation["parameters"].append(_PAGING)
        paths[f"{path}/next"] = following


def _be_strict(schemas: Document) -> None:
    """Members that nobody published are wrong, and null is right in every one: `_prepare` says where it is not."""
    for name, schema in schemas.items():
        if "properties" not in schema:
            continue
        schema["additionalProperties"] = False
        for member, described in schema["properties"].items():
            if name.endswith("Model") and "type" in described:
                described["nullable"] = True
            if name.startswith("ItemQueryResult_"):
                model = described["$ref"].rpartition("/")[2]
                schema["properties"][member] = {**schemas[model], "nullable": True}


def _prepare(small: Document, operation: Document) -> None:
    """Headers that zone information does without, days for moments, bodies of failures."""
    schemas = small["components"].get("schemas", {})
    for name in [name for name in schemas if name.endswith("Model")]:
        for member in schemas[name].get("properties", {}).values():
            if member.get("format") == "date-time":
                member.pop("format")
                member["anyOf"] = [{"format": "date-time"}, {"format": "date"}]
    if operation.get("operationId", "").startswith("ZoneInformation"):
        kept = [each for each in operation["parameters"] if each.get("name") == "user"]
        operation["parameters"] = kept
    responses = operation["responses"]
    responses.pop("500", None)
    for member, statuses in (("Message", ("404", "405")), ("errors", ("429", "5XX"))):
        kind = {"type": "string"} if member == "Message" else {"type": "array", "items": {"type": "string"}}
        failure = {"schema": {"type": "object", "required": [member], "properties": {member: kind}}}
        for status in statuses:
            responses[status] = {"description": "seen, not published", "content": {"application/json": failure}}
    allow_html_failures(responses)
