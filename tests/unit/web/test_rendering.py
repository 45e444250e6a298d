"""What templates print of names that others wrote."""

from __future__ import annotations

import pytest

from web.rendering import load_templates
from web.sheet import Sheet
from web.wording import isolate

REVERSED, HEBREW = "\u202egnilliB", "שלום Trading"
OURS = "{{ each }} days"


@pytest.mark.parametrize(
    ("text", "isolated"),
    [("Contoso", "Contoso"), (HEBREW, f"\u2068{HEBREW}\u2069"), (REVERSED, f"\u2068{REVERSED}\u2069"), ("", "")],
)
def test_a_text_that_reads_from_the_right_keeps_its_order_to_itself(text: str, isolated: str) -> None:
    assert isolate(text) == isolated


def test_neither_an_option_nor_a_title_lets_a_name_turn_what_follows() -> None:
    fields = load_templates().get_template("fields.html").module
    drawn = fields.select(Sheet(), "company", "Company", [("1", REVERSED), ("2", HEBREW)])  # type: ignore[attr-defined]
    assert f">\u2068{REVERSED}\u2069</option>" in drawn
    assert f">\u2068{HEBREW}\u2069</option>" in drawn
    title = load_templates().from_string('{% extends "base.html" %}{% block title %}{{ name }}{% endblock %}')
    page = title.render(name=REVERSED, principal=None, static=str)
    assert f"<title>\u2068{REVERSED}\u202c\u2069 · Seatledger</title>" in page


def test_no_template_shows_options_without_it() -> None:
    environment = load_templates()
    for name in environment.list_templates():
        source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        for option in source.split("<option")[1:]:
            words = option.split("</option>")[0].rpartition(">")[2].strip()
            assert "{{" not in words or "isolate" in words or words == OURS, f"{name}: {words}"
