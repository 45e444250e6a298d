"""Reads Bicep files into plain values, as far as tests have to know what stands in them.

The grammar is tree-sitter's, which knows no `extension` statement yet; those lines are read as comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tree_sitter
import tree_sitter_bicep

FOLDER = Path(__file__).parents[3] / "infra/bicep"
EXTENSION = re.compile(rb"^extension (?=\w+$)", re.MULTILINE)
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))


@dataclass(frozen=True, slots=True)
class Text:
    """An expression as it is written."""

    source: str


type Value = str | Text | dict[str, Value] | list[Value]


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource or a module: `kind` is `resource` or `module`, `of` the type with its version, or the file."""

    kind: str
    symbol: str
    of: str
    body: dict[str, Value]
    is_existing: bool
    is_conditional: bool

    @property
    def type_name(self) -> str:
        """The type without its version."""
        return self.of.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Template:
    """One file."""

    name: str
    source: str
    parameters: dict[str, str | None]
    variables: dict[str, Value]
    outputs: frozenset[str]
    declared: tuple[Declared, ...]
    problems: tuple[str, ...]

    def all_of(self, type_name: str) -> list[Declared]:
        """The resources of a type that the file makes."""
        return [each for each in self.declared if each.type_name == type_name and not each.is_existing]

    def one(self, symbol: str) -> Declared:
        """The resource or module with this symbol."""
        return next(each for each in self.declared if each.symbol == symbol)


def read_template(path: Path) -> Template:
    """One file of the template."""
    source = EXTENSION.sub(b"//       ", path.read_bytes())
    root = PARSER.parse(source).root_node
    nodes = list(walk(root))
    return Template(
        name=path.name,
        source=path.read_text(),
        parameters={
            text_of(node.named_children[0]): text_of(node.named_children[2]) if len(node.named_children) > 2 else None
            for node in nodes
            if node.type == "parameter_declaration"
        },
        variables={
            text_of(node.named_children[0]): read_value(node.named_children[1])
            for node in nodes
            if node.type == "variable_declaration"
        },
        outputs=frozenset(text_of(node.named_children[0]) for node in nodes if node.type == "output_declaration"),
        declared=tuple(
            read_declared(node) for node in nodes if node.type in ("resource_declaration", "module_declaration")
        ),
        problems=tuple(
            f"{path.name}:{node.start_point.row + 1}: {text_of(node)[:60]!r}"
            for node in nodes
            if node.type == "ERROR" or node.is_missing
        ),
    )


def read_declared(node: tree_sitter.Node) -> Declared:
    """What a resource or module declaration says."""
    symbol, kind, value = node.named_children[0], node.named_children[1], node.named_children[-1]
    body = next((each for each in walk(value) if each.type == "object"), None)
    properties = {} if body is None else read_object(body)
    return Declared(
        kind=node.type.partition("_")[0],
        symbol=text_of(symbol),
        of=unquote(kind),
        body=properties,
        is_existing=any(each.type == "existing" or text_of(each) == "existing" for each in node.children),
        is_conditional=value.type == "if_statement",
    )


def read_value(node: tree_sitter.Node) -> Value:
    """A literal as what it says, anything else as it is written."""
    match node.type:
        case "object":
            return read_object(node)
        case "array":
            return [read_value(each) for each in node.named_children if each.type != "comment"]
        case "string" if not any(each.type == "interpolation" for each in node.named_children):
            return unquote(node)
        case _:
            return Text(text_of(node))


def read_object(node: tree_sitter.Node) -> dict[str, Value]:
    """An object without the resources that are declared in it."""
    found: dict[str, Value] = {}
    for each in node.named_children:
        parts = [part for part in each.named_children if part.type != "comment"]
        if each.type == "object_property" and len(parts) == 2:
            found[unquote(parts[0])] = read_value(parts[1])
    return found


def walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """The node and everything in it."""
    yield node
    for each in node.children:
        yield from walk(each)


def text_of(node: tree_sitter.Node) -> str:
    """The node as it is written."""
    return (node.text or b"").decode()


def unquote(node: tree_sitter.Node) -> str:
    """A name or a string without its quotes."""
    text = text_of(node)
    return text.strip("'") if node.type == "string" else text


def flatten(value: Value) -> Iterator[tuple[str, Value]]:
    """Every property anywhere in a value, by its own name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from flatten(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from flatten(inner)


TEMPLATES = {path.name: read_template(path) for path in sorted(FOLDER.glob("*.bicep"))}
