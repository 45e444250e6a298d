"""The page of mail: both ways out, the test, what is kept and what never, and the mails that need a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plans.mail import Delivery, DeliveryState
from plans.mail_channels import (
    Encryption,
    GraphSettings,
    MailDelayed,
    MailInDoubt,
    MailRefused,
    SmtpSettings,
)
from tests.unit.web.conftest import Open, open_client
from tests.unit.web.fakes import NOW, World, sign_in_headers

OURS = {"Sec-Fetch-Site": "same-origin"}
CANARY = "pass word-canary"
TENANT = "5ea71ed9-0000-4000-8000-000000000001"
CLIENT = "5ea71ed9-0000-4000-8000-000000000002"
SMTP_FORM = {
    "way": "smtp",
    "host": "SMTP.Provider.example",
    "port": "587",
    "encryption": "starttls",
    "sender": "seatledger@msp.example",
    "user": "seats",
    "secret": CANARY,
    "recipient": "ada@msp.example",
}
GRAPH_FORM = {
    "way": "graph",
    "sender": "seatledger@msp.example",
    "tenant_id": TENANT.upper(),
    "client_id": f"{{{CLIENT}}}",
    "secret": "Az09~client-secret",
    "recipient": "ada@msp.example",
}
SMTP = SmtpSettings("smtp.provider.example", 587, Encryption.STARTTLS, "seatledger@msp.example", "seats")
GRAPH = GraphSettings(TENANT, CLIENT, "seatledger@msp.example")


def administrator(*roles: str) -> dict[str, str]:
    return sign_in_headers(roles or ("Administrator",)) | OURS


async def read_seen(world: World) -> str:
    async with open_client(world) as client:
        page = await client.get("/settings/mail", headers=administrator())
    return page.text.partition('name="seen" value="')[2].partition('"')[0]


@pytest.mark.parametrize(("form", "settings"), [(SMTP_FORM, SMTP), (GRAPH_FORM, GRAPH)])
async def test_what_is_typed_is_kept_and_noted_without_its_secret(
    browse: Open, form: dict[str, str], settings: SmtpSettings | GraphSettings
) -> None:
    world = World()
    form = form | {"seen": await read_seen(world)}
    async with browse(world) as client:
        answer = await client.post("/settings/mail", data=form, headers=administrator())
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings/mail?told=saved")
        page = await client.get("/settings/mail?told=saved", headers=administrator())
    assert (world.mail.settings, world.mail.kept_secrets) == (settings, [form["secret"]])
    assert "Mail leaves from " in page.text and "Saved." in page.text
    [entry] = world.audit.entries
    assert entry.before == "" and "seatledger@msp.example" in entry.after
    for text in (page.text, entry.after, entry.sentence):
        assert form["secret"] not in text


@pytest.mark.parametrize(
    ("form", "changed", "sentence"),
    [
        (SMTP_FORM, {"host": ""}, "Type the name of the server"),
        (SMTP_FORM, {"port": "0"}, "Type the port"),
        (SMTP_FORM, {"port": "65536"}, "Type the port"),
        (SMTP_FORM, {"port": "25x"}, "Type the port"),
        (SMTP_FORM, {"encryption": "none"}, "Choose how the connection is encrypted"),
        (SMTP_FORM, {"sender": "Billing <b@msp.example>"}, "Type one plain address"),
        (SMTP_FORM, {"user": ""}, "Type the user name that this password belongs to"),
        (SMTP_FORM, {"secret": "two\nlines"}, "It holds line breaks"),
        (SMTP_FORM, {"secret": "x" * 1001}, "longer than any password"),
        (GRAPH_FORM, {"tenant_id": "contoso"}, "Paste the directory (tenant) id"),
        (GRAPH_FORM, {"client_id": ""}, "Paste the application (client) id"),
        (GRAPH_FORM, {"secret": CLIENT}, "This is the id of a secret"),
    ],
)
async def test_what_does_not_fit_stands_beside_its_field_and_nothing_is_kept(
    browse: Open, form: dict[str, str], changed: dict[str, str], sentence: str
) -> None:
    world = World()
    async with browse(world) as client:
        answer = await client.post("/settings/mail", data=form | changed, headers=administrator())
        tested = await client.post("/settings/mail/test", data=form | changed, headers=administrator())
    assert (answer.status_code, tested.status_code) == (422, 422)
    assert sentence in answer.text and sentence in tested.text
    assert f'value="{form["sender"]}"' in answer.text or "sender" in changed
    assert form["secret"] not in answer.text
    assert (world.mail.settings, world.mail.tried) == (None, [])


async def test_a_server_that_may_not_be_called_is_told_beside_its_name(browse: Open) -> None:
    world = World()
    world.mail.bad_host = "'localhost' is no name of a mail server."
    form = SMTP_FORM | {"seen": await read_seen(world)}
    async with browse(world) as client:
        for address in ("/settings/mail", "/settings/mail/test"):
            answer = await client.post(address, data=form, headers=administrator())
            assert answer.status_code == 422
            assert 'id="host-trouble"' in answer.text and "no name of a mail server" in answer.text
    assert (world.mail.settings, world.mail.tried) == (None, [])


async def test_a_kept_password_is_for_its_own_server_only(browse: Open) -> None:
    world = World()
    world.mail.refusal = "Type the password of seats: the one that is kept, if any, is of another server or user."
    form = SMTP_FORM | {"seen": await read_seen(world), "secret": ""}
    async with browse(world) as client:
        for address in ("/settings/mail", "/settings/mail/test"):
            answer = await client.post(address, data=form, headers=administrator())
            assert answer.status_code == 422
            assert 'id="secret-trouble"' in answer.text and "of another server or user" in answer.text


async def test_a_test_mail_says_what_came_of_it_and_keeps_nothing(browse: Open) -> None:
    world = World()
    async with browse(world) as client:
        good = await client.post("/settings/mail/test", data=SMTP_FORM, headers=administrator())
    assert good.status_code == 200
    assert "The test mail left. The mail server took it: 250 OK." in good.text
    assert "Type the password again before you save" in good.text and CANARY not in good.text
    assert 'value="smtp.provider.example"' in good.text.lower()
    assert world.mail.tried == [(SMTP, CANARY, "ada@msp.example")]
    assert (world.mail.settings, world.audit.entries) == (None, [])


@pytest.mark.parametrize(
    "answer",
    [
        MailDelayed("smtp.provider.example:587 does not answer."),
        MailRefused("The mail server refuses the recipient: 550."),
        MailInDoubt("The mail was sent, and nobody said whether it was taken."),
    ],
)
async def test_a_test_that_fails_is_no_success_whatever_kind(
    browse: Open, answer: MailDelayed | MailRefused | MailInDoubt
) -> None:
    world = World()
    world.mail.answer = answer
    async with browse(world) as client:
        told = await client.post("/settings/mail/test", data=SMTP_FORM, headers=administrator())
        piece = await client.post(
            "/settings/mail/test", data=SMTP_FORM, headers=administrator() | {"HX-Request": "true"}
        )
    for text in (told.text, piece.text):
        assert answer.sentence in text and "The test mail left" not in text
    assert "<html" not in piece.text


@pytest.mark.parametrize(
    "recipient", ["", "ada", "ada@msp.example\r\nBcc: eve@evil.example", "a@b.example, c@d.example"]
)
async def test_a_test_mail_goes_to_one_plain_address_only(browse: Open, recipient: str) -> None:
    world = World()
    async with browse(world) as client:
        told = await client.post(
            "/settings/mail/test", data=SMTP_FORM | {"recipient": recipient}, headers=administrator()
        )
    assert told.status_code == 422 and "Type the address that the test mail goes to" in told.text
    assert world.mail.tried == []


async def test_nobody_writes_over_what_he_has_not_seen(browse: Open) -> None:
    world = World()
    seen = await read_seen(world)
    world.mail.settings = GRAPH
    async with browse(world) as client:
        answer = await client.post("/settings/mail", data=SMTP_FORM | {"seen": seen}, headers=administrator())
    assert answer.status_code == 409 and "Somebody else changed this meanwhile" in answer.text
    assert world.mail.settings == GRAPH


async def test_stopping_is_noted(browse: Open) -> None:
    world = World()
    world.mail.settings = SMTP
    async with browse(world) as client:
        answer = await client.post("/settings/mail/stop", data={"do": "stop"}, headers=administrator())
        page = await client.get(answer.headers["location"], headers=administrator())
    assert "No mail leaves yet" in page.text and "Stopped." in page.text
    [entry] = world.audit.entries
    assert entry.after == "" and "smtp.provider.example" in entry.before


def make_delivery(state: DeliveryState, **more: object) -> Delivery:
    fields: dict[str, object] = {
        "mail_id": f"digest:2026-11-22:{state}",
        "recipient": "jane@msp.example",
        "subject": f"<b>{state}</b>",
        "state": state,
        "attempts": 1,
        "changed_at": NOW,
        "sentence": f"It is {state}.",
    }
    return Delivery(**(fields | more))  # type: ignore[arg-type]


async def test_deliveries_say_what_happened_and_who_may_send_one_again(browse: Open) -> None:
    world = World()
    world.deliveries.deliveries = [
        make_delivery(DeliveryState.QUEUED, retry_at=NOW + timedelta(minutes=5)),
        make_delivery(DeliveryState.SENT, recipient="else@msp.example"),
        make_delivery(DeliveryState.FAILED),
        make_delivery(DeliveryState.IN_DOUBT),
    ]
    async with browse(world) as client:
        page = (await client.get("/settings/mail", headers=administrator())).text
        reader = (await client.get("/settings/mail", headers=administrator("Reader"))).text
    assert "2 mails need you: they may not have left" in page
    assert "Tried again from " in page
    assert page.count("&lt;b&gt;") and "<b>" not in page
    assert page.count('action="/settings/mail/again"') == 2
    assert "/settings/mail/again" not in reader and "An administrator can change it." in reader
    assert "Not sent" in reader and "In doubt" in reader


@pytest.mark.parametrize(("may", "told"), [(True, "again"), (False, "moved")])
async def test_an_operator_has_a_mail_sent_again(browse: Open, may: bool, told: str) -> None:
    world = World()
    world.deliveries.may_resend = may
    async with browse(world) as client:
        answer = await client.post(
            "/settings/mail/again", data={"mail": "digest:2026-11-22:jane"}, headers=administrator("Operator")
        )
        page = await client.get(answer.headers["location"], headers=administrator("Operator"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/settings/mail?told={told}")
    assert [mail_id for mail_id, _ in world.deliveries.resent] == ["digest:2026-11-22:jane"]
    assert 'role="status"' in page.text
