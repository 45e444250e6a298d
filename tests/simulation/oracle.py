"""What must hold, whatever broke. Written against the world, not against the product."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from plans.runs import Run
from tests.simulation.world import World


@dataclass
class Oracle:
    """Watches a world and remembers what went wrong, as sentences."""

    world: World
    highest_seats: dict[int, int] = field(default_factory=dict)
    edited: set[int] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Look at every addition in the moment it lands."""
        self.world.psa.on_created = self.check_created

    def set_seats(self, number: int, seats: int) -> None:
        """The customer buys or gives back seats."""
        self.world.tenants.seats[f"00000000-0000-4000-8000-{number:012d}"] = seats
        self.highest_seats[1200 + number] = max(seats, self.highest_seats.get(1200 + number, 0))

    def check_created(self, agreement_id: int, row: dict[str, Any]) -> None:
        """R1 and R8, at once: one addition a key, never more than the seats there were, an intent before it."""
        keys = Counter(each["serialNumber"] for each in self.ours(agreement_id))
        doubled = [key for key, count in keys.items() if count > 1]
        if doubled:
            self.violations.append(f"R1: agreement {agreement_id} has {doubled[0]} twice")
        billed = self.billed(agreement_id)
        if agreement_id not in self.edited and billed > self.highest_seats[agreement_id]:
            self.violations.append(
                f"R1: agreement {agreement_id} bills {billed}, there were never more than "
                f"{self.highest_seats[agreement_id]} seats"
            )
        self.check_promised(row)

    def check_promised(self, row: dict[str, Any]) -> None:
        """R8: what is written was promised."""
        promised = {intent.change.key for intent in self.world.disk.intents.values()}
        if row["serialNumber"] not in promised:
            self.violations.append(f"R8: {row['serialNumber']} was written without an intent")

    def ours(self, agreement_id: int) -> list[dict[str, Any]]:
        """The additions that Seatledger made."""
        return [row for row in self.world.psa.additions[agreement_id] if row.get("serialNumber", "").startswith("SL-")]

    def billed(self, agreement_id: int) -> int:
        """What those additions sum to."""
        return sum(int(row["quantity"]) for row in self.ours(agreement_id))

    def check_settled(self) -> None:
        """R2, R9 and R16, after clean nights: nothing lost, and everything with its evidence."""
        disk = self.world.disk
        proved = {entry.change.key for entry in disk.evidence.values() if entry.after is not None}
        for customer_id, mappings in disk.mappings.items():
            agreement_id = int(mappings[0].agreement_id)
            seats = self.world.tenants.seats[disk.customers[customer_id].tenant_id]
            unproved = [row["serialNumber"] for row in self.ours(agreement_id) if row["serialNumber"] not in proved]
            if unproved and agreement_id not in self.edited:
                self.violations.append(f"R16: {unproved[0]} on agreement {agreement_id} has no evidence")
            billed = self.billed(agreement_id)
            if agreement_id not in self.edited and billed < seats:
                self.violations.append(f"R2: agreement {agreement_id} bills {billed} of {seats} after clean nights")

    def check_closed(self, run: Run | None, name: str) -> None:
        """A clean night ends, and its totals add up."""
        if run is None or run.closed_at is None:
            self.violations.append(f"R11: {name} did not close")
            return
        totals = run.totals
        ended = totals.unchanged + totals.changed + totals.scheduled + totals.held + totals.parked + totals.failed
        if totals.customers != totals.read + totals.unknown or totals.read != ended:
            self.violations.append(f"the totals of {name} do not add up: {totals}")

    def check_clean(self, run: Run | None, name: str) -> None:
        """On a clean night nobody is unknown or failed, and nobody is parked whom no person touched."""
        if run is None:
            return
        untouched_trouble = run.totals.unknown + (0 if self.edited else run.totals.failed)
        if untouched_trouble or run.totals.parked > len(self.edited):
            self.violations.append(f"R2: {name} was clean, yet {run.totals}")

    def check_idle(self, run: Run, writes_before: int, reads_before: int) -> None:
        """R3: a second run over the same date and input reads everything again and writes nothing."""
        if self.world.psa.calls["POST"] != writes_before or run.totals.writes:
            self.violations.append(f"R3: the second run wrote: {run.totals}")
        if self.world.tenants.calls["batch"] <= reads_before:
            self.violations.append("R3: the second run did not read Microsoft again")
