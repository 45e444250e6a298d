"""What Seatledger asks of Microsoft, and why: one list for the pages, the pre-consent and docs/permissions.md (S11).

Sources: reference microsoft.md 1.1, 1.6, 1.7; Graph docs, permissions of the reads that are made.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """One permission, and which read needs it."""

    name: str
    why: str


# What every refusal says that the application's consent in a customer tenant would end.
PRECONSENT_ADVICE = "Let the application into it: Settings, Microsoft, the account, its tenants."
GRAPH_IN_TENANTS = (
    Right("Organization.Read.All", "which licences and subscriptions a tenant has"),
    Right("User.Read.All", "who holds a licence"),
)
# Only where an account is to find shared mailboxes with a licence.
GRAPH_FOR_MAILBOXES = (Right("Reports.Read.All", "which mailboxes are shared, from the mailbox usage report"),)
GDAP_FOR_MAILBOXES = (Right("Reports Reader", "the same report as your service account; Global Reader does as well"),)
GRAPH_AT_HOME = (Right("DelegatedAdminRelationship.Read.All", "which tenants you reach, until when, with which roles"),)
PARTNER_CENTER = (Right("user_impersonation", "your customers, and what the contract says they bought"),)
GDAP_ROLES = (Right("Directory Readers", "the same reads as your service account; Global Reader does as well"),)
