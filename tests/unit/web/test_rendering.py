"""What templates print of names that others wrote."""

from __future__ import annotations

import pytest

from web.rendering import load_templates, make_harmless
from web.sheet import Sheet
from web.wording import isolate, keep_changes

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


def test_a_name_from_the_right_turns_no_change_of_numbers_round() -> None:
    plain, hebrew = "Visio 1→2 (+1), from 22 Nov", "שלום Travel 1,000 → 990 (−10), from 22 Nov"
    assert make_harmless(plain) == plain and make_harmless("שלום Travel") == "שלום Travel"
    assert make_harmless(hebrew) == "\u200eשלום Travel \u20661,000 → 990 (−10)\u2069, from 22 Nov"
    assert keep_changes("שלום 10→12, 3→4.") == "\u200eשלום \u206610→12\u2069, \u20663→4\u2069."
