"""What must hold over a week of a large MSP, whatever broke. What is owed comes from `tests.oracle` alone."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from plans.keys import NAME_LENGTH
from plans.runs import Run
from tests.simulation.expected import list_billed_days, list_expected, sum_rows
from tests.soak.msp import Account, LargeWorld

ONE_DAY = timedelta(days=1)


@dataclass
class Watch:
    """Looks at every write in the moment it lands, at every run that ends, and at every line in the end."""

    world: LargeWorld
    keys: set[str] = field(default_factory=set)
    ended: Counter[str] = field(default_factory=Counter)
    writes: int = 0

    def begin(self) -> None:
        """Look at everything from now on."""
        psa = self.world.psa
        self.keys = {str(row["serialNumber"]) for rows in psa.additions.values() for row in rows}
        psa.on_created, psa.on_changed = self.check_created, self.check_changed

    def complain(self, sentence: str) -> None:
        """Remember a broken promise."""
        self.world.violations.append(sentence)

    def check_created(self, agreement_id: int, row: dict[str, Any]) -> None:
        """R1 and R8: a key once, an intent before it, and no day above the most seats there ever were."""
        key = str(row["serialNumber"])
        if key in self.keys:
            self.complain(f"R1: agreement {agreement_id} has {key} twice")
        self.keys.add(key)
        self.check_written(row)

    def check_changed(self, agreement_id: int, row: dict[str, Any]) -> None:
        """The same for a change."""
        self.check_written(row)

    def check_written(self, row: dict[str, Any]) -> None:
        """R8 and R1 for one write."""
        self.writes += 1
        account = self.world.by_prefix[str(row["serialNumber"])[:NAME_LENGTH]]
        prefix = f"i:{account.line.mapping_id}:"
        if not self.ask("select 1 from rows where name = 'books' and key >= ? and key < ? limit 1", prefix):
            self.complain(f"R8: addition {row['id']} was written without an intent")
        rows, open_from = self.rows_of(account), self.find_open_day(account)
        for day in list_billed_days(rows, open_from):
            if sum_rows(rows, day) > account.highest:
                self.complain(f"R1: {account.line.mapping_id} bills {sum_rows(rows, day)} on {day}")
                return

    def ask(self, text: str, prefix: str) -> list[tuple[Any, ...]]:
        """What the file says of keys that begin so."""
        database = self.world.database
        if database is None:
            raise ValueError("this world has no file to look into")
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        found: list[tuple[Any, ...]] = database.connection.execute(text, (prefix, end)).fetchall()
        return found

    def rows_of(self, account: Account) -> list[dict[str, Any]]:
        """The additions of a line."""
        prefix = account.line.key[: NAME_LENGTH + 1]
        rows = self.world.psa.additions[account.agreement_id]
        return [row for row in rows if str(row["serialNumber"]).startswith(prefix)]

    def find_open_day(self, account: Account) -> date:
        """P + 1."""
        return self.world.psa.find_invoiced_through(account.agreement_id) + ONE_DAY

    def check_closed(self, run: Run | None, name: str) -> None:
        """R11: a run ends, and its totals add up."""
        if run is None or run.closed_at is None:
            self.complain(f"R11: {name} did not close")
            return
        totals = run.totals
        ended = totals.unchanged + totals.changed + totals.scheduled + totals.held + totals.parked + totals.failed
        everybody = len(self.world.psa.agreements)
        if (totals.customers, totals.read + totals.unknown, ended) != (everybody, everybody, totals.read):
            self.complain(f"R11: the totals of {run.id} do not add up: {totals}")

    def invoice_everybody(self, period: date) -> None:
        """The accounting makes every agreement's next invoice; no day of it bills more than the most seats there
        were (R1). A line with an open promise is raced: nobody can tell it from a person's edit."""
        promised = {key.split(":")[1] for (key,) in self.ask(OPEN_PROMISES, "i:")}
        for agreement_id in sorted(self.world.psa.agreements):
            billed: Counter[tuple[str, date]] = Counter()
            for row, first, last in self.world.psa.invoice(agreement_id):
                name = str(row["serialNumber"])[:NAME_LENGTH]
                for number in range((last - first).days + 1):
                    billed[name, first + timedelta(days=number)] += int(row["quantity"])
            for (name, day), seats in billed.items():
                if seats > self.world.by_prefix[name].highest:
                    self.complain(f"R1: {name} was invoiced {seats} seats on {day}")
        made = self.world.now().astimezone(self.world.zone).date()
        for account in self.world.by_id.values():
            account.invoiced.append((period, made, len(account.counted)))
            account.is_raced = account.line.mapping_id in promised

    def move_seats(self, dice: random.Random, share: float) -> int:
        """Some customers, at least two, buy or give back a few seats of one licence; how many did."""
        accounts = list(self.world.by_id.values())
        licences = accounts[0].line.licences
        customers = len(accounts) // licences
        moved = dice.sample(range(customers), max(2, round(share * customers)))
        for number in moved:
            account = accounts[number * licences + dice.randrange(licences)]
            self.world.set_seats(account, max(1, self.world.get_seats(account) + dice.choice((-2, -1, 1, 1, 2, 3))))
        return len(moved)

    async def check_settled(self, run: Run) -> None:
        """R2: after two clean nights every line that no rule holds bills what it owes, on every day after P."""
        waiting: dict[str, str] = {}
        for tenant in await self.world.runs.list_tenants(run.id):
            for agreement in tenant.agreements:
                for kind, lines in (
                    ("scheduled", agreement.scheduled),
                    ("held", agreement.held),
                    ("parked", agreement.parked),
                ):
                    waiting |= {line.mapping_id: kind for line in lines}
        for mapping_id, account in self.world.by_id.items():
            kind = waiting.get(mapping_id, "exact")
            self.ended[kind] += 1
            if kind == "parked" and not account.is_raced:
                self.complain(f"R2: {mapping_id} is parked, and nobody touched it")
            if kind in ("exact", "scheduled"):
                self.check_sum(account, is_scheduled=kind == "scheduled")

    def check_sum(self, account: Account, *, is_scheduled: bool) -> None:
        """What is billed is what is owed, and never less; more only where its end waits for an invoice."""
        first, rows, found = self.find_open_day(account), self.rows_of(account), ""
        for expected in list_expected(account, first):
            days = sorted({*list_billed_days(rows, first), *(day for day in expected if day >= first)})
            differences = [(day, sum_rows(rows, day), expected.on(day)) for day in days]
            wrong = [each for each in differences if each[1] < each[2] or (each[1] != each[2] and not is_scheduled)]
            if not wrong:
                return
            found = found or f"{wrong[0][0]} bills {wrong[0][1]}, owed are {wrong[0][2]}"
        self.complain(f"R2: {account.line.mapping_id}: {found}; read were {account.counted}, {account.invoiced}")


OPEN_PROMISES = """
select key from rows as promise where name = 'books' and key >= ? and key < ? and not exists (
  select 1 from rows as proof where proof.name = 'books' and proof.partition = promise.partition
  and proof.key = 'e' || substr(promise.key, 2, length(promise.key) - 5))
"""
