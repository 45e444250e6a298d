"""Drafts in memory."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class MemoryDrafts:
    """`plans.drafts.Drafts`: texts by owner and name. None ends by itself."""

    kept: dict[tuple[str, str], str] = field(default_factory=dict)

    async def keep(self, owner: str, text: str) -> str:
        name = f"draft-{abs(hash(text)):x}"
        self.kept[owner, name] = text
        return name

    async def read(self, owner: str, name: str) -> str | None:
        return self.kept.get((owner, name))
