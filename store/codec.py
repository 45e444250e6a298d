"""Typed values to JSON and back, for rows and blobs."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter


@cache
def adapter_of(kind: Hashable) -> TypeAdapter[Any]:
    """The reader and writer of one type; built once a process."""
    return TypeAdapter(cast(Any, kind))


def encode[T](kind: type[T], value: T) -> bytes:
    """The value as JSON."""
    return adapter_of(cast(Hashable, kind)).dump_json(value)


def decode[T](kind: type[T], text: str | bytes) -> T:
    """The value that the JSON stands for. Raises pydantic's ValidationError where it does not fit."""
    result: T = adapter_of(cast(Hashable, kind)).validate_json(text)
    return result
