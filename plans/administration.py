"""Everything that pages need to change what Seatledger is told; wired once per event loop by `app.wiring`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from plans.account_records import AccountRecords
from plans.audit import Audit
from plans.connecting import Connections
from plans.consent import MicrosoftConsent, PendingConsents
from plans.drafts import Drafts
from plans.editing import ConfigurationEditor, CustomerEditor
from plans.mail import Deliveries
from plans.mail_channels import MailOffice
from plans.posting import ResendMail
from plans.webhooks import WebhookOffice


@dataclass(frozen=True, slots=True)
class Administration:
    """The ports behind the settings. `read_link_key` gives the key that links in mails are signed with."""

    customers: CustomerEditor
    configuration: ConfigurationEditor
    audit: Audit
    connections: Connections
    consent: MicrosoftConsent
    pending_consents: PendingConsents
    account_records: AccountRecords
    mail: MailOffice
    deliveries: Deliveries
    resend_mail: ResendMail
    read_link_key: Callable[[], Awaitable[bytes]]
    webhooks: WebhookOffice
    drafts: Drafts
