"""Addresses that mail may be sent to: plain ones, of which nothing can become another header or command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.mail_channels import find_address_trouble


@pytest.mark.parametrize(
    "address",
    [
        "jane@msp.example",
        "jane.doe+billing@mail.msp.example",
        "o'neill@msp.example",
        "a@b.co",
        "jane@msp.xn--p1ai",
        f"{'x' * 64}@msp.example",
    ],
)
def test_plain_addresses_are_taken(address: str) -> None:
    assert find_address_trouble(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jane",
        "jane@localhost",
        "jane@127.0.0.1",
        "a@b.1",
        "a@b.c",
        "a@msp.1example",
        "jane@",
        "jane@[10.0.0.1]",
        "Jane <jane@msp.example>",
        "jane@msp.example, eve@evil.example",
        "jane@msp.example;eve@evil.example",
        "jane@msp.example\r\nBcc: eve@evil.example",
        "jane@msp.example\n",
        "jane@msp.example\x00",
        " jane@msp.example",
        '"jane doe"@msp.example',
        "jäne@msp.example",
        "jane@mßp.example",
        "jane..doe@msp.example",
        ".jane@msp.example",
        "jane@-msp.example",
        "jane@msp..example",
        "jane@@msp.example",
        "jane>@msp.example",
        f"{'x' * 65}@msp.example",
        f"jane@{'x' * 250}.example",
    ],
)
def test_everything_else_is_refused_with_a_sentence(address: str) -> None:
    assert find_address_trouble(address).endswith(".")


@given(st.text())
def test_nothing_that_is_taken_can_end_a_line_or_an_address(text: str) -> None:
    if find_address_trouble(text) == "":
        assert text.isascii() and text.isprintable()
        assert not set(text) & set(' <>,;:\\"()[]')
        assert text.count("@") == 1
