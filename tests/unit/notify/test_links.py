"""Links of mails: only ours open, and only until they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notify.links import LIFETIME, MuteLink, read_link, sign_link

KEY = bytes(range(32))
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
LINK = MuteLink("held-0123456789abcdef0123", "anna@msp.example", NOW + LIFETIME)


def test_a_link_opens_until_it_ends() -> None:
    token = sign_link(KEY, LINK)
    assert read_link(KEY, token, NOW) == LINK
    assert read_link(KEY, token, LINK.ends_at - timedelta(seconds=1)) == LINK
    assert read_link(KEY, token, LINK.ends_at) is None


def test_a_link_of_another_key_or_about_something_else_opens_nothing() -> None:
    token = sign_link(KEY, LINK)
    other = sign_link(KEY, replace(LINK, alert_id="held-ffffffffffffffffffff"))
    assert read_link(bytes(32), token, NOW) is None
    assert read_link(KEY, f"{other.partition('.')[0]}.{token.partition('.')[2]}", NOW) is None


@given(st.data())
def test_a_link_that_was_touched_anywhere_opens_nothing(data: st.DataObject) -> None:
    token = sign_link(KEY, LINK)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_.=é"))
    touched = token[:place] + letter + token[place + 1 :]
    assert read_link(KEY, touched, NOW) == (LINK if touched == token else None)


@given(st.text(max_size=80))
def test_nonsense_opens_nothing(token: str) -> None:
    assert read_link(KEY, token, NOW) is None
