"""Reads an API description and checks exchanges against one of its paths at a time.

The published files are large, so each path gets a small description of its own, made when it is first
needed and kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openapi_core import Config, OpenAPI

# PyYAML comes with openapi-core and brings no types.
from yaml import safe_load  # type: ignore[import-untyped]

from tests.contract.exchanges import HOST, CheckableRequest, CheckableResponse, Exchange

OWN_DESCRIPTIONS = Path(__file__).with_name("descriptions")
PUBLISHED_DESCRIPTIONS = Path(__file__).parents[3] / "shared" / "specs"
VENDOR_JSON = "application/vnd.connectwise.com+json"

type Document = dict[str, Any]
type Preparation = Callable[[Document, Document], None]

# Any client of these services meets a content network in front of them that answers in HTML.
_HTML = {"text/html": {"schema": {"type": "string"}}}


def _json_of_vendor(content: bytes, **_parameters: str) -> object:
    value: object = json.loads(content)
    return value


def read_document(path: Path) -> Document:
    text = path.read_text(encoding="utf-8")
    document: Document = json.loads(text) if path.suffix == ".json" else safe_load(text)
    return document


@dataclass
class Description:
    """`prepare` may add to one operation what the publisher says elsewhere than in the file."""

    document: Document
    prepare: Preparation = lambda _document, _operation: None
    opaque_parameters: frozenset[str] = frozenset()
    _checkers: dict[tuple[str, bool], OpenAPI] = field(default_factory=dict)

    def template_of(self, path: str) -> str | None:
        """The path template that fits; fixed words win over parameters."""
        templates = sorted(self.document["paths"], key=lambda template: template.count("{"))
        return next((template for template in templates if _pattern(template).fullmatch(path)), None)

    def errors(self, exchange: Exchange) -> Iterator[str]:
        template = self.template_of(exchange.path)
        if template is None or exchange.method.lower() not in self.document["paths"][template]:
            yield "the description has no such operation"
            return
        pruned = any(name.lower() in ("fields", "$select") for name, _ in exchange.query_items)
        checker = self._checker(template, pruned=pruned)
        request = CheckableRequest(exchange)
        if not exchange.bad_on_purpose:
            yield from (f"request: {_told(error)}" for error in checker.iter_request_errors(request))
            yield from self._unknown_parameters(template, exchange)
        if exchange.status is not None:
            response = CheckableResponse(exchange)
            yield from (f"answer: {_told(error)}" for error in checker.iter_response_errors(request, response))

    def _unknown_parameters(self, template: str, exchange: Exchange) -> Iterator[str]:
        operation = self.document["paths"][template][exchange.method.lower()]
        entries = [self._resolved(entry) for entry in operation.get("parameters", [])]
        known = {entry["name"] for entry in entries if entry["in"] == "query"} | self.opaque_parameters
        yield from (
            f"request: undescribed query parameter {name}" for name, _ in exchange.query_items if name not in known
        )

    def _resolved(self, entry: Document) -> Document:
        return _at(self.document, entry["$ref"]) if "$ref" in entry else entry

    def _checker(self, template: str, *, pruned: bool) -> OpenAPI:
        key = (template, pruned)
        if key not in self._checkers:
            self._checkers[key] = self._build(template, pruned=pruned)
        return self._checkers[key]

    def _build(self, template: str, *, pruned: bool) -> OpenAPI:
        item = _copy(self.document["paths"][template])
        small: Document = {
            "openapi": self.document["openapi"],
            "info": {"title": template, "version": "1"},
            "servers": [{"url": HOST}],
            "paths": {template: item},
            "components": {"securitySchemes": self.document["components"].get("securitySchemes", {})}
            if "components" in self.document
            else {},
        }
        if "security" in self.document:
            small["security"] = self.document["security"]
        _copy_referenced(self.document, small, item)
        for operation in (value for name, value in item.items() if name in _METHODS):
            self.prepare(small, operation)
        _admit_null(small)
        if pruned:
            _drop_required(small["components"].get("schemas", {}))
        return OpenAPI.from_dict(
            small,
            config=Config(spec_validator_cls=None, extra_media_type_deserializers={VENDOR_JSON: _json_of_vendor}),
        )


_METHODS = frozenset(("get", "post", "put", "patch", "delete"))


def _pattern(template: str) -> re.Pattern[str]:
    words = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(re.escape(word) for word in words))


def _told(error: Exception) -> str:
    """What is wrong, from the innermost cause that openapi-core knows."""
    causes = getattr(error.__cause__, "schema_errors", None) or ()
    details = "; ".join(f"{'/'.join(map(str, cause.path))}: {cause.message}" for cause in causes)
    return f"{type(error).__name__} {details or error.__cause__ or error}"[:600]


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _at(document: Document, reference: str) -> Document:
    value = document
    for step in reference.removeprefix("#/").split("/"):
        value = value[step]
    return value


def _copy_referenced(source: Document, target: Document, value: Any) -> None:
    """Brings along every component that `value` names, and what those name."""
    if isinstance(value, list):
        for item in value:
            _copy_referenced(source, target, item)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            _copy_component(source, target, reference)
        for item in value.values():
            _copy_referenced(source, target, item)


def _copy_component(source: Document, target: Document, reference: str) -> None:
    _, kind, name = reference.removeprefix("#/").split("/", 2)
    components = target["components"].setdefault(kind, {})
    if name not in components:
        components[name] = _copy(source["components"][kind][name])
        _copy_referenced(source, target, components[name])


def _drop_required(schemas: Document) -> None:
    """A caller that asked for some members only gets an answer without the required ones."""
    for schema in schemas.values():
        schema.pop("required", None)


def _admit_null(value: Any) -> None:
    """Publishers write nullable beside an enum without naming null in it, which OpenAPI 3.0 would forbid."""
    if isinstance(value, list):
        for item in value:
            _admit_null(item)
    elif isinstance(value, dict):
        if value.get("nullable") is True and isinstance(value.get("enum"), list):
            value["enum"] = [*value["enum"], None]
        for item in value.values():
            _admit_null(item)


def allow_html_failures(responses: Document) -> None:
    for status in ("404", "429", "5XX"):
        broader = responses.get(f"{status[0]}XX") if status not in responses else responses[status]
        content = _HTML if broader is None or "content" not in broader else {**broader["content"], **_HTML}
        responses[status] = {"description": "failed", "content": _copy(content)}
