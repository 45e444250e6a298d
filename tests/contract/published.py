"""The descriptions that exchanges are checked against, and what had to be added to the published ones."""

from __future__ import annotations

from functools import cache

from tests.contract import describing_autotask
from tests.contract.describing import (
    OWN_DESCRIPTIONS,
    PUBLISHED_DESCRIPTIONS,
    Description,
    Document,
    allow_html_failures,
    read_document,
)

CONNECTWISE_FILE = PUBLISHED_DESCRIPTIONS / "connectwise-manage.openapi.json"
GRAPH_FILE = PUBLISHED_DESCRIPTIONS / "msgraph.openapi.json"


def published_files_exist() -> bool:
    return all(file.exists() for file in (CONNECTWISE_FILE, GRAPH_FILE, describing_autotask.FILE))


@cache
def connectwise() -> Description:
    document = read_document(CONNECTWISE_FILE)
    return Description(document, _prepare_connectwise)


@cache
def graph() -> Description:
    document = read_document(GRAPH_FILE)
    return Description(document, _prepare_graph, frozenset(("$skiptoken",)))


@cache
def own(name: str) -> Description:
    return Description(read_document(OWN_DESCRIPTIONS / f"{name}.yaml"), _prepare_own)


def _prepare_connectwise(small: Document, operation: Document) -> None:
    """Plain JSON is answered too, and errors have the one shape that was observed: connectwise.md 1."""
    responses = operation["responses"]
    for response in responses.values():
        contents = list(response.get("content", {}).values())
        if contents:
            response["content"]["application/json"] = contents[0]
    source = connectwise().document["components"]["schemas"]["ApiErrorMessage"]
    error = {**source, "required": ["code", "message"]}
    small["components"].setdefault("schemas", {})["ApiErrorMessage"] = error
    schema = {"schema": {"$ref": "#/components/schemas/ApiErrorMessage"}}
    content = {"application/vnd.connectwise.com+json": schema, "application/json": schema}
    for status in ("4XX", "5XX"):
        responses[status] = {"description": "refused", "content": content}
    allow_html_failures(responses)


def _prepare_graph(small: Document, operation: Document) -> None:
    """References to shared responses are spelled out, so that HTML failures can be added."""
    responses = operation["responses"]
    shared = small["components"]["responses"]
    for status, response in responses.items():
        if "$ref" in response:
            responses[status] = shared[response["$ref"].rpartition("/")[2]]
    allow_html_failures(responses)


def _prepare_own(small: Document, operation: Document) -> None:
    if "components" in small and "responses" in small["components"]:
        _prepare_graph(small, operation)
    else:
        allow_html_failures(operation["responses"])
