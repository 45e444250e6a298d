"""What a simulator remembers: one JSON file, seeded from the demo data and replaced whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DEMO_DIRECTORY = Path(__file__).parents[1] / "demo"


class StateFile:
    """`data` is read and changed in place by one thread; `save` puts it on the disk."""

    def __init__(self, name: str, directory: Path) -> None:
        self._seed = DEMO_DIRECTORY / f"{name}.json"
        self._path = directory / f"{name}.json"
        directory.mkdir(parents=True, exist_ok=True)
        self.data: dict[str, Any] = {}
        self._read(self._path if self._path.exists() else self._seed)

    def _read(self, path: Path) -> None:
        self.data.clear()
        self.data.update(json.loads(path.read_text(encoding="utf-8")))

    def save(self) -> None:
        half_written = self._path.with_suffix(".json.tmp")
        half_written.write_text(json.dumps(self.data, ensure_ascii=False), encoding="utf-8")
        half_written.replace(self._path)

    def reset(self) -> None:
        """Back to the demo data."""
        self._read(self._seed)
        self.save()
