"""A form of a page, filled in and sent as a browser without scripts does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import override
from urllib.parse import urlencode, urlsplit

import httpx

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
UNSENT_INPUTS = frozenset({"submit", "button", "reset", "file", "image"})


@dataclass
class Form:
    """Where it goes, and what stands in it: several values of one name are several fields."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class FormReader(HTMLParser):
    """Finds the forms of a page, with what is ticked and chosen in them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(said.get("action", "")))
        if not self.forms:
            return
        if tag == "input" and said.get("name"):
            self._read_input(said)
        elif tag == "select":
            self._select, self._options = said.get("name", ""), []
        elif tag == "option" and self._select:
            self._options.append((said.get("value", ""), "selected" in said))

    def _read_input(self, said: Mapping[str, str]) -> None:
        kind = said.get("type", "text")
        is_sent = kind not in UNSENT_INPUTS and (kind not in ("checkbox", "radio") or "checked" in said)
        if is_sent:
            self.forms[-1].fields.append((said["name"], said.get("value", "on")))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select and self._options:
            chosen = next((value for value, is_chosen in self._options if is_chosen), self._options[0][0])
            self.forms[-1].fields.append((self._select, chosen))
            self._select = ""


def read_form(source: str, action: str) -> Form:
    """The form of a page that goes to that path."""
    reader = FormReader()
    reader.feed(source)
    found = [form for form in reader.forms if urlsplit(form.action).path == action]
    assert found, f"no form goes to {action}: {[form.action for form in reader.forms]}"
    return found[0]


def send_form(
    client: httpx.Client, page: str, action: str, typed: Mapping[str, str], goes_to: str = ""
) -> httpx.Response:
    """The answer to the form of a page, with what is typed in place of what stood there; a button may have a path of
    its own. Whatever is not accepted fails here with the page's own words."""
    shown = client.get(page)
    assert shown.status_code == 200, f"{page}: {shown.status_code}"
    form = read_form(shown.text, action)
    fields: dict[str, list[str]] = {}
    for name, value in form.fields:
        fields.setdefault(name, []).append(value)
    body = urlencode(fields | {name: [value] for name, value in typed.items()}, doseq=True)
    answer = client.post(goes_to or form.action, content=body, headers=URLENCODED)
    assert answer.status_code in (302, 303), f"{action}: {answer.status_code} {answer.text[:2000]}"
    return answer
