"""What people do meanwhile: buy and give back seats, edit the PSA by hand, approve and refuse what waits."""

from __future__ import annotations

from datetime import timedelta

from plans.approvals import Approval, OpenHold
from plans.collecting import understand_refusal
from plans.journal import LineJournal, Refusal
from tests.simulation.accounts import Account, get_seats, set_seats
from tests.simulation.oracle import Oracle
from tests.simulation.psa import read_day, spell_day

EDITS = ("quantity", "delete", "unmark", "beside", "dates", "option")


def move_seats(oracle: Oracle, chance: float) -> None:
    """Customers buy and give back, a few at a time, all of it, and what they had before."""
    world, random = oracle.world, oracle.world.random
    for account in world.accounts:
        if random.random() >= chance:
            continue
        seats = get_seats(world, account)
        moved = random.choice(
            (seats + 1, seats + 2, seats + 5, seats - 1, seats - 1, seats - 2, account.highest, account.highest - 1, 0)
        )
        set_seats(world, account, max(0, moved))


def edit_by_hand(oracle: Oracle) -> None:
    """A person changes, ends, deletes or unmarks a line of ours, or puts one of their own beside it."""
    world = oracle.world
    account = world.random.choice(world.accounts)
    rows = world.psa.additions[account.agreement_id]
    ours = [row for row in oracle.rows_of(account) if row["serialNumber"]]
    kind = world.random.choice(EDITS if ours else ("beside",))
    world.faults.fired[f"a person's edit: {kind}"] += 1
    if kind == "beside":
        body = {"product": {"id": account.product_id}, "quantity": 3, "billCustomer": "Billable", "serialNumber": ""}
        day = spell_day(world.first_day)
        rows.append({"id": 300 + len(rows), "cancelledDate": None, "effectiveDate": day, **body})
        return
    account.is_touched = True
    row = world.random.choice(ours)
    oracle.edited[row["id"]] = oracle.requests
    match kind:
        case "quantity":
            row["quantity"] = oracle.typed[row["id"]] = 99
        case "delete":
            rows.remove(row)
        case "unmark":
            row["serialNumber"] = ""
        case "dates":
            row["cancelledDate"] = spell_day(read_day(row["effectiveDate"]) + timedelta(days=40))
        case _:
            row["billCustomer"] = "DoNotBill"


def decide(oracle: Oracle) -> bool:
    """A person goes through what waits; whether anything was decided."""
    world = oracle.world
    holds = sorted(world.disk.holds.values(), key=lambda hold: hold.id)
    decided = [hold for hold in holds if hold.line.line_hash]
    for hold in decided:
        account = next(each for each in world.accounts if hold.line.mapping_id in each.mapping_ids)
        if world.random.random() < 0.75:
            approve(oracle, hold)
        else:
            refuse(oracle, hold, account)
    return bool(decided)


def approve(oracle: Oracle, hold: OpenHold) -> None:
    """Allow exactly the writes that were shown."""
    world, line = oracle.world, hold.line
    approval = Approval(line.mapping_id, line.line_hash, "Ada", world.now(), "looks right")
    world.disk.approvals[hold.customer_id].setdefault((line.mapping_id, line.line_hash), approval)
    world.faults.fired["a person approved"] += 1


def refuse(oracle: Oracle, hold: OpenHold, account: Account) -> None:
    """Refuse the quantity that was planned for."""
    world = oracle.world
    plan = world.disk.blobs[f"plan/{hold.line.plan_hash}"]
    line = next(each for each in plan.lines if each.mapping_id == hold.line.mapping_id)
    today = world.now().astimezone(world.zone).date()
    refusal = Refusal(line.mapping_id, line.quantity_owed, line.quantity_billed, today, "Ada", "not without a call")
    counts = tuple(each for key, each in sorted(world.disk.counts.items()) if key[0] == line.mapping_id)
    adoptions = tuple(each for key, each in sorted(world.disk.adoptions.items()) if key[0] == line.mapping_id)
    journal = LineJournal(line.mapping_id, counts=counts, adoptions=adoptions)
    world.disk.refusals[line.mapping_id] = understand_refusal(refusal, journal)
    account.is_refused = True
    world.faults.fired["a person refused"] += 1
