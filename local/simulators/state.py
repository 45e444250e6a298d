"""What a simulator remembers: one JSON file, seeded from a demo and replaced whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

DEMO_DIRECTORY = Path(__file__).parents[1] / "demo"

type Data = dict[str, Any]


class StateFile:
    """`data` is read and changed in place by one thread; `save` puts it on the disk.

    `make_seed` gives the state of the demo; without it, the small demo's is read from its file. Where it is not
    `is_kept`, nothing is written: a large state takes a second, and each change would write it.
    """

    def __init__(
        self, name: str, directory: Path, make_seed: Callable[[], Data] | None = None, *, is_kept: bool = True
    ) -> None:
        self._is_kept = is_kept
        self._make_seed = make_seed or (lambda: _read(DEMO_DIRECTORY / f"{name}.json"))
        self._path = directory / f"{name}.json"
        directory.mkdir(parents=True, exist_ok=True)
        self.data: Data = _read(self._path) if self._path.exists() else self._make_seed()

    def save(self) -> None:
        if not self._is_kept:
            return
        half_written = self._path.with_suffix(".json.tmp")
        half_written.write_text(json.dumps(self.data, ensure_ascii=False), encoding="utf-8")
        half_written.replace(self._path)

    def reset(self) -> None:
        """Back to the demo data."""
        seed = self._make_seed()
        self.data.clear()
        self.data.update(seed)
        self.save()


def _read(path: Path) -> Data:
    data: Data = json.loads(path.read_text(encoding="utf-8"))
    return data
