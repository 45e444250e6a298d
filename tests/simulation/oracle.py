"""What must hold, whatever broke. Written against the world: what is owed comes from `tests.oracle`, not from `plans`.

Promises are named as in the promises document (R1, R2, …). `compared` counts how each line ended in the end, so that a
seed that excuses everything is seen.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.simulation.accounts import Account
from tests.simulation.expected import list_billed_days, list_expected, sum_rows
from tests.simulation.psa import BY_CATALOG
from tests.simulation.world import WORKING_RUN, World

ONE_DAY = timedelta(days=1)


BOOKED = ("unitCost", "taxableFlag", "invoiceGrouping")


def refer(value: Any) -> Any:
    """A value of a row; of a reference its number, which is all that a write names."""
    return value["id"] if isinstance(value, dict) else value


@dataclass
class Oracle:
    """Watches a world and remembers what went wrong, as sentences.

    Everything is numbered in the order in which the requests arrived: `edited` is after which one a person last touched
    an addition, `typed` the quantity that they typed there, `looks` the last re-read of an agreement by a worker's
    task, `writes` the last write to it and its run.
    """

    world: World
    violations: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    edited: dict[int, int] = field(default_factory=dict)
    typed: dict[int, int] = field(default_factory=dict)
    patched: Counter[int] = field(default_factory=Counter)
    looks: dict[tuple[object, int], int] = field(default_factory=dict)
    writes: dict[int, tuple[str, int]] = field(default_factory=dict)
    invoiced: Counter[tuple[str, date]] = field(default_factory=Counter)
    clean: list[str] = field(default_factory=list)
    requests: int = 0

    def watch(self) -> None:
        """Look at every request, at every addition in the moment it lands, and at every reading that is kept."""
        psa = self.world.psa
        psa.on_created, psa.on_changed, psa.on_asked = self.check_created, self.check_changed, self.check_asked
        self.world.disk.on_counted = self.note_counts

    def note_counts(self, customer_id: str, counts: Any) -> None:
        """A run kept readings: the newest of each mapping is the one that it made, and it is one that was true (R4)."""
        for account in self.world.accounts:
            for count in [each for name in account.mapping_ids for each in counts.get(name, ())[-1:]]:
                account.counted.append((count.known_through, count.quantity))
                if count.quantity not in account.levels:
                    self.violations.append(f"R4: {account.mapping_id} was read as {count.quantity}, which it never had")

    def check_asked(self, method: str, path: str, body: Any) -> None:
        """The turns and R13: no run writes where another one wrote since its re-read, and nobody's edit is undone."""
        parts = path.strip("/").split("/")
        run_id, task = WORKING_RUN.get(), asyncio.current_task()
        self.requests += 1
        if method == "GET":
            if run_id and parts[-1] == "additions":
                self.looks[task, int(parts[2])] = self.requests
            return
        agreement_id = int(parts[2])
        seen = self.looks.get((task, agreement_id), 0)
        other, when = self.writes.get(agreement_id, (run_id, 0))
        if other != run_id and when > seen:
            self.violations.append(f"turn: run {run_id} wrote to agreement {agreement_id} on what {other} had changed")
        self.writes[agreement_id] = (run_id, self.requests)
        if method == "PATCH" and self.edited.get(int(parts[4]), seen) < seen:
            self.violations.append(f"R13: addition {parts[4]}, which a person had edited, was sent {body}")

    def check_created(self, agreement_id: int, row: dict[str, Any]) -> None:
        """R1 and R8, at once: one addition a key, never more than the seats there were, an intent before it."""
        keys = Counter(each["serialNumber"] for each in self.world.psa.additions[agreement_id] if each["serialNumber"])
        doubled = [key for key, count in keys.items() if count > 1]
        if doubled:
            self.violations.append(f"R1: agreement {agreement_id} has {doubled[0]} twice")
        self.check_promised(row, [each for each in self.world.disk.intents.values() if is_about(each, row)])
        for account in self.world.accounts:
            if account.agreement_id == agreement_id and account.owns(row):
                self.check_netting(account, row)
                self.check_booking(account, row)
        self.check_bound(agreement_id)

    def check_booking(self, account: Account, row: dict[str, Any]) -> None:
        """What adds to an adopted addition, or follows it, is booked like it; all else by the catalog (rules, 5)."""
        adopted = self.world.psa.find(account.agreement_id, account.adopted_id or 0)
        is_alike = adopted is not None and adopted["product"] == row["product"]
        model = adopted if adopted is not None and is_alike else {}
        for name in BOOKED:
            usual = BY_CATALOG.get(name)
            wanted = usual if model.get(name) is None else model[name]
            if refer(row.get(name)) != refer(wanted):
                self.violations.append(f"booking: addition {row['id']} has {name} {row.get(name)}, not {wanted}")

    def check_netting(self, account: Account, row: dict[str, Any]) -> None:
        """Several rises of one day are one addition, where no invoice came between (billing rules, 6)."""
        days = (row["effectiveDate"], None)
        same = [each for each in self.rows_of(account) if (each["effectiveDate"], each["cancelledDate"]) == days]
        if row["cancelledDate"] is None and len(same) > 1 and not account.is_touched and not account.invoiced:
            self.violations.append(f"netting: {account.mapping_id} has several additions from {days[0]}")

    def check_changed(self, agreement_id: int, row: dict[str, Any]) -> None:
        """R1, R6 and R8 for a change: somebody promised it, and had not given it up."""
        self.patched[row["id"]] += 1
        if self.typed.get(row["id"], row["quantity"]) != row["quantity"]:
            # A write that was on its way when the person typed has overwritten it: nobody can see the edit any more.
            self.edited.pop(row["id"], None)
        disk = self.world.disk
        promised = [each for each in disk.intents.values() if is_about(each, row)]
        self.check_promised(row, [each for each in promised if not self.is_given_up(each)])
        self.check_bound(agreement_id)

    def is_given_up(self, intent: Any) -> bool:
        """Whether an intent ended without effect."""
        evidence = self.world.disk.evidence.get((intent.mapping_id, intent.sequence))
        return evidence is not None and evidence.after is None

    def check_promised(self, row: dict[str, Any], promised: list[Any]) -> None:
        """R8 and R6: somebody promised it, for a plan that the run's verdict allows."""
        if not promised:
            self.violations.append(f"R8: addition {row['id']} {row['serialNumber']} was written without an intent")
            return
        newest = max(promised, key=lambda each: (each.sequence, each.attempt))
        verdict = self.world.disk.blobs.get(f"verdict/{newest.run_id}")
        if verdict is None or newest.mapping_id not in verdict.allowed_lines(newest.plan_hash):
            self.violations.append(f"R6: addition {row['id']} was written by {newest.run_id}, which was not allowed to")

    def check_bound(self, agreement_id: int) -> None:
        """R1: no day after P bills more than the most seats there ever were."""
        first = self.world.psa.find_invoiced_through(agreement_id) + ONE_DAY
        for account in self.world.accounts:
            if account.agreement_id != agreement_id or account.is_touched:
                continue
            rows = self.rows_of(account)
            for day in list_billed_days(rows, first):
                billed = sum_rows(rows, day)
                if billed > account.highest:
                    self.violations.append(
                        f"R1: {account.mapping_id} bills {billed} on {day}, there were never more than "
                        f"{account.highest} seats"
                    )
                    return

    def note_invoice(self, payer_id: int, period: date, billed: Iterable[tuple[dict[str, Any], date, date]]) -> None:
        """An invoice was made: no day of it may bill more than the most seats there ever were (R1)."""
        made = self.world.now().astimezone(self.world.zone).date()
        accounts = [each for each in self.world.accounts if self.world.psa.find_payer(each.agreement_id) == payer_id]
        for row, first, last in billed:
            owner = next((each for each in accounts if each.owns(row)), None)
            if owner is None or owner.is_touched or not owner.terms.prorates:
                continue
            for number in range((last - first).days + 1):
                place = (owner.mapping_id, first + timedelta(days=number))
                self.invoiced[place] += row["quantity"]
                if self.invoiced[place] > owner.highest:
                    self.violations.append(f"R1: {place} was invoiced {self.invoiced[place]} seats")
                    break
        for account in accounts:
            account.invoiced.append((period, made, len(account.counted)))

    def note_race(self, accounts: Iterable[Account]) -> None:
        """The accounting makes an invoice of these mappings: in the middle of a run, or before a promise is kept."""
        is_raced = any(run.closed_at is None for run in self.world.disk.runs.values())
        for account in accounts:
            account.is_raced |= is_raced or self.has_promise(account)
        self.world.faults.fired["an invoice during a run" if is_raced else "an invoice"] += 1

    def rows_of(self, account: Account) -> list[dict[str, Any]]:
        """The additions of a mapping."""
        return [row for row in self.world.psa.additions[account.agreement_id] if account.owns(row)]

    def check_settled(self, run: Any) -> None:
        """After clean nights: nothing is lost (R2), and everything has its evidence (R9, R16)."""
        disk = self.world.disk
        proved = {entry.change.key for entry in disk.evidence.values() if entry.after is not None}
        set_again = Counter(
            int(entry.change.before.id)
            for entry in disk.evidence.values()
            if entry.change.kind == "set_addition" and entry.after is not None
        )
        for account in self.world.accounts:
            if account.is_touched:
                continue
            for row in self.rows_of(account):
                is_asked = row["serialNumber"] in self.list_untellable(account)
                if row["id"] != account.adopted_id and row["serialNumber"] not in proved and not is_asked:
                    self.violations.append(f"R16: {row['serialNumber']} of {account.mapping_id} has no evidence")
                if self.patched[row["id"]] > set_again[row["id"]]:
                    self.violations.append(f"R9: a change of addition {row['id']} has no evidence")
        for account in self.world.accounts:
            self.compared[self.compare(account, run)] += 1

    def list_plans(self, account: Account, run: Any) -> Iterator[tuple[str, Any]]:
        """What the run decided about a mapping and the one that follows it: each with the agreement of its plan."""
        row = self.world.disk.tenants.get((run.id, account.tenant_id))
        for agreement in () if row is None else row.agreements:
            plan = self.world.disk.blobs.get(f"plan/{agreement.plan_hash}")
            for line in () if plan is None else plan.lines:
                if line.mapping_id in account.mapping_ids:
                    yield agreement.agreement_id, line

    def compare(self, account: Account, run: Any) -> str:
        """R2 for one mapping; how it ended, in a word."""
        planned = list(self.list_plans(account, run))
        home = (str(account.agreement_id), account.mapping_ids[-1])
        line = next((each for number, each in planned if (number, each.mapping_id) == home), None)
        if line is None:
            self.violations.append(f"R2: {account.mapping_id} was not planned on a clean night")
            return "not planned"
        kind = str(line.decision.kind)
        if account.is_touched or account.is_refused:
            return "touched" if account.is_touched else "refused"
        parked = {name for name, why in self.world.disk.parked.items() if why}
        if kind == "parked" or parked & {*account.mapping_ids}:
            if not account.is_raced and not self.list_untellable(account):
                self.violations.append(f"R2: {account.mapping_id} is parked, and nobody touched it: {line.decision}")
            return "parked"
        if kind == "held" or any(
            hold.line.mapping_id in account.mapping_ids for hold in self.world.disk.holds.values()
        ):
            return "held"
        if kind == "finish_intent":
            self.violations.append(f"R2: nobody found out about a promise of {account.mapping_id}")
        waiting = [later for _, each in planned for later in self.list_waiting(each)]
        self.check_sum(account, min((each.takes_effect_on for each in waiting), default=date.max))
        return "scheduled" if waiting or line.scheduled else "exact"

    def list_waiting(self, line: Any) -> list[Any]:
        """What of a line is known and not written yet."""
        return list(line.scheduled)

    def check_sum(self, account: Account, scheduled_from: date) -> None:
        """R2: on every day after P the additions sum to what is owed; never to less, where it is scheduled."""
        first = self.world.psa.find_invoiced_through(account.agreement_id) + ONE_DAY
        rows = self.rows_of(account)
        found = ""
        for expected in list_expected(account, first):
            days = sorted({*list_billed_days(rows, first), *(day for day in expected if day >= first)})
            wrong = [
                (day, sum_rows(rows, day), expected.on(day))
                for day in days
                if sum_rows(rows, day) < expected.on(day)
                or (day < scheduled_from and sum_rows(rows, day) != expected.on(day))
            ]
            if not wrong:
                return
            found = found or f"{wrong[0][0]} bills {wrong[0][1]}, owed are {wrong[0][2]}"
        self.violations.append(f"R2: {account.mapping_id}: {found}; read were {account.counted}, {account.invoiced}")

    def check_closed(self, run: Any, name: str) -> None:
        """A run ends, and its totals add up (R11)."""
        if run is None or run.closed_at is None:
            self.violations.append(f"R11: {name} did not close")
            return
        self.check_totals(run)

    def check_totals(self, run: Any) -> None:
        """The totals of a closed run add up, and are about every customer (R11)."""
        totals = run.totals
        ended = totals.unchanged + totals.changed + totals.scheduled + totals.held + totals.parked + totals.failed
        if totals.customers != totals.read + totals.unknown or totals.read != ended:
            self.violations.append(f"R11: the totals of {run.id} do not add up: {totals}")
        if totals.customers != len(self.world.disk.customers):
            self.violations.append(f"R11: {run.id} left a customer out: {totals}")

    def check_clean(self, run: Any) -> None:
        """On a clean night nobody is unknown or failed, and nobody is parked whom no person touched (R2).

        What a bad night promised and never sent may end first: it is planned afresh one night later (decision 7).
        """
        if run is None:
            return
        self.clean.append(run.id)
        excused = {each.customer_id for each in self.world.accounts if each.is_touched or each.is_raced}
        excused |= {each.customer_id for each in self.world.accounts if self.was_given_up(each, run)}
        excused |= {each.customer_id for each in self.world.accounts if self.list_untellable(each)}
        if run.totals.unknown or run.totals.failed or run.totals.parked > len(excused):
            self.violations.append(f"R2: {run.id} was clean, yet {run.totals}")

    def list_untellable(self, account: Account) -> set[str]:
        """The keys of additions that a person is asked about: their answers were lost, and they had ended, so that a
        ConnectWise which hides them would not list them."""
        found: set[str] = set()
        for entry in self.world.disk.evidence.values():
            change: Any = entry.change
            is_asked = (entry.ending, entry.after, change.kind) == ("mismatch", None, "create_addition")
            if not is_asked or entry.mapping_id not in account.mapping_ids or change.ends_on is None:
                continue
            if change.ends_on <= entry.ended_at.astimezone(self.world.zone).date() + ONE_DAY:
                found.add(change.key)
        return found

    def was_given_up(self, account: Account, run: Any) -> bool:
        """Whether a promise that a bad night left open ended without effect since a run began."""
        disk = self.world.disk
        return any(
            entry.mapping_id in account.mapping_ids
            and entry.ending == "overtaken"
            and entry.ended_at >= run.started_at
            and disk.intents[entry.mapping_id, entry.sequence, 0].run_id not in self.clean
            for entry in disk.evidence.values()
        )

    def has_promise(self, account: Account) -> bool:
        """Whether nobody has found out yet what became of a promise of a mapping."""
        disk = self.world.disk
        return any(
            each.mapping_id in account.mapping_ids and (each.mapping_id, each.sequence) not in disk.evidence
            for each in disk.intents.values()
        )

    def check_idle(self, run: Any, before: Counter[str]) -> None:
        """R3: a second run over the same date and input reads everything again and writes nothing."""
        psa, microsoft = self.world.psa, self.world.tenants
        if psa.writes != before["POST"] + before["PATCH"] or run.totals.writes:
            self.violations.append(f"R3: {run.id} wrote: {run.totals}")
        if microsoft.calls["batch"] - before["batch"] < len(microsoft.seats):
            self.violations.append(f"R3: {run.id} did not read every tenant again")
        agreements = {account.agreement_id for account in self.world.accounts}
        if psa.calls["GET"] - before["GET"] < len(agreements) + 1:
            self.violations.append(f"R3: {run.id} did not read every agreement again")


def is_about(intent: Any, row: dict[str, Any]) -> bool:
    """Whether an intent promised what became of a row: to make it, by its key, or to change it, by its id."""
    change = intent.change
    if change.kind == "create_addition":
        return bool(change.key == row["serialNumber"])
    return bool(change.before.id == str(row["id"]))
