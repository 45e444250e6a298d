"""Ids that look like those of the services and are the same every time."""

from __future__ import annotations

from uuid import UUID, uuid5

_SPACE = UUID("2f6c1f0a-58c4-4d55-9c1b-6f3a7d0e9b41")

PARTNER_TENANT = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
OTHER_PARTNER_TENANT = "c1d94b27-0a6e-4a35-8d2f-75b3e6f0a812"
CLIENT = "1b0b6a3e-8c55-4a0f-bb5e-6f1f0d1d9a01"


def make_id(*words: object) -> str:
    """The id of what the words name."""
    return str(uuid5(_SPACE, "/".join(str(word) for word in words)))
