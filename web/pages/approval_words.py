"""What the rules that hold changes are called, and what to do where no approval can help. Pure."""

from __future__ import annotations

from plans.approvals import OpenHold
from plans.changes import HoldRule
from web.actions.deciding import can_decide

RULE_WORDS = {
    HoldRule.TO_ZERO: "Down to nothing",
    HoldRule.LARGE_DROP: "Large drop",
    HoldRule.LARGE_RISE: "Large rise",
    HoldRule.UNADOPTED_ADDITION: "Billed twice?",
    HoldRule.FIRST_AFTER_ADOPTION: "First after adoption",
    HoldRule.COUNT_MISMATCH: "Count in doubt",
    HoldRule.INVOICING_UNKNOWN: "Invoicing unknown",
    HoldRule.PRORATION_SWITCHED: "Proration switched",
    HoldRule.START_ALREADY_INVOICED: "Start already invoiced",
    HoldRule.UNMAPPED_RISE: "Moved to an unmapped licence?",
    HoldRule.TRANSFER: "Half of a transfer",
    HoldRule.REFUSED: "Refused before",
    HoldRule.NOT_EXPRESSIBLE: "By hand only",
    HoldRule.NIGHT_DECREASES: "Many decreases in one night",
    HoldRule.NIGHT_INCREASES: "Many increases in one night",
    HoldRule.PAUSED: "Writing is paused",
}
ADVICE = {
    HoldRule.COUNT_MISMATCH: "Look at the subscriptions in Microsoft's admin centre. The next night reads them again.",
    HoldRule.INVOICING_UNKNOWN: "Put the agreement's invoicing right in the PSA. The next night plans it again.",
    HoldRule.PRORATION_SWITCHED: "Set the agreement's proration back, or wait until these days are invoiced.",
    HoldRule.START_ALREADY_INVOICED: "Change the start date of the mapping.",
    HoldRule.TRANSFER: "Decide about the other half of the transfer; this one follows it.",
    HoldRule.NOT_EXPRESSIBLE: "Make this change in the PSA by hand, and accept it on the customer's page.",
    HoldRule.PAUSED: "An administrator can let writing go on; until then an approval writes nothing.",
}
OTHERWISE = "Put right what the sentence says. The next night plans it again."


def write_advice(hold: OpenHold) -> str:
    """What to do about a hold that nobody can approve; empty where one can."""
    return "" if can_decide(hold) else ADVICE.get(hold.line.rule, OTHERWISE)
