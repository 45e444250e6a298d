"""What a person types about a Microsoft account, read and checked. Pure.

A client secret is read here and goes no further than its account: no page ever shows what was typed into its field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from plans.connecting import DirectTenant, PartnerAccount
from profiles.partners import PartnerModel
from web.sheet import Sheet, SheetReader

SECRET = "client_secret"  # noqa: S105 - the name of a field
LAST_DAY = "secret_expires_on"
LONGEST_NAME = 80
LONGEST_SECRET = 200
SHORTEST_SECRET = 10
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MAILBOXES = "reads_mailboxes"
MODELS = {model.value: model for model in PartnerModel}
NO_NAME = "Give it a name that your colleagues recognise."
NO_TENANT = "Paste the directory (tenant) id from the Microsoft Entra admin center, such as 7d0c7a52-3f0e-4c57-9d6b-…"
NO_CLIENT = "Paste the application (client) id of your app registration; it looks like the directory id."
BAD_SECRET = "Paste the client secret's value, which Microsoft shows once when you make it."  # noqa: S105 - a sentence
ONLY_THE_ID = "This is the id of a secret. Paste its value, which stands beside it when you make it."
EXPIRED = (
    "This day is past, so Microsoft refuses the secret. Make a new client secret, and type its value and last day."
)
NO_MODEL = "Choose how you buy from Microsoft."
TAKEN = "There is an account for this directory and application already. Change that one instead."
OTHER_APP = "Another application has another secret. Type its client secret as well."


@dataclass(frozen=True, slots=True)
class TypedAccount[T]:
    """The account as it would be, and its client secret where one was typed."""

    account: T
    client_secret: str | None = field(repr=False)


@dataclass(slots=True)
class AccountReader:
    """Reads the fields that both kinds of account have."""

    fields: SheetReader
    today: date

    def guid(self, name: str, missing: str) -> str:
        """An id of Microsoft's, in small letters."""
        typed = self.fields.text(name).lower().strip("{}")
        if GUID.fullmatch(typed) is None:
            self.fields.troubles[name] = missing
        return typed

    def secret(self, *, is_needed: bool) -> str | None:
        """The client secret; None where none was typed and the one that is kept stays."""
        typed = self.fields.sheet.one(SECRET)
        if not typed and not is_needed:
            return None
        if GUID.fullmatch(typed.lower()):
            self.fields.troubles[SECRET] = ONLY_THE_ID
        elif not SHORTEST_SECRET <= len(typed) <= LONGEST_SECRET or " " in typed:
            self.fields.troubles[SECRET] = BAD_SECRET
        return typed

    def last_day(self, standing: date | None = None) -> date | None:
        """The secret's last day; None where it was left open.

        One that is past is refused, but for the `standing` one of a secret that stays.
        """
        typed = self.fields.sheet.one(LAST_DAY)
        found = self.fields.day(LAST_DAY, typed) if typed else None
        stays = found == standing and not self.fields.sheet.one(SECRET)
        if found is not None and found < self.today and not stays:
            self.fields.troubles[LAST_DAY] = EXPIRED
        return found

    def name(self) -> str:
        """What people call it."""
        return self.fields.text("name", NO_NAME, LONGEST_NAME)


def without_secret(sheet: Sheet) -> Sheet:
    """What was typed, fit to be shown again."""
    return Sheet({name: values for name, values in sheet.values.items() if name != SECRET}, sheet.troubles)


def read_new_account(
    sheet: Sheet, account_id: str, others: Sequence[PartnerAccount], today: date
) -> TypedAccount[PartnerAccount] | Sheet:
    """A new partner account, or what was typed with its troubles."""
    reader = AccountReader(SheetReader(sheet), today)
    account = PartnerAccount(
        id=account_id,
        name=reader.name(),
        tenant_id=reader.guid("tenant_id", NO_TENANT),
        client_id=reader.guid("client_id", NO_CLIENT),
        client_secret_secret="",
        refresh_token_secret="",
        model=read_model(reader.fields),
        secret_expires_on=reader.last_day(),
        reads_mailboxes=reader.fields.ticked(MAILBOXES),
    )
    secret = reader.secret(is_needed=True)
    if any(
        (each.tenant_id.lower(), each.client_id.lower()) == (account.tenant_id, account.client_id) for each in others
    ):
        reader.fields.troubles["client_id"] = TAKEN
    return without_secret(reader.fields.ended()) if reader.fields.troubles else TypedAccount(account, secret)


def read_changed_account(sheet: Sheet, standing: PartnerAccount, today: date) -> TypedAccount[PartnerAccount] | Sheet:
    """The account with what a person changed. With another application its consent is no more: it was the other's."""
    reader = AccountReader(SheetReader(sheet), today)
    client_id = reader.guid("client_id", NO_CLIENT)
    account = replace(
        standing,
        name=reader.name(),
        client_id=client_id,
        model=read_model(reader.fields),
        secret_expires_on=reader.last_day(standing.secret_expires_on),
        reads_mailboxes=reader.fields.ticked(MAILBOXES),
    )
    secret = reader.secret(is_needed=False)
    if client_id != standing.client_id.lower():
        account = replace(account, consented_at=None, consented_by="", user_name="", has_mfa=None)
        if secret is None:
            reader.fields.troubles.setdefault(SECRET, OTHER_APP)
    return without_secret(reader.fields.ended()) if reader.fields.troubles else TypedAccount(account, secret)


def read_new_tenant(
    sheet: Sheet, tenant_id: str, others: Sequence[DirectTenant], today: date
) -> TypedAccount[DirectTenant] | Sheet:
    """A new direct tenant, or what was typed with its troubles."""
    reader = AccountReader(SheetReader(sheet), today)
    tenant = DirectTenant(
        id=tenant_id,
        name=reader.name(),
        tenant_id=reader.guid("tenant_id", NO_TENANT),
        client_id=reader.guid("client_id", NO_CLIENT),
        client_secret_secret="",
        secret_expires_on=reader.last_day(),
    )
    secret = reader.secret(is_needed=True)
    if any(each.tenant_id.lower() == tenant.tenant_id for each in others):
        reader.fields.troubles["tenant_id"] = "This tenant is connected already. Change that one instead."
    return without_secret(reader.fields.ended()) if reader.fields.troubles else TypedAccount(tenant, secret)


def read_changed_tenant(sheet: Sheet, standing: DirectTenant, today: date) -> TypedAccount[DirectTenant] | Sheet:
    """The direct tenant with what a person changed, like `read_changed_account`."""
    reader = AccountReader(SheetReader(sheet), today)
    client_id = reader.guid("client_id", NO_CLIENT)
    tenant = replace(
        standing, name=reader.name(), client_id=client_id, secret_expires_on=reader.last_day(standing.secret_expires_on)
    )
    secret = reader.secret(is_needed=False)
    if client_id != standing.client_id.lower():
        tenant = replace(tenant, consented_at=None, consented_by="")
        if secret is None:
            reader.fields.troubles.setdefault(SECRET, OTHER_APP)
    return without_secret(reader.fields.ended()) if reader.fields.troubles else TypedAccount(tenant, secret)


def read_model(fields: SheetReader) -> PartnerModel:
    """How the MSP buys."""
    return fields.choice("model", MODELS, NO_MODEL) or PartnerModel.INDIRECT_RESELLER


def fill_account(account: PartnerAccount | DirectTenant) -> Sheet:
    """The form as it stands; the secret's field is empty, which leaves the kept one in force."""
    values = {"name": account.name, "tenant_id": account.tenant_id, "client_id": account.client_id}
    if account.secret_expires_on is not None:
        values["secret_expires_on"] = account.secret_expires_on.isoformat()
    if isinstance(account, PartnerAccount):
        values["model"] = account.model.value
        values |= {MAILBOXES: "yes"} if account.reads_mailboxes else {}
    return Sheet({name: (value,) for name, value in values.items()})
