"""The form of an Autotask connection: what was typed, and the connection that it stands for. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from plans.connecting import AutotaskConnection, AutotaskKeys, AutotaskMode
from web.forms import Form
from web.pages.connection_wish import LONGEST_NAME, UNSAVED, Wish
from web.sheet import Sheet, SheetReader

KEY_FIELDS = ("secret", "integration_code")
FIELDS = ("name", "user", *KEY_FIELDS, "mode", "lead")
USER = re.compile(r"[!-~]{3,120}")
# A header's value: what it may hold, without spaces at its ends.
KEY = re.compile(r"[!-~](?:[ -~]{4,198})[!-~]")
MOST_NIGHTS = 14
DEFAULT = AutotaskConnection(UNSAVED, "", "", "", "", "", "", "")
MODES = {mode.value: mode for mode in AutotaskMode}


def fill_in(connection: AutotaskConnection) -> Sheet:
    """The form of a connection as it stands."""
    return Sheet(
        {
            "name": (connection.name,),
            "user": (connection.user_name,),
            "mode": (connection.mode.value,),
            "lead": (str(connection.posting_lead_nights),),
        }
    )


def read_wish(sheet: Sheet, form: Form, kept: AutotaskConnection | None) -> Wish | Sheet:
    """What the form asks for, or the sheet with what does not fit. The zone is found afterwards."""
    reader = SheetReader(sheet)
    name = reader.text("name", "Give the connection a name, such as Autotask.", LONGEST_NAME)
    user = reader.text("user", "Type the user name of the API user, such as k7f3q@yourcompany.com.")
    if user and USER.fullmatch(user) is None:
        reader.troubles["user"] = "A user name of Autotask has no spaces, and 120 characters at most."
    keys = read_keys(form, reader, is_needed=kept is None)
    mode = reader.choice("mode", MODES, "Choose from which day a change is billed.")
    lead = reader.number("lead", DEFAULT.posting_lead_nights)
    if "lead" in reader.troubles or lead > MOST_NIGHTS:
        reader.troubles["lead"] = f"Type a number of nights from 0 to {MOST_NIGHTS}."
    if reader.troubles or mode is None:
        return reader.ended()
    wanted = replace(kept or DEFAULT, name=name, user_name=user, mode=mode, posting_lead_nights=lead)
    return Wish(wanted, keys)


def read_keys(form: Form, reader: SheetReader, *, is_needed: bool) -> AutotaskKeys | None:
    """The keys that were typed; None where both fields are empty, which keeps those that are kept."""
    secret, code = (form.one(name).strip() for name in KEY_FIELDS)
    if not secret and not code and not is_needed:
        return None
    for name, typed in zip(KEY_FIELDS, (secret, code), strict=True):
        if not typed:
            reader.troubles[name] = (
                "Type the secret and the tracking identifier." if is_needed else "Type both, or neither."
            )
        elif KEY.fullmatch(typed) is None:
            reader.troubles[name] = "Autotask makes no such key. Copy it once more, whole."
    return AutotaskKeys(secret, code)
