"""Alerts are looked for here: at the end of each run, and every hour for what needs no night.

A mistake in an alert must never stop a night: a look that fails is logged, and the next one makes good.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from plans.alerts.alert import Alert, AlertKind
from plans.alerts.folding import Look, fold
from plans.alerts.readings import READING_KINDS
from plans.alerts.runs import RUN_KINDS, RunFacts, find_in_run, find_known_prices
from plans.alerts.standing import BY_ACCOUNT, STANDING_KINDS, StandingFacts, find_standing
from plans.before_invoice import Missing, NightFacts, find_missing
from plans.ports import Outside
from plans.results import TenantResult
from plans.runs import NEWEST_NIGHTS, Run, RunPhase, TenantState, is_night
from profiles.partners import PartnerReading, UnreadPartner

LOG = logging.getLogger(__name__)
# What a run says of a partner account that it read.
OF_AN_ACCOUNT = frozenset({AlertKind.INVALID_AUTHORISATION, AlertKind.UNKNOWN_READING})
OF_A_PLAN = frozenset(RUN_KINDS) | frozenset(READING_KINDS)


async def notice_run(outside: Outside, run: Run, tenants: Sequence[TenantResult]) -> None:
    """What needs a person after this run, of which these are the rows; what it could not look at stays as it was."""
    try:
        facts = await read_standing(outside, run)
        told = await read_run(outside, run, tenants, facts)
        found = [*find_standing(facts), *find_in_run(told)]
        night = run.day if is_night(run.id) else None
        await fold_found(outside, facts, found, [*look_at_lists(facts), *look_at_rows(told)], night)
    except Exception:
        LOG.exception("The alerts of run %s could not be found; the next look makes good", run.id)


async def notice_by_clock(outside: Outside) -> None:
    """What needs a person whether a night has run or not."""
    facts = await read_standing(outside, None)
    await fold_found(outside, facts, find_standing(facts), look_at_lists(facts), None)


async def fold_found(
    outside: Outside, facts: StandingFacts, found: Sequence[Alert], looks: Sequence[Look], night: date | None
) -> None:
    """Keep what is found, and when it was seen. Nothing stands of a customer or an account that was removed."""
    standing = {kept.id: kept for kept in await outside.alerts.list_standing()}
    there = facts.customers.keys() | outside.partners.keys() | {""}
    forgotten = {kept.alert.subject for kept in standing.values()} - there
    looks = [*looks, Look(frozenset(AlertKind), frozenset(forgotten), is_forgotten=True)]
    notifications = await outside.alerts.read_notifications()
    await outside.alerts.save(fold(standing, found, looks, facts.now, night, notifications))


async def read_standing(outside: Outside, run: Run | None) -> StandingFacts:
    """What the lists say now; `run` is the one that is being closed."""
    readings = [await outside.archive.read_newest_partner(account_id) for account_id in outside.partners]
    holds, proposals = await outside.open_items.list_holds(), await outside.open_items.list_proposals()
    waiting = {each.customer_id for each in holds} | {each.customer_id for each in proposals if each.settled_by is None}
    return StandingFacts(
        now=outside.now(),
        zone=outside.zone,
        customers={customer.id: customer for customer in await outside.books.list_customers()},
        holds=holds,
        proposals=proposals,
        exclusions=(await outside.profiles.read_controls()).exclusions,
        readings=[reading for reading in readings if reading is not None],
        expiries=await outside.alerts.list_expiries(),
        last_night_at=await find_last_night(outside, run),
        sku_ids=await read_sku_ids(outside, waiting),
    )


async def read_sku_ids(outside: Outside, customer_ids: Iterable[str]) -> dict[str, str]:
    """The licence of every mapping of these customers, by mapping: what waits names its line, and is muted by its
    licence."""
    overviews = [await outside.books.read_overview(customer_id) for customer_id in sorted(customer_ids)]
    return {mapping.id: mapping.sku_id for each in overviews if each is not None for mapping in each.mappings}


async def find_last_night(outside: Outside, run: Run | None) -> datetime | None:
    """When the newest night began of those that ended; the one that is being closed is one of them. None where none of
    the newest ones did."""
    if run is not None and is_night(run.id):
        return run.started_at
    nights = await outside.runs.list_nights(NEWEST_NIGHTS)
    ended = [each for each in nights if each.phase is RunPhase.CLOSED and not each.is_given_up]
    return max((each.started_at for each in ended), default=None)


async def read_run(outside: Outside, run: Run, tenants: Sequence[TenantResult], facts: StandingFacts) -> RunFacts:
    """What the run came to."""
    parked = {each.customer_id for tenant in tenants for each in tenant.agreements if each.parked}
    accounts = [await outside.archive.read_partner(run.id, account_id) for account_id in outside.partners]
    return RunFacts(
        run_id=run.id,
        customers=facts.customers,
        tenants=tenants,
        pushes=await outside.runs.list_pushes(run.id),
        missing=find_short(run, tenants, facts),
        unread_accounts=[each for each in accounts if isinstance(each, UnreadPartner)],
        read_accounts=frozenset(each.account_id for each in accounts if isinstance(each, PartnerReading)),
        known_prices=find_known_prices(kept.alert for kept in await outside.alerts.list_standing()),
        sku_ids=await read_sku_ids(outside, parked),
    )


def find_short(run: Run, tenants: Sequence[TenantResult], facts: StandingFacts) -> tuple[Missing, ...]:
    """What the invoices of the next days would lack, of the customers that the run was about."""
    due = [each for tenant in tenants for each in tenant.due]
    night = NightFacts({tenant.tenant_id: tenant for tenant in tenants}, facts.holds, facts.exclusions)
    agreements = [agreement for each in due for agreement in each.agreements]
    return find_missing(run.day, agreements, [each.customer for each in due], night)


def look_at_lists(facts: StandingFacts) -> list[Look]:
    """Lists say everything; an account says nothing of tenants that another one lists, and where no night that ended is
    known nobody can tell whether one was missed."""
    accounts = frozenset(reading.account_id for reading in facts.readings)
    unseen = frozenset({AlertKind.NIGHT_MISSED}) if facts.last_night_at is None else frozenset()
    return [Look(frozenset(STANDING_KINDS) - BY_ACCOUNT - unseen), Look(BY_ACCOUNT, accounts)]


def look_at_rows(told: RunFacts) -> list[Look]:
    """Whom the run could look at: the customers that it planned and the accounts that it read. What stands of all
    others stays as it was; one that was refused last night and could not even be asked tonight still is (R4)."""
    planned: dict[frozenset[AlertKind], set[str]] = defaultdict(set)
    for tenant in told.tenants:
        if tenant.state is TenantState.PLANNED:
            planned[OF_A_PLAN - tenant.unseen].update(tenant.customer_ids)
    of_plans = [Look(kinds, frozenset(customer_ids)) for kinds, customer_ids in planned.items()]
    return [Look(OF_AN_ACCOUNT, told.read_accounts), *of_plans]
