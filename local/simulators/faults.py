"""The faults that can be switched on in a simulator, and how often each still happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


class UnknownFaultError(ValueError):
    """Somebody asked for a fault, or an operation, that this simulator does not have."""


@dataclass
class Fault:
    """`times` None means: until it is cleared. `operation` and `tenant` None mean: any."""

    name: str
    times: int | None = None
    operation: str | None = None
    tenant: str | None = None
    seconds: float | None = None
    detail: str | None = None
    used: int = 0

    def happens_to(self, name: str, operation: str, tenant: str | None) -> bool:
        return (
            self.name == name
            and self.times != 0
            and self.operation in (None, operation)
            and self.tenant in (None, tenant)
        )

    def use(self) -> Fault:
        self.used += 1
        if self.times is not None:
            self.times -= 1
        return self


class FaultBoard:
    """Holds the faults in the order in which they were switched on."""

    def __init__(self, names: Iterable[str], operations: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._operations = frozenset(operations)
        self._faults: list[Fault] = []

    def add(self, wanted: Mapping[str, Any]) -> Fault:
        unknown = set(wanted) - {"name", "times", "operation", "tenant", "seconds", "detail"}
        if unknown:
            raise UnknownFaultError(f"a fault has no member {sorted(unknown)[0]!r}")
        if wanted.get("name") not in self._names:
            raise UnknownFaultError(f"name must be one of {', '.join(sorted(self._names))}")
        operation = wanted.get("operation")
        if operation is not None and operation not in self._operations:
            raise UnknownFaultError(f"operation must be one of {', '.join(sorted(self._operations))}")
        detail = wanted.get("detail")
        fault = Fault(**{**wanted, "detail": None if detail is None else str(detail)})
        self._faults.append(fault)
        return fault

    def find(
        self,
        name: str,
        operation: str,
        tenant: str | None = None,
        fits: Callable[[Fault], bool] = lambda _fault: True,
    ) -> Fault | None:
        """The first fault of that name that applies, without using it up."""
        found = (fault for fault in self._faults if fault.happens_to(name, operation, tenant) and fits(fault))
        return next(found, None)

    def take(
        self,
        name: str,
        operation: str,
        tenant: str | None = None,
        fits: Callable[[Fault], bool] = lambda _fault: True,
    ) -> Fault | None:
        """The same, counted as used."""
        fault = self.find(name, operation, tenant, fits)
        return None if fault is None else fault.use()

    def clear(self, name: str | None = None) -> None:
        self._faults = [] if name is None else [fault for fault in self._faults if fault.name != name]

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]
