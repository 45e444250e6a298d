"""How mail leaves, as a form: an SMTP server, or a mailbox in Microsoft 365. Pure.

What is typed into the field of the secret is read here and shown by no page again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from plans.mail_channels import Encryption, GraphSettings, MailSettings, SmtpSettings, find_address_trouble
from web.forms import Form
from web.pages.accounts.forms import GUID, NO_CLIENT, NO_TENANT, ONLY_THE_ID
from web.sheet import Sheet, SheetReader, make_sheet

SECRET = "secret"  # noqa: S105 - the name of a field
SMTP = "smtp"
GRAPH = "graph"
WAYS = ((SMTP, "SMTP server"), (GRAPH, "Microsoft 365 mailbox"))
LONGEST_SECRET = 1000
LONGEST_HOST = 253
LARGEST_PORT = 65535
ENCRYPTIONS = (
    (Encryption.STARTTLS.value, "STARTTLS", "the usual one at port 587 and 2525"),
    (Encryption.TLS.value, "TLS from the start", "the usual one at port 465"),
)
NO_HOST = "Type the name of the server, such as smtp.example.com."
NO_PORT = "Type the port, such as 587."
NO_ENCRYPTION = "Choose how the connection is encrypted."
NO_RECIPIENT = "Type the address that the test mail goes to: your own."
BAD_SECRET = "It holds line breaks, or is longer than any password. Type it again."  # noqa: S105 - a sentence
NO_USER = "Type the user name that this password belongs to."


@dataclass(frozen=True, slots=True)
class MailWish:
    """What a form asks for. `secret` is the password or client secret as typed; None keeps the kept one."""

    settings: MailSettings
    secret: str | None = field(repr=False)


def choose_way(typed: str, kept: MailSettings | None) -> str:
    """Which of the two forms is shown: the chosen one, else that of what is kept."""
    if typed in (SMTP, GRAPH):
        return typed
    return GRAPH if isinstance(kept, GraphSettings) else SMTP


def fill_form(way: str, kept: MailSettings | None) -> Sheet:
    """The form as it stands; the secret never."""
    match kept:
        case SmtpSettings() if way == SMTP:
            values = {
                "host": kept.host,
                "port": str(kept.port),
                "encryption": kept.encryption.value,
                "sender": kept.sender,
                "user": kept.user,
            }
        case GraphSettings() if way == GRAPH:
            values = {"sender": kept.sender, "tenant_id": kept.tenant_id, "client_id": kept.client_id}
        case _:
            values = {"port": "587", "encryption": Encryption.STARTTLS.value}
    return Sheet({name: (value,) for name, value in values.items()})


def read_mail_form(form: Form, *, is_test: bool) -> tuple[Sheet, MailWish | None]:
    """What was typed, without the secret and with what is wrong with it; the wish where nothing is."""
    typed = make_sheet(form)
    reader = SheetReader(Sheet({name: value for name, value in typed.values.items() if name != SECRET}))
    secret = read_secret(reader, form)
    settings = read_graph(reader) if typed.one("way") == GRAPH else read_smtp(reader, secret)
    if isinstance(settings, GraphSettings) and secret and GUID.fullmatch(secret.lower()):
        reader.troubles[SECRET] = ONLY_THE_ID
    if is_test and find_address_trouble(reader.text("recipient")):
        reader.troubles["recipient"] = NO_RECIPIENT
    return reader.ended(), None if reader.troubles else MailWish(settings, secret)


def read_secret(reader: SheetReader, form: Form) -> str | None:
    """The secret as it was typed, spaces and all; None where the field is empty."""
    typed = form.one(SECRET)
    if len(typed) > LONGEST_SECRET or not typed.isprintable():
        reader.troubles[SECRET] = BAD_SECRET
    return typed or None


def read_smtp(reader: SheetReader, secret: str | None) -> SmtpSettings:
    """An SMTP server; where something is wrong, the reader has it."""
    host = reader.text("host", NO_HOST, longest=LONGEST_HOST).lower().rstrip(".")
    typed_port = reader.text("port", NO_PORT)
    port = int(typed_port) if typed_port.isascii() and typed_port.isdigit() and len(typed_port) <= 5 else 0
    if not 0 < port <= LARGEST_PORT:
        reader.troubles["port"] = NO_PORT
    encryption = reader.choice("encryption", {each.value: each for each in Encryption}, NO_ENCRYPTION)
    user = reader.text("user", NO_USER if secret else "")
    return SmtpSettings(host, port, encryption or Encryption.STARTTLS, read_sender(reader), user)


def read_graph(reader: SheetReader) -> GraphSettings:
    """A mailbox and the application that sends from it; where something is wrong, the reader has it."""
    return GraphSettings(
        tenant_id=read_guid(reader, "tenant_id", NO_TENANT),
        client_id=read_guid(reader, "client_id", NO_CLIENT),
        sender=read_sender(reader),
    )


def read_sender(reader: SheetReader) -> str:
    """The address that mail comes from."""
    sender = reader.text("sender")
    trouble = find_address_trouble(sender)
    if trouble:
        reader.troubles["sender"] = trouble
    return sender


def read_guid(reader: SheetReader, name: str, missing: str) -> str:
    """An id of Microsoft's, in small letters."""
    typed = reader.text(name).lower().strip("{}")
    if GUID.fullmatch(typed) is None:
        reader.troubles[name] = missing
    return typed


def describe_settings(kept: MailSettings | None) -> str:
    """How mail leaves, in one sentence."""
    match kept:
        case SmtpSettings():
            return f"Mail leaves from {kept.sender} by {kept.host}"
        case GraphSettings():
            return f"Mail leaves from the mailbox {kept.sender} by Microsoft 365"
        case None:
            return "No mail leaves yet"
