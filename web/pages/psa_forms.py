"""The forms of PSA connections, each kind its own: what is asked, and what it stands for. Pure.

Keys are no part of a sheet: nothing that is shown again can hold them (S5).
"""

from __future__ import annotations

from plans.connecting import AutotaskConnection, ConnectWiseConnection, PsaConnection, PsaKind
from plans.errors import Bug
from web.forms import Form
from web.pages import autotask_form, connectwise_form
from web.pages.connection_wish import Wish
from web.sheet import Sheet, make_sheet

PSA_NAMES: dict[PsaKind, str] = {"connectwise": "ConnectWise", "autotask": "Autotask"}
ALL_KEY_FIELDS = frozenset({*connectwise_form.KEY_FIELDS, *autotask_form.KEY_FIELDS})


def list_fields(kind: PsaKind) -> tuple[str, ...]:
    """The fields with a place for what is wrong with them."""
    match kind:
        case "connectwise":
            return connectwise_form.FIELDS
        case "autotask":
            return autotask_form.FIELDS


def name_fields(kind: PsaKind) -> tuple[str, str, str]:
    """The field that says where the PSA is, the one that says whose agreements are meant, and the first key's."""
    match kind:
        case "connectwise":
            return "site", "company", connectwise_form.KEY_FIELDS[0]
        case "autotask":
            return "user", "user", autotask_form.KEY_FIELDS[0]


def read_typed(form: Form) -> Sheet:
    """What was typed, without the keys."""
    return make_sheet(Form([(name, value) for name, value in form.fields if name not in ALL_KEY_FIELDS]))


def has_keys(form: Form) -> bool:
    """Whether a key was typed, which a page that is shown again cannot hold."""
    return any(form.one(name).strip() for name in ALL_KEY_FIELDS)


def empty_form(kind: PsaKind) -> Sheet:
    """The form of a connection that nobody has made yet."""
    match kind:
        case "connectwise":
            return connectwise_form.empty_form()
        case "autotask":
            return autotask_form.fill_in(autotask_form.DEFAULT)


def fill_in(connection: PsaConnection) -> Sheet:
    """The form of a connection as it stands."""
    match connection:
        case ConnectWiseConnection():
            return connectwise_form.fill_in(connection)
        case AutotaskConnection():
            return autotask_form.fill_in(connection)


def read_wish(kind: PsaKind, sheet: Sheet, form: Form, kept: PsaConnection | None) -> Wish | Sheet:
    """What the form asks for, or the sheet with what does not fit. A new connection gets its id when it is saved.

    Raises Bug where the connection is of another kind.
    """
    match kind, kept:
        case "connectwise", ConnectWiseConnection() | None:
            return connectwise_form.read_wish(sheet, form, kept)
        case "autotask", AutotaskConnection() | None:
            return autotask_form.read_wish(sheet, form, kept)
        case _:
            raise Bug(f"The form of a connection to {PSA_NAMES[kind]} is not that of another PSA.")
