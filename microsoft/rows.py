"""What every kind of row has in common: how it is parsed, and how a misfit is described without its values."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel


class Row(BaseModel):
    """A Graph row: camelCase names, unknown fields kept out, wrong types refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", strict=True, populate_by_name=True)


def describe_misfit(error: ValueError) -> str:
    """Which field of which kind of row did not fit, without its value."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"A row of {error.title} does not fit: {'.'.join(map(str, first['loc']))} {first['msg']}."
    return f"A row does not fit: {error}."


def parse_moment(text: str) -> datetime:
    """An aware moment; Microsoft means UTC where it does not say. Raises ValueError where the text is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
