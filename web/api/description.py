"""`/api/v1` described: as OpenAPI 3.1 for tools, and as a page for people. Both say the same to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.api.alerts import AlertsApi
from web.api.answering import JSON_TYPE
from web.api.connections import ConnectionsApi
from web.api.customers import CustomersApi
from web.api.decisions import DecisionsApi
from web.api.examples import REF, TEXTS, make_example
from web.api.invoices import InvoicesApi
from web.api.keeping import KeepingApi
from web.api.licences import LicencesApi
from web.api.operations import EVERYWHERE, PARAMETERS, Operation
from web.api.profiles import ProfilesApi
from web.api.runs import RunsApi
from web.api.settings import SettingsApi
from web.api.shapes import Refused, Shape
from web.api.tools import ToolsApi
from web.api.webhooks import WebhooksApi
from web.pages.site import Site
from web.problems import PROBLEM_TYPE

APIS: Mapping[str, type[Any]] = {
    "Customers": CustomersApi,
    "Adding, keeping and removing customers": KeepingApi,
    "Mapping licences": LicencesApi,
    "Billing profiles": ProfilesApi,
    "Many customers at once": ToolsApi,
    "Runs": RunsApi,
    "Decisions": DecisionsApi,
    "Invoices": InvoicesApi,
    "Alerts and notifications": AlertsApi,
    "Connections": ConnectionsApi,
    "Settings": SettingsApi,
    "Webhooks": WebhooksApi,
}
OPERATIONS: tuple[Operation, ...] = tuple(operation for api in APIS.values() for operation in api.OPERATIONS)
TYPE_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}
FORMAT_WORDS = {"date": "date", "date-time": "time, UTC"}


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of a body or an answer, in words."""

    name: str
    type_words: str
    about: str


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """One route as the page shows it."""

    operation: Operation
    parameters: tuple[tuple[str, str], ...]
    body: tuple[ShownField, ...]
    answer: tuple[ShownField, ...]
    refusals: tuple[tuple[int, str], ...]


class DescriptionApi:
    """GET /api/v1/openapi.json and /api/v1/docs."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show_json(self, request: Request) -> Response:
        """For tools."""
        return JSONResponse(describe_api())

    async def show_page(self, request: Request) -> Response:
        """For people."""
        groups = [(title, [show_operation(each) for each in api.OPERATIONS]) for title, api in APIS.items()]
        return self._site.page(request, "settings/api.html", groups=groups, schemas=list_schemas())


@cache
def describe_api() -> dict[str, Any]:
    """The whole description. It does not name a server: it is relative to where it was read."""
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = describe_operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Seatledger",
            "version": "1",
            "description": "What the pages show and do, by the same rules and in the same words.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "X-Seatledger-Token"}},
            "schemas": make_schemas(),
        },
    }


def describe_operation(operation: Operation) -> dict[str, Any]:
    """One route."""
    words = {"type": "string"}
    path_parameters = [
        {"name": each, "in": "path", "required": True, "schema": words, "example": TEXTS[each]}
        for each in operation.path_names
    ]
    query = [
        {"name": each, "in": "query", "description": PARAMETERS[each], "schema": words} for each in operation.query
    ]
    answers = {**operation.answers, **EVERYWHERE}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs a token with the role {operation.role}.",
        "parameters": [*path_parameters, *query],
        "responses": {
            str(status): {"description": about, "content": carry(shape)} for status, (shape, about) in answers.items()
        },
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": carry(operation.body)}
    return described


def carry(shape: type[Shape]) -> dict[str, Any]:
    """JSON of that shape."""
    media_type = PROBLEM_TYPE if issubclass(shape, Refused) else JSON_TYPE
    reference = {"$ref": REF + shape.__name__}
    return {media_type: {"schema": reference, "example": make_example("", reference, make_schemas())}}


@cache
def make_schemas() -> dict[str, Any]:
    """Every shape, and every shape within one: bodies as they are read, answers as they are written."""
    bodies = {each.body for each in OPERATIONS if each.body is not None}
    answers = {shape for each in OPERATIONS for shape, _ in (*each.answers.values(), *EVERYWHERE.values())}
    modes: list[tuple[type[Shape], Literal["validation", "serialization"]]] = [
        *((shape, "validation") for shape in sorted(bodies, key=lambda shape: shape.__name__)),
        *((shape, "serialization") for shape in sorted(answers, key=lambda shape: shape.__name__)),
    ]
    _, schema = models_json_schema(modes, ref_template=REF + "{model}")
    found: dict[str, Any] = schema["$defs"]
    return found


def show_operation(operation: Operation) -> ShownOperation:
    """One route in words."""
    shape = operation.answers[200][0]
    return ShownOperation(
        operation=operation,
        parameters=tuple((name, PARAMETERS[name]) for name in operation.query),
        body=() if operation.body is None else list_fields(operation.body.__name__),
        answer=list_fields(shape.__name__),
        refusals=tuple((status, about) for status, (_, about) in operation.answers.items() if status != 200),
    )


def list_schemas() -> list[tuple[str, tuple[ShownField, ...]]]:
    """The shapes that stand within bodies and answers."""
    tops = {each.body for each in OPERATIONS} | {each.answers[200][0] for each in OPERATIONS}
    names = {shape.__name__ for shape in tops if shape is not None} | {"Refused", "UndoMoved"}
    inner = [name for name, schema in make_schemas().items() if "properties" in schema and name not in names]
    shared = ["Proposal", "UndoPlan"]
    return [(name, list_fields(name)) for name in sorted({*inner, *shared})]


def list_fields(name: str) -> tuple[ShownField, ...]:
    """The fields of a shape."""
    properties: dict[str, Any] = make_schemas()[name]["properties"]
    return tuple(
        ShownField(each, write_type(schema), schema.get("description", "")) for each, schema in properties.items()
    )


def write_type(schema: Mapping[str, Any]) -> str:
    """A field's type in words."""
    if "anyOf" in schema:
        # An amount may be sent as a number or as text; it is answered as text.
        given = [each for each in schema["anyOf"] if each.get("type") != "number"]
        return " or ".join(write_type(each) for each in given)
    if "const" in schema:
        return f"“{schema['const']}”"
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        found = make_schemas()[name]
        return name if "properties" in found else write_type(found)
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {write_type(schema['items'])}"
    return FORMAT_WORDS.get(schema.get("format", ""), TYPE_WORDS[schema["type"]])
