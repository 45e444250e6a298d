"""Responses of functions, as the host writes them."""

from __future__ import annotations

from local.host.http_translation import read_response, write_set_cookie
from local.host.messages import RpcHttp, RpcHttpCookie, TypedData
from local.host.messages_http import NullableBool, NullableDouble, NullableString, NullableTimestamp, Timestamp


def test_cookie_with_everything() -> None:
    cookie = RpcHttpCookie(
        name="session",
        value="a+b/c=",
        domain=NullableString("msp.example"),
        path=NullableString("/"),
        expires=NullableTimestamp(Timestamp(0)),
        secure=NullableBool(True),
        http_only=NullableBool(True),
        same_site=RpcHttpCookie.SameSite.ExplicitNone,
        max_age=NullableDouble(0.0),
    )
    assert write_set_cookie(cookie) == (
        "session=a%2Bb%2Fc%3D; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=0; "
        "domain=msp.example; path=/; secure; samesite=none; httponly"
    )


def test_cookie_with_nothing() -> None:
    empty = NullableString("")
    cookie = RpcHttpCookie("a", "1", domain=empty, path=empty, secure=NullableBool(False))
    assert write_set_cookie(cookie) == "a=1"


def test_function_that_returns_nothing_answers_204() -> None:
    assert read_response(None).status_code == 204


def test_text_and_json_are_answered_as_such() -> None:
    assert read_response(TypedData(string="hello")).headers["content-type"].startswith("text/plain")
    assert read_response(TypedData(json="{}")).headers["content-type"] == "application/json"


def test_lengths_are_the_hosts_own_business() -> None:
    message = RpcHttp(body=TypedData(bytes=b"four"), headers={"Content-Length": "9", "X-A": "1"}, status_code="418")
    response = read_response(TypedData(http=message))
    assert (response.status_code, response.body) == (418, b"four")
    assert response.headers["content-length"] == "4"
    assert response.headers["x-a"] == "1"
