"""What the present work is about: ids that stand in every line of the log. Nothing is ever decided by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

NOTHING: Mapping[str, str] = {}
ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=NOTHING)


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Inside the block, and in tasks started there, the work is about these as well: run, tenant, customer…"""
    token = ABOUT.set({**ABOUT.get(), **ids})
    try:
        yield
    finally:
        ABOUT.reset(token)


def read_about() -> Mapping[str, str]:
    """The ids of the present work, by what they are ids of."""
    return ABOUT.get()
