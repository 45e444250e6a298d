"""What must hold where the PSA is Autotask. What is owed comes from `tests.oracle`, as for ConnectWise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, override

from plans.journal import Ending
from tests.simulation.accounts import Account
from tests.simulation.autotask import Adjustment
from tests.simulation.autotask_world import AutotaskWorld
from tests.simulation.expected import Levels, list_expected
from tests.simulation.oracle import ONE_DAY, Oracle
from tests.simulation.psa import Row, spell_day
from tests.simulation.world import WORKING_RUN, WORKING_TASK


@dataclass
class AutotaskOracle(Oracle):
    """Watches an Autotask world. `edited` is by contract service.

    `service_looks` is when a worker's task last asked for a contract's services, `made_keys` what a service was made
    with, whoever unmarks it later. `taken_back` are the promises, by mapping and number, of units that were taken
    from days which were posted since it was planned.
    """

    world: AutotaskWorld
    service_looks: dict[tuple[object, int], int] = field(default_factory=dict)
    made_keys: dict[int, str] = field(default_factory=dict)
    taken_back: set[tuple[str, int]] = field(default_factory=set)

    @override
    def watch(self) -> None:
        """Look at every request, at every service and adjustment in the moment it lands, at every reading kept."""
        autotask = self.world.autotask
        autotask.on_service, autotask.on_adjusted = self.check_service, self.check_adjusted
        autotask.on_asked = self.check_request
        self.world.disk.on_counted = self.note_counts

    def check_request(self, path: str, body: Any) -> None:
        """The turns and R13: no run writes where another one wrote since its re-read, and nobody's edit is undone."""
        run_id, task = WORKING_RUN.get(), WORKING_TASK.get()
        self.requests += 1
        parts = path.split("/")
        if parts[0] == "ContractServiceUnits" and run_id:
            for contract_id in body["Filter"][0]["value"]:
                self.looks[task, contract_id] = self.requests
        if parts == ["ContractServices", "query"] and run_id:
            for contract_id in body["Filter"][0]["value"]:
                self.service_looks[task, contract_id] = self.requests
        if parts[0] != "Contracts" or parts[-1] not in ("Services", "ServiceAdjustments"):
            return
        contract_id = int(parts[1])
        seen = self.looks.get((task, contract_id), 0)
        other, when = self.writes.get(contract_id, (run_id, 0))
        if other != run_id and when > seen:
            self.violations.append(f"turn: run {run_id} wrote to contract {contract_id} on what {other} had changed")
        self.writes[contract_id] = (run_id, self.requests)
        service_id = body.get("contractServiceID") or body.get("id")
        # A re-read asks for the services first: an edit while it goes on to their units may stay unseen.
        seen = min(seen, self.service_looks.get((task, contract_id), 0))
        if service_id is not None and self.edited.get(service_id, seen) < seen:
            self.violations.append(f"R13: service {service_id}, which a person had edited, was sent {body}")

    def check_service(self, row: Row) -> None:
        """R1 and R8 for a new service: one a key, and an intent before it."""
        key = row.get("internalDescription")
        if not key:
            return
        self.made_keys[row["id"]] = key
        if sum(each.get("internalDescription") == key for each in self.world.autotask.services.values()) > 1:
            self.violations.append(f"R1: contract {row['contractID']} has {key} twice")
        intents = [each for each in self.world.disk.intents.values() if each.change.key == key]
        self.check_promised({"id": row["id"], "serialNumber": key}, intents)

    def check_adjusted(self, made: Adjustment) -> None:
        """R1, R6 and R8 for an adjustment: somebody promised it, and it was made once."""
        if not made.is_ours:
            return
        row = self.world.autotask.services[made.service_id]
        promised = [each for each in self.list_promises(made) if not self.is_given_up(each)]
        self.check_promised({"id": made.service_id, "serialNumber": row.get("internalDescription")}, promised)
        twins = [
            each
            for each in self.world.autotask.adjustments
            if each.is_ours and (each.service_id, each.effective_on) == (made.service_id, made.effective_on)
        ]
        if len(twins) > 1:
            self.violations.append(f"R1: service {made.service_id} was adjusted twice on {made.effective_on}")
        if not any(self.goes_down_next(each) for each in promised):
            self.check_bound(row["contractID"])
        for intent in promised if made.units < 0 and self.is_posted(made) else ():
            facts = self.world.disk.blobs[f"plan/{intent.plan_hash}"].facts_of(str(row["contractID"]))
            if facts.find_invoiced(str(made.service_id)) < made.effective_on:
                self.taken_back.add((intent.mapping_id, intent.sequence))

    def goes_down_next(self, intent: Any) -> bool:
        """Whether a later write of the same plan takes units off: days that are caught up and end before today need two
        adjustments, and what stands between them is no bill. What dies there is finished by the night after."""
        plan = self.world.disk.blobs[f"plan/{intent.plan_hash}"]
        own = [line for line in plan.lines if line.mapping_id == intent.mapping_id]
        changes = [change for line in own for change in getattr(line.decision, "changes", ())]
        return any(
            change.kind == "adjust_units"
            and change.sequence > intent.sequence
            and change.units_after < change.units_before
            for change in changes
        )

    def is_posted(self, made: Adjustment) -> bool:
        """Whether anything of the month of an adjustment was posted, through its day."""
        first, day = spell_day(made.effective_on.replace(day=1)), spell_day(made.effective_on)
        rows = self.world.autotask.find_rows(made.service_id)
        return any(first <= row["startDate"] <= day and row["approveAndPostDate"] for row in rows)

    def list_promises(self, made: Adjustment) -> Iterator[Any]:
        """The intents that are about an adjustment."""
        key = self.made_keys.get(made.service_id)
        for intent in self.world.disk.intents.values():
            change = intent.change
            if change.kind == "adjust_units" and (change.addition_id or None, change.made_by or None) in (
                (str(made.service_id), None),
                (None, key),
            ):
                is_same = change.effective_on == made.effective_on
                if is_same and change.units_after - change.units_before == made.units:
                    yield intent

    @override
    def check_bound(self, agreement_id: int) -> None:
        """R1: no day after P bills more than the most seats there ever were."""
        for account in self.world.accounts:
            if agreement_id not in (account.agreement_id, account.terms.agreement_id) or account.is_touched:
                continue
            first = self.world.find_open_day(account)
            for day in {first, *(each for each in self.world.adjusted_days(account) if each >= first)}:
                billed = self.world.units_of(account, day)
                if billed > account.highest:
                    self.violations.append(f"R1: {account.mapping_id} bills {billed} on {day}, never were more")
                    return

    def note_posting(self, contract_id: int, period: date) -> None:
        """The accounting posted a contract's next period."""
        made = self.world.local_day()
        for account in self.world.accounts:
            if account.terms.agreement_id == contract_id:
                account.invoiced.append((period, made, len(account.counted)))

    @override
    def check_settled(self, run: Any) -> None:
        """After clean nights: nothing is lost (R2), and everything has its evidence (R9, R16)."""
        proved: set[str] = set()
        counted: Counter[tuple[int, date]] = Counter()
        for entry in self.world.disk.evidence.values():
            if entry.after is not None:
                proved.add(entry.change.key)
                if entry.change.kind == "adjust_units":
                    counted[int(entry.after.id), entry.change.effective_on] += 1
        for row in self.world.autotask.services.values():
            key = row.get("internalDescription")
            if key and key not in proved:
                self.violations.append(f"R16: {key} has no evidence")
        for made in self.world.autotask.adjustments:
            if made.is_ours and not counted[made.service_id, made.effective_on]:
                self.violations.append(
                    f"R9: the adjustment of {made.service_id} on {made.effective_on} has no evidence"
                )
        self.check_told()
        for account in self.world.accounts:
            self.compared[self.compare(account, run)] += 1

    def check_told(self) -> None:
        """Whatever was taken from days that were posted just before is told to a person, who finds the line parked."""
        told = {(each.mapping_id, each.sequence): each.sentence for each in self.world.disk.history}
        for place in self.taken_back:
            self.world.faults.fired["taken from days that were just posted"] += 1
            entry = self.world.disk.evidence[place]
            if entry.ending is Ending.VERIFIED and "was invoiced while" not in told[place]:
                self.violations.append(f"told: nobody hears of {entry.change}, of which the days were posted meanwhile")

    @override
    def list_waiting(self, line: Any) -> list[Any]:
        """What has no day on which it is written is said to a person, and excuses nothing."""
        return [each for each in line.scheduled if each.writable_on is not None]

    @override
    def check_sum(self, account: Account, scheduled_from: date) -> None:
        """R2: on every day after P the units are what is owed, until the first day for which something is scheduled.
        What was refused as posted is dated anew by the night after."""
        ended = [each for each in self.world.disk.evidence.values() if each.mapping_id in account.mapping_ids]
        if ended and max(ended, key=lambda each: each.sequence).ending is Ending.POSTED:
            self.world.faults.fired["refused as posted in the last night"] += 1
            return
        first = self.world.find_open_day(account)
        adjusted, found = self.world.adjusted_days(account), ""
        for expected in list_expected(account, first):
            days = sorted({first, *(day for day in (*expected, *adjusted, *follow(adjusted)) if day >= first)})
            wrong = [day for day in days if self.is_wrong(account, day, expected, adjusted, scheduled_from)]
            if not wrong:
                return
            billed, owed = self.world.units_of(account, wrong[0]), expected.on(wrong[0])
            found = found or f"{wrong[0]} bills {billed}, owed are {owed}"
        self.violations.append(f"R2: {account.mapping_id}: {found}; read were {account.counted}, {account.invoiced}")

    def is_wrong(
        self, account: Account, day: date, expected: Levels, adjusted: set[date], scheduled_from: date
    ) -> bool:
        """Whether a day bills otherwise than it may. A day that had its one adjustment may lack a later rise, and where
        that day begins a period the whole of it may keep a later fall (billing rules, 7)."""
        billed, owed = self.world.units_of(account, day), expected.on(day)
        if billed == owed or day >= scheduled_from or day in adjusted:
            return False
        if billed > owed:
            return day.replace(day=1) not in adjusted
        # A rise that had to end on a day that had its adjustment could not be written at all.
        end = min((each for each in adjusted if each > day), default=None)
        return end is None or self.world.units_of(account, end) < expected.on(end)

    @override
    def check_idle(self, run: Any, before: Counter[str]) -> None:
        """R3: a second run over the same date and input reads everything again and writes nothing."""
        psa, microsoft = self.world.autotask, self.world.tenants
        if psa.writes != before["POST"] + before["PATCH"] or run.totals.writes:
            self.violations.append(f"R3: {run.id} wrote: {run.totals}")
        if microsoft.calls["batch"] - before["batch"] < len(microsoft.seats):
            self.violations.append(f"R3: {run.id} did not read every tenant again")
        if psa.calls["GET"] - before["GET"] < 3:
            self.violations.append(f"R3: {run.id} did not read the contracts again")


def follow(days: set[date]) -> Iterator[date]:
    """The day after each."""
    return (day + ONE_DAY for day in days)
