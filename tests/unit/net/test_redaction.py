"""Nothing that opens a door leaves in words (S5)."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Callable, Iterator
from html import escape
from time import process_time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from net.redaction import MASK, PASSING_SECONDS, REFUSAL_LIMIT, SWEPT_EVERY_SECONDS, RedactingFilter, Redactor, spell

CANARY = "c4n4ry-S3cret~Value.42_"
JWT = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def stream(redactor: Redactor) -> Iterator[io.StringIO]:
    """What a real handler writes behind the redactor."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.addFilter(RedactingFilter(redactor))
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    logger.propagate = False
    yield text
    logger.removeHandler(handler)
    logger.propagate = True


LOGGER = logging.getLogger("tests.redaction")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        "authorization: bearer {}",
        "AUTHORIZATION: BASIC {}",
        "{{'Authorization': 'Basic {}'}}",
        '{{"Authorization":"Bearer {}"}}',
        "Basic  {}",
        "grant_type=refresh_token&refresh_token={}&scope=x",
        "client_secret={}",
        "client_id=x&client_secret={}&y=z",
        "?code={}&state=x",
        "code={}",
        "client_assertion={}",
        "assertion={}",
        "password={}",
        "https://store.example/x?sv=2024&sig={}&se=2026",
        "AccountName=x;AccountKey={};EndpointSuffix=core.windows.net",
        '{{"access_token":"{}"}}',
        '{{"access_token": "{}", "expires_in": 3599}}',
        '{{"refresh_token" : "{}"}}',
        '{{"id_token": "{}"}}',
        "{{'client_secret': '{}'}}",
        '{{"private_key": "{}"}}',
        '{{"privateKey": "{}"}}',
        "PASSWORD = {}",
        '{{\\"password\\": \\"{}\\"}}',
        "new_refresh_token={}",
    ],
)
def test_a_credential_is_masked_by_the_shape_it_travels_in(redactor: Redactor, text: str) -> None:
    redacted = redactor.redact(text.format(CANARY))
    assert CANARY not in redacted
    assert MASK in redacted


@pytest.mark.parametrize("text", ["{}", "token {}!", '"{}"', "Cookie: a={}", "{}{}"])
def test_a_jwt_is_masked_wherever_it_stands(redactor: Redactor, text: str) -> None:
    redacted = redactor.redact(text.format(JWT, f" {JWT}"))
    assert "eyJ" not in redacted
    assert "c2lnbmF0dXJl" not in redacted


@pytest.mark.parametrize(
    "text",
    [
        "Contoso: 10 → 12 Business Premium from 2026-11-22, addition 9001.",
        "https://graph.microsoft.com answered 429",
        "POST /1111/oauth2/v2.0/token",
        "client_id=5b1f5a7e",
        "The encoded form of a decoder",
    ],
)
def test_ordinary_words_stay_as_they_are(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text) == text


@pytest.mark.parametrize(
    "text", ["Microsoft 365 Business Basic licences: 10 → 12", "Graph answered 403, code: Authorization_RequestDenied"]
)
def test_names_of_products_and_error_codes_stay_readable(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text) == text


@pytest.mark.parametrize(
    "secret", ["correct horse battery", "abc,defghijk", "abcdefg;rest-of-it", "abcdefg}rest-of-it"]
)
def test_a_quoted_credential_is_masked_to_its_closing_quote(redactor: Redactor, secret: str) -> None:
    redacted = redactor.redact(f'{{"password": "{secret}"}}')
    assert secret[-4:] not in redacted


@pytest.mark.parametrize("name", ["clientSecret", "refreshToken", "accessToken", "idToken", "X-Seatledger-Token"])
def test_a_credential_is_masked_under_its_other_names(redactor: Redactor, name: str) -> None:
    assert CANARY not in redactor.redact(f'{{"{name}": "{CANARY}"}}')


@pytest.mark.parametrize("text", ["Authorization: Basic dXNlcnB3", "{'authorization': 'Bearer hunter'}"])
def test_an_authorization_header_is_masked_even_where_it_looks_like_words(redactor: Redactor, text: str) -> None:
    redacted = redactor.redact(text)
    assert redacted.endswith((MASK, f"{MASK}'}}"))


def test_a_sign_in_code_is_masked_as_a_field_too(redactor: Redactor) -> None:
    code = "0." + "A" * 200
    assert code not in redactor.redact(f"{{'code': '{code}'}}")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quote_inside_a_credential_does_not_end_it(redactor: Redactor, quote: str) -> None:
    secret = f"correct\\{quote} horse"
    redacted = redactor.redact(f"{{{quote}password{quote}: {quote}{secret}{quote}, {quote}user{quote}: 7}}")
    assert redacted == f"{{{quote}password{quote}: {quote}{MASK}{quote}, {quote}user{quote}: 7}}"


@given(secret=st.text(min_size=6, max_size=60), before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_remembered_secret_never_comes_out_again(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.remember(secret)
    if secret not in MASK:
        assert secret not in redactor.redact(f"{before}{secret}{after}").replace(MASK, "")


def test_of_two_remembered_secrets_the_longer_one_goes_first(redactor: Redactor) -> None:
    redactor.remember("abcdef")
    redactor.remember("abcdef-ghijkl")
    assert redactor.redact("x abcdef-ghijkl y abcdef z") == f"x {MASK} y {MASK} z"


@pytest.mark.parametrize("secret", ["", "a", "12345"])
def test_a_word_too_short_to_be_a_secret_is_not_masked(redactor: Redactor, secret: str) -> None:
    redactor.remember(secret)
    assert redactor.redact("a12345b") == "a12345b"


def test_a_message_is_masked(redactor: Redactor, stream: io.StringIO) -> None:
    redactor.remember(CANARY)
    LOGGER.warning(f"lost {CANARY}")
    assert stream.getvalue() == f"lost {MASK}\n"


def test_arguments_are_masked(redactor: Redactor, stream: io.StringIO) -> None:
    redactor.remember(CANARY)
    LOGGER.warning("lost %s of %s in %d", CANARY, {"key": CANARY}, 3)
    assert stream.getvalue() == f"lost {MASK} of {{'key': '{MASK}'}} in 3\n"


def test_a_percent_sign_in_the_text_does_no_harm(stream: io.StringIO) -> None:
    LOGGER.warning("%s", "100 % of %s")
    assert stream.getvalue() == "100 % of %s\n"


def test_a_trace_is_masked_and_still_there(redactor: Redactor, stream: io.StringIO) -> None:
    redactor.remember(CANARY)
    try:
        try:
            raise ValueError(f"inner {CANARY}")
        except ValueError as error:
            raise RuntimeError(f"client_secret={CANARY} Bearer {JWT}") from error
    except RuntimeError:
        LOGGER.exception("it broke with %s", CANARY)
    written = stream.getvalue()
    assert CANARY not in written
    assert JWT not in written
    assert "RuntimeError" in written
    assert "inner [redacted]" in written


def test_a_trace_is_masked_by_shape_alone(stream: io.StringIO) -> None:
    try:
        raise RuntimeError(f"refresh_token={CANARY}")
    except RuntimeError:
        LOGGER.exception("it broke")
    assert CANARY not in stream.getvalue()


def test_a_record_is_never_dropped(redactor: Redactor) -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "plain", None, None)
    assert RedactingFilter(redactor).filter(record) is True


def test_a_log_call_with_wrong_arguments_does_not_stop_the_night(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    LOGGER.warning("%d tenants", "three")
    assert stream.getvalue() == "%d tenants (the arguments of this log call do not fit: TypeError)\n"


def test_an_argument_that_cannot_be_printed_does_not_stop_the_night(stream: io.StringIO) -> None:
    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError("no words")

    LOGGER.warning("lost %r", Unprintable())
    assert stream.getvalue() == "lost %r (the arguments of this log call do not fit: RuntimeError)\n"


SPECIAL = "canary/Key+1=&\"q'\\b~00"


@pytest.mark.parametrize(
    "spelling",
    [
        SPECIAL,
        quote(SPECIAL, safe=""),
        quote_plus(SPECIAL),
        json.dumps(SPECIAL),
        json.dumps(json.dumps(SPECIAL)),
        escape(SPECIAL),
        repr(SPECIAL),
    ],
)
def test_a_remembered_secret_is_masked_in_every_spelling(redactor: Redactor, spelling: str) -> None:
    redactor.remember(SPECIAL)
    assert "canary" not in redactor.redact(f"before {spelling} after")


@pytest.mark.parametrize("before", ["", "a", "ab", "company+public:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_remembered_key_is_masked_in_base64_wherever_it_stands(
    redactor: Redactor, before: str, encode: Callable[[bytes], bytes]
) -> None:
    redactor.remember(SPECIAL)
    written = encode(f"{before}{SPECIAL}:more".encode()).decode()
    assert MASK in redactor.redact(f"Sent {written} .")


def test_a_refusal_is_masked_before_anybody_reads_it(redactor: Redactor) -> None:
    redactor.remember(SPECIAL)
    refusal = json.dumps({"message": f"Bad key {SPECIAL}", "token": "Bearer abcdefgh123"}).encode()
    told = json.loads(redactor.mask_answer(refusal, is_refusal=True))
    assert told == {"message": f"Bad key {MASK}", "token": f"Bearer {MASK}"}


def test_a_good_answer_is_left_alone_but_for_known_secrets_in_errors_inside_it(redactor: Redactor) -> None:
    redactor.remember(SPECIAL)
    sign_in = json.dumps({"access_token": "a" * 40, "refresh_token": SPECIAL}).encode()
    assert redactor.mask_answer(sign_in, is_refusal=False) is sign_in
    quiet = b'{"responses": [{"body": {"error": {"code": "Busy"}}}]}'
    assert redactor.mask_answer(quiet, is_refusal=False) is quiet
    batch = json.dumps({"responses": [{"body": {"error": {"code": SPECIAL, "next": "code=0123456789"}}}]}).encode()
    (part,) = json.loads(redactor.mask_answer(batch, is_refusal=False))["responses"]
    assert part["body"]["error"] == {"code": MASK, "next": "code=0123456789"}


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make_token(number: int) -> str:
    """Opaque, as refresh tokens are, and unlike every other number's."""
    return f"0.AXoA{number:06d}-" + "".join(chr(97 + number * each % 26) for each in range(1, 900))


def test_what_passes_is_masked_until_hours_after_its_last_use() -> None:
    clock = Seconds()
    redactor = Redactor(clock)
    redactor.remember(CANARY)
    used, unused = make_token(1), make_token(2)
    redactor.remember_passing(unused)
    for hour in range(12):
        clock.now = hour * 3600.0
        redactor.remember_passing(used)
        redactor.remember_passing(f"another-one-of-hour-{hour}")
        assert redactor.redact(f"{used} {CANARY}") == f"{MASK} {MASK}"
        if clock.now < PASSING_SECONDS:
            assert redactor.redact(unused) == MASK
    assert redactor.redact(unused) == unused


def test_a_stored_secret_that_is_used_as_one_that_passes_stays() -> None:
    clock = Seconds()
    redactor = Redactor(clock)
    for remember in (redactor.remember, redactor.remember_passing):
        remember(CANARY)
    redactor.remember_passing("passing-one")
    redactor.remember("passing-one")
    clock.now = 10 * PASSING_SECONDS
    redactor.remember_passing("somebody-else")
    assert redactor.redact(f"{CANARY} passing-one") == f"{MASK} {MASK}"


def test_thousands_of_nights_do_not_grow() -> None:
    clock = Seconds()
    redactor = Redactor(clock)
    sizes = []
    for number in range(3000):
        clock.now += SWEPT_EVERY_SECONDS
        redactor.remember_passing(make_token(number))
        sizes.append(count_strings(redactor))
    assert max(sizes) <= 3 * (PASSING_SECONDS / SWEPT_EVERY_SECONDS + 2)


def count_strings(redactor: Redactor) -> int:
    """How many texts it keeps, wherever."""
    return sum(len(each) for each in vars(redactor).values() if isinstance(each, list | set | dict))


@given(
    known=st.lists(st.text(alphabet="ab.-+ ", min_size=6, max_size=160), min_size=1, max_size=6, unique_by=len),
    pieces=st.lists(st.integers(0, 5) | st.text(alphabet="ab.-+ ", max_size=90), max_size=8),
)
def test_sparing_the_search_changes_nothing(known: list[str], pieces: list[int | str]) -> None:
    """Against every spelling looked for everywhere, the longest first."""
    redactor = Redactor()
    for secret in known:
        redactor.remember(secret)
    text = "".join(each if isinstance(each, str) else known[each % len(known)] for each in pieces)
    spellings = sorted((each for each in set[str]().union(*map(spell, known)) if each in text), key=len, reverse=True)
    assume(len({len(each) for each in spellings}) == len(spellings))
    expected = f'"error"{text}'
    for spelling in spellings:
        expected = expected.replace(spelling, MASK)
    told = redactor.mask_answer(f'"error"{text}'.encode(), is_refusal=False).decode()
    assert told == expected
    assert not any(each in told.replace(MASK, "\n") for each in known)


@pytest.mark.parametrize(
    "piece", ["eyJ-", "eyJabcdefgh.", "eyJabcdefgh.eyJabcdefgh-", "a", "a.b-", "password=\\", 'password="x', "code:"]
)
def test_a_hostile_text_costs_what_its_length_costs(piece: str) -> None:
    """Counted in steps of a clock that is the machine's own, so with much room: the square would be thousands."""
    redactor = Redactor()
    redactor.remember(make_token(1))

    def take(length: int) -> float:
        text = piece * (length // len(piece))
        return min(measure(lambda: redactor.redact(text)) for _ in range(3))

    assert take(80_000) < 24 * take(10_000) + 0.02


def test_an_answer_does_not_pay_for_the_tokens_of_a_night() -> None:
    redactor = Redactor()
    answer = (
        b'{"error": null, "value": [' + b'{"skuId": "f30db892-07e9-47e9-837c-80727f46fd3d", "n": 7}, ' * 1200 + b"0]}"
    )

    def take() -> float:
        return min(measure(lambda: redactor.mask_answer(answer, is_refusal=False)) for _ in range(5))

    redactor.remember_passing(make_token(0))
    before = take()
    for number in range(1, 4000):
        redactor.remember_passing(make_token(number))
    assert take() < 3 * before + 0.002


def measure(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun


def test_quotes_behind_ever_more_backslashes_are_no_burden() -> None:
    text = "".join(f'password={"\\" * number}"' for number in range(350, 0, -1))
    redactor = Redactor()
    assert measure(lambda: redactor.mask_answer(text.encode(), is_refusal=True)) < 1.0


@pytest.mark.parametrize("text", ["eyJab.{}", "eyJ-eyJ-{}", "x-{}", "{}.more", "eyJabcdefghij-.eyJ.{}"])
def test_a_jwt_is_masked_behind_what_only_begins_like_one(redactor: Redactor, text: str) -> None:
    assert "c2lnbmF0dXJl" not in redactor.redact(text.format(JWT))


@pytest.mark.parametrize("shown", range(0, 1400, 100))
def test_of_a_long_refusal_the_beginning_is_told_and_no_part_of_a_secret(redactor: Redactor, shown: int) -> None:
    secret = "".join(f"{number:04x}!" for number in range(280))
    redactor.remember(secret)
    redactor.remember("abcdef")
    refusal = "The key is wrong. " + "." * (REFUSAL_LIMIT - 18 - shown) + secret + "." * 10**6
    told = redactor.mask_answer(refusal.encode(), is_refusal=True).decode()
    assert told.startswith("The key is wrong.")
    assert len(told) <= REFUSAL_LIMIT
    assert "0000!" not in told
