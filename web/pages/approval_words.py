"""What to do about a held change that no approval can help. Pure."""

from __future__ import annotations

from plans.approvals import OpenHold
from plans.changes import HoldRule
from web.actions.deciding import can_decide

ADVICE = {
    HoldRule.COUNT_MISMATCH: "Look at the subscriptions in Microsoft's admin centre. The next night reads them again.",
    HoldRule.INVOICING_UNKNOWN: "Put the agreement's invoicing right in the PSA. The next night plans it again.",
    HoldRule.NOT_SEARCHED: "Nothing, where it passes: the next night reads them again. Else see that the PSA answers.",
    HoldRule.PRORATION_SWITCHED: "Set the agreement's proration back, or wait until these days are invoiced.",
    HoldRule.START_ALREADY_INVOICED: "Change the start date of the mapping.",
    HoldRule.TRANSFER: "Decide about the other half of the transfer; this one follows it.",
    HoldRule.NOT_EXPRESSIBLE: (
        "Do what the sentence says, or make the change in the PSA by hand and accept it on the customer's page."
    ),
    HoldRule.PAUSED: "An administrator can let writing go on; until then an approval writes nothing.",
}
OTHERWISE = "Put right what the sentence says. The next night plans it again."


def write_advice(hold: OpenHold) -> str:
    """What to do about a hold that nobody can approve; empty where one can."""
    return "" if can_decide(hold) else ADVICE.get(hold.line.rule, OTHERWISE)
