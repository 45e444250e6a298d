"""Mapping by rule within a run: what nobody decided about is mapped before its customer is planned.

A run that is played again finds what it mapped and maps nothing; where a person is quicker, the person's stands. Where
the PSA does not say what agreements there are, nothing is mapped, and the next run looks again.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from datetime import date

from plans.audit import AuditEntry
from plans.catalogue import AgreementSummary
from plans.controls import Controls
from plans.editing import MappingChange
from plans.errors import Misconfigured, Retry
from plans.journal import HistoryEntry, LineJournal
from plans.mapping_changes import MappedLicence, add_changes, begin_wish, find_licence
from plans.mapping_rules import Match, Undecided, choose_agreement, explain_match, find_open_lines, match_rules
from plans.ports import Desk, Outside
from plans.preferences import Preferences
from profiles.billing import BillingProfile, MappedBy
from profiles.holdings import list_holdings
from profiles.licences import Snapshot

LOG = logging.getLogger(__name__)
# A customer's mappings of a run and their history are one commit, which storage limits to a hundred operations.
MOST_AT_ONCE = 30


async def map_by_rule(
    outside: Outside, controls: Controls, profiles: dict[str, BillingProfile], desk: Desk, snapshot: Snapshot, day: date
) -> Desk:
    """The desk with what the live rules map of it, which is kept by then.

    What lies on an agreement that no mapping named before waits for the next run, which reads that agreement. Of very
    many lines of one customer the next runs map the rest.
    """
    mapper, live = outside.mapping_desk, [rule for rule in controls.rules if rule.is_live]
    if mapper is None or not live:
        return desk
    lines = find_open_lines(desk.customer.tenant_id, desk.mappings, list_holdings(snapshot), controls.exclusions)
    matches = match_rules(desk.customer, lines, live, profiles)
    if not matches:
        return desk
    customer = desk.customer
    try:
        agreements = await mapper.list_agreements_of(customer.connection_id, customer.company_id)
    except (Retry, Misconfigured) as error:
        LOG.warning("No rule maps anything for customer %s now: %s", customer.id, error)
        return desk
    found = make_changes_of(desk, matches, agreements, await mapper.read_preferences(), day)
    if not found:
        return desk
    changes = found[:MOST_AT_ONCE]
    if len(found) > len(changes):
        LOG.info(
            "%d more lines of customer %s are left to the next run's rules", len(found) - len(changes), customer.id
        )
    told = tuple(HistoryEntry(outside.now(), wanted.id, 0, "", f"Mapped. {wanted.why}") for _, wanted in changes)
    if not await mapper.save_mappings(customer.id, changes, told):
        LOG.info("Somebody else mapped licences of customer %s meanwhile; the rules leave them alone", customer.id)
        return desk
    for _, wanted in changes:
        LOG.info("A rule mapped %s of customer %s", wanted.id, customer.id)
        sentence = f"{customer.name}: a rule mapped {wanted.licence_name}. {wanted.why}"
        after = json.dumps(asdict(wanted), sort_keys=True, default=str, ensure_ascii=False)
        subject = f"mapping/{customer.id}/{wanted.id}"
        await mapper.note(AuditEntry(outside.now(), "A mapping rule", "rule", "", subject, sentence, "", after))
    return take_in(desk, changes)


def make_changes_of(
    desk: Desk,
    matches: tuple[Match, ...],
    agreements: tuple[AgreementSummary, ...],
    preferences: Preferences,
    day: date,
) -> tuple[MappingChange, ...]:
    """The new mappings. What fits no single agreement is left to a person."""
    changes: list[MappingChange] = []
    licences: dict[str, MappedLicence] = {}
    for match in matches:
        chosen = choose_agreement(match.profile, agreements)
        if isinstance(chosen, Undecided):
            LOG.info("No rule maps %s of customer %s: %s", match.holding.sku_id, desk.customer.id, chosen.sentence)
            continue
        sku_id = match.holding.sku_id
        licence = licences.get(sku_id) or find_licence(desk, sku_id, match.rule.licence_name)
        wish = begin_wish(match.profile, preferences, [(match.part, chosen.id)], explain_match(match, chosen))
        wish = replace(wish, mapped_by=MappedBy.RULE)
        made = [each for each in add_changes(licence, wish, day) if each[0] is None]
        licences[sku_id] = replace(licence, mappings=(*licence.mappings, *(wanted for _, wanted in made)))
        changes += made
    return tuple(changes)


def take_in(desk: Desk, changes: tuple[MappingChange, ...]) -> Desk:
    """The desk with the new mappings whose agreement this run has read for others."""
    read = {mapping.agreement_id for mapping in desk.mappings}
    made = tuple(wanted for _, wanted in changes if wanted.agreement_id in read)
    journals = desk.journals | {mapping.id: LineJournal(mapping.id) for mapping in made}
    return replace(desk, mappings=(*desk.mappings, *made), journals=journals)
