"""Other people's texts, harmless beside ours."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.wording import clean, close_marks

EMBEDDINGS, ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
PDF, PDI = "\u202c", "\u2069"


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("Contoso", "Contoso"),
        ("\u202egnilliB", "\u202egnilliB\u202c"),
        ("\u202egnilliB\u202c", "\u202egnilliB\u202c"),
        ("\u2067a \u202eb", "\u2067a \u202eb\u202c\u2069"),
        # The end of an isolate ends what began within it; an embedding's end reaches nothing outside its isolate.
        ("\u2067a\u202eb\u2069c", "\u2067a\u202eb\u2069c"),
        ("\u202ea\u2067b\u202cc", "\u202ea\u2067bc\u2069\u202c"),
        ("a\u202cb\u2069c", "abc"),
        ("\u200fשלום", "\u200fשלום"),
    ],
)
def test_marks_of_direction_end_with_the_text(text: str, closed: str) -> None:
    assert close_marks(text) == closed
    assert clean(text) == closed


@given(st.text(alphabet=f"ab {EMBEDDINGS}{ISOLATES}{PDF}{PDI}", max_size=30))
def test_whatever_the_marks_nothing_stays_open_and_no_letter_is_lost(text: str) -> None:
    closed = close_marks(text)
    assert close_marks(closed) == closed
    assert clean(clean(text)) == clean(text)
    marks = dict.fromkeys(map(ord, f"{EMBEDDINGS}{ISOLATES}{PDF}{PDI}"))
    assert closed.translate(marks) == text.translate(marks)
    # Read as the algorithm reads: at each letter the openings that still count; at the end none.
    levels: list[str] = []
    for letter in closed:
        if letter in EMBEDDINGS + ISOLATES:
            levels.append(letter)
        elif letter == PDF:
            assert levels and levels.pop() in EMBEDDINGS
        elif letter == PDI:
            while levels.pop() not in ISOLATES:
                pass
    assert not levels


@pytest.mark.parametrize(
    "text",
    [
        "\u2068" * 65_000,
        "\u202a" * 32_000 + PDI * 32_000,
        "\u2068" * 32_000 + PDF * 32_000,
        "\u2068\u202a" * 16_000 + PDI * 32_000,
    ],
)
def test_marks_without_end_are_closed_in_no_time(text: str) -> None:
    """Whoever types them must not stop everybody else: searching for what is open took most of a minute."""
    began = time.process_time()
    assert len(close_marks(text)) <= 2 * len(text)
    assert time.process_time() - began < 3.0
