"""What a person decides about a customer as a whole: its name, observed or live, ending its lines, removing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import batched
from typing import Protocol

from plans.editing import MappingChange
from plans.journal import HistoryEntry
from plans.ports import Desk
from profiles.billing import Customer, Mapping
from web.actions.adding import Hand, end_mutes
from web.wording import clean, write_number_of

# Two operations each, and storage commits a hundred at most.
LINES_AT_ONCE = 40


class Kept(StrEnum):
    """How a decision about a customer ended."""

    DONE = "done"
    MOVED = "moved"


async def rename(hand: Hand, customer: Customer, name: str) -> Kept:
    """Call it so from now on; the PSA and Microsoft are not told."""
    sentence = f"{hand.actor.name} renamed it from {clean(customer.name)} to {name}."
    return await change(hand, customer, replace(customer, name=name), sentence)


async def go_live(hand: Hand, customer: Customer) -> Kept:
    """Let runs write for it."""
    sentence = f"{hand.actor.name} switched it to live: runs write for it from now on."
    return await change(hand, customer, replace(customer, is_observed=False), sentence)


async def observe(hand: Hand, customer: Customer) -> Kept:
    """Let runs plan and show it, and never write. A run that is at work writes nothing more for it."""
    sentence = f"{hand.actor.name} switched it back to observe: nothing is written for it from now on."
    kept = await change(hand, customer, replace(customer, is_observed=True), sentence)
    if kept is Kept.DONE:
        await hand.outside.open_items.replace_holds(frozenset({customer.id}), [])
    return kept


async def choose_proration(hand: Hand, customer: Customer, prorates: bool | None) -> Kept:
    """Let its increases count from their day, from the next period on, or (None) as its PSA connection says."""
    words = {True: "from their own day", False: "by whole periods", None: "as its PSA says"}
    sentence = f"{hand.actor.name} decided that its increases count {words[prorates]}."
    return await change(hand, customer, replace(customer, prorates=prorates), sentence)


class Account(Protocol):
    """A Microsoft account as a page names it."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


async def read_through(hand: Hand, customer: Customer, account: Account) -> Kept:
    """Let runs read its tenant through this account; what is mapped and billed stays as it is."""
    sentence = f"{hand.actor.name} has it read through the Microsoft account {account.name} from now on."
    now = customer.partner_account_id or next(iter(hand.outside.partners), "")
    return await change(
        hand, customer, customer if now == account.id else replace(customer, partner_account_id=account.id), sentence
    )


async def confirm_gone(hand: Hand, customer: Customer) -> Kept:
    """Say that its tenant is nobody's customer here any more: as long as Microsoft lists it not, it holds nothing."""
    sentence = f"{hand.actor.name} confirmed that it has left: {hand.actor.reason}"
    return await change(hand, customer, replace(customer, is_gone=True), sentence)


async def change(hand: Hand, before: Customer, after: Customer, sentence: str) -> Kept:
    """Put one in place of the other, unless it is not as it was seen. What is so already, by a second click or by
    somebody who was quicker with the same, is done and told once.
    """
    if after == before:
        return Kept.DONE
    told = HistoryEntry(hand.actor.at, "", 0, "", sentence)
    if not await hand.administration.customers.change_customer(after, before, told):
        return Kept.DONE if await hand.outside.books.read_customer(before.id) == after else Kept.MOVED
    await hand.note(f"customer/{before.id}", f"{clean(before.name)}: {sentence}", before, after)
    return Kept.DONE


async def end_lines(hand: Hand, desk: Desk, mappings: Sequence[Mapping]) -> Kept:
    """Let these lines end with the period that their agreement is invoiced for; the next run writes it.

    Their mappings stay, as ended ones. `hand.actor` brings the reason. Very many are several commits: where one of them
    finds a line that moved, those before it are ended, and noted.
    """
    for part in batched(mappings, LINES_AT_ONCE, strict=False):
        changes: tuple[MappingChange, ...] = tuple((each, replace(each, is_ended=True)) for each in part)
        sentence = f"{hand.actor.name} ended it: {hand.actor.reason}"
        told = tuple(
            HistoryEntry(hand.actor.at, each.id, desk.journals[each.id].next_sequence, "", sentence) for each in part
        )
        if not await hand.administration.customers.save_mappings(desk.customer.id, changes, told):
            return Kept.MOVED
        ended = f"{write_number_of(len(part), 'licence')} of {clean(desk.customer.name)}"
        noted = f"{hand.actor.name} ended {ended} with the period: {hand.actor.reason}"
        await hand.note(f"customer/{desk.customer.id}", noted, list(part), [after for _, after in changes])
    return Kept.DONE


async def remove(hand: Hand, customer: Customer) -> Kept:
    """Look after it no longer. Its additions are not touched; its history and evidence stay."""
    told = HistoryEntry(hand.actor.at, "", 0, "", f"{hand.actor.name} removed this customer: {hand.actor.reason}")
    if not await hand.administration.customers.remove_customer(customer, told):
        return Kept.MOVED
    await hand.outside.open_items.replace_holds(frozenset({customer.id}), [])
    await end_mutes(hand, [customer], "removed")
    sentence = f"{hand.actor.name} removed {clean(customer.name)}: {hand.actor.reason}"
    await hand.note(f"customer/{customer.id}", sentence, before=customer)
    return Kept.DONE
