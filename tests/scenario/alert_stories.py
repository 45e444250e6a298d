"""Each kind of alert as a story of the demo MSP: what raises it for real, and the next step that it names.

`test_alert_kinds.py` plays them all in one world; docs/alerts.md names them. What people do at Microsoft or in the PSA
is done at the simulators, what they do in Seatledger on its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from urllib.parse import parse_qs, urlsplit

from local.demo.msp.customers import BY_TENANT_KEY
from local.demo.msp.events import alter_tenant, buy
from local.demo.msp.people import make_user
from local.demo.msp.product import mapping_id, profile_id
from local.demo.msp.psa import microsoft_agreement
from local.demo.msp.skus import BY_KEY
from plans.alerts.alert import AlertKind
from tests.scenario.alert_world import Office, line_path, map_path, write_moment
from tests.scenario.forms import read_form

FIRST_NIGHT = date(2026, 11, 27)
SECOND_NIGHT, THIRD_NIGHT, LAST_NIGHT = (FIRST_NIGHT + timedelta(days=days) for days in (1, 2, 3))
ACCOUNT = "/settings/connections/microsoft/main"
POST_ADDITION = "POST /finance/agreements/{parentId}/additions"
NEXT_INVOICE = date(2026, 12, 1)
LATER = "2028-05-01"

type Do = Callable[[Office], object]


class Clears(Enum):
    """What sees that the step was done."""

    NIGHT = "the next night"
    HOUR = "the hourly look"


@dataclass(frozen=True)
class Story:
    """What raises an alert of that kind about `name`, the name of a customer or tenant, and what its next step is done
    with. `starts` happens after the first night, `goes_on` after the second. `words` are in its sentence."""

    kind: AlertKind
    name: str
    words: str
    step: Do
    starts: Do | None = None
    goes_on: Do | None = None
    clears: Clears = Clears.NIGHT


def name_of(key: str) -> str:
    return BY_TENANT_KEY[key].name


def map_licence(key: str, sku_key: str) -> Do:
    """The licence is mapped on its page."""
    typed = {"profile": profile_id(BY_KEY[sku_key]), "agreement": str(microsoft_agreement(BY_TENANT_KEY[key]))}
    return lambda office: office.send(map_path(key, sku_key), **typed)


def approve(key: str, sku_key: str) -> Do:
    """The line is ticked under Approvals, and allowed."""

    def act(office: Office) -> None:
        page = f"/approvals?q={name_of(key).split(maxsplit=1)[0]}"
        wanted = f":{key}:{mapping_id(key, sku_key)}"
        form = read_form(office.client.get(f"{page}&tick=all").text, "/approvals/approve")
        (ticked,) = [value for name, value in form.fields if name == "hold" and wanted in value]
        office.send(page, "/approvals/approve", hold=ticked, reason="They grow")

    return act


def accept(key: str, sku_key: str) -> Do:
    """What somebody changed in the PSA is accepted as it is, on the page of the line."""
    path = line_path(key, sku_key, "adopt")
    return lambda office: office.send(path, reason="Ours is the mistake")


def edit_in_psa(key: str, sku_key: str, change: Callable[[], dict[str, object]]) -> Do:
    """Somebody types over an addition of ours."""

    def act(office: Office) -> None:
        office.in_psa(key, change(), f"/additions/{office.list_ours(key, sku_key)[0]['id']}")

    return act


def add_foreign(key: str, sku_key: str) -> Do:
    """Another tool writes an addition of a product that we bill there."""

    def act(office: Office) -> None:
        ours = office.list_ours(key, sku_key)[0]
        members = {
            "product": ours["product"],
            "quantity": 3,
            "billCustomer": "Billable",
            "serialNumber": "CloudConsole-7",
        }
        office.in_psa(key, members | {"effectiveDate": f"{FIRST_NIGHT}T00:00:00Z"}, "/additions", "POST")

    return act


def end_foreign(key: str) -> Do:
    """Somebody ends it in the PSA."""

    def act(office: Office) -> None:
        place = microsoft_agreement(BY_TENANT_KEY[key])
        rows = office.tell("connectwise", "GET", "/state")["additions"]
        (foreign,) = [
            row["id"] for row in rows if row["agreementId"] == place and "Cloud" in row.get("serialNumber", "")
        ]
        office.in_psa(key, {"cancelledDate": f"{SECOND_NIGHT}T00:00:00Z"}, f"/additions/{foreign}")

    return act


def buy_and_sync(key: str, sku_key: str) -> Do:
    """A seat more, which Seatledger writes at once, because somebody asks it to; and another tool takes it away."""

    def act(office: Office) -> None:
        office.happens(buy(key, sku_key, 1))
        office.send(f"/customers/{key}", f"/customers/{key}/sync")
        office.finish_runs()
        take_seat_away(office, key, sku_key)

    return act


def take_seat_away(office: Office, key: str, sku_key: str) -> None:
    """Somebody or something takes back the seat that Seatledger wrote last."""
    newest = office.list_ours(key, sku_key)[-1]
    path, seats = f"/additions/{newest['id']}", newest["quantity"] - 1
    office.in_psa(key, {"quantity": seats} if seats else {}, path, "PATCH" if seats else "DELETE")


def accept_and_write_again(key: str, sku_key: str) -> Do:
    """A person accepts what is left and approves that the seat is written again; the other tool takes it away again."""

    def act(office: Office) -> None:
        accept(key, sku_key)(office)
        office.finish_runs()
        approve(key, sku_key)(office)
        office.finish_runs()
        take_seat_away(office, key, sku_key)

    return act


def refuse_writes(office: Office) -> None:
    """ConnectWise refuses every new addition from now on, and somebody buys a seat."""
    office.tell("connectwise", "POST", "/faults", {"name": "status", "operation": POST_ADDITION, "detail": "400"})
    office.happens(buy("maple-street-school", "E3", 1))


def let_credits(key: str, sku_key: str) -> Do:
    """Fewer seats are billed from their day, by the form of the mapping; the next month is invoiced early, and then a
    seat is given up."""

    def act(office: Office) -> None:
        agreements = [microsoft_agreement(BY_TENANT_KEY[key])]
        office.tell("connectwise", "POST", "/invoice", {"date": f"{NEXT_INVOICE}", "agreements": agreements})
        office.send(map_path(key, sku_key), gives_credits="yes")
        office.happens(buy(key, sku_key, -1))

    return act


def tick_off(key: str) -> Do:
    """The credit is given in the PSA, and its number typed in."""
    return lambda office: office.send(
        f"/approvals/credits?q={name_of(key).split(maxsplit=1)[0]}", "/approvals/credits/settle", invoice="C-17"
    )


def set_relationships(key: str, change: Mapping[str, object]) -> Do:
    """Every relationship with a tenant that is in force."""

    def act(office: Office) -> None:
        for row in office.tell("microsoft", "GET", "/state")["relationships"]:
            if row["customer"]["tenantId"] == BY_TENANT_KEY[key].id and row["status"] == "active":
                office.tell("microsoft", "PATCH", f"/relationships/{row['id']}", dict(change))

    return act


def assign_seat(key: str, sku_key: str) -> Do:
    """A new user gets the seat that nobody has."""

    def act(office: Office) -> None:
        user = make_user(BY_TENANT_KEY[key], len(office.tenant(key)["users"]), [BY_KEY[sku_key].id])
        office.at_microsoft(key, {name: value for name, value in user.items() if name != "id"}, "/users/new-one")

    return act


def take_licences(key: str) -> Do:
    """Whoever cannot sign in gives the licences back."""

    def act(office: Office) -> None:
        for user in office.tenant(key)["users"]:
            if user["licenses"] and not user["accountEnabled"]:
                office.at_microsoft(key, {"licenses": []}, f"/users/{user['id']}")

    return act


def confirm_gone(key: str) -> Do:
    """A person says that the customer has left."""
    return lambda office: office.send(f"/customers/{key}/gone", reason="They sold the firm")


def exclude_tenant(key: str) -> Do:
    """A person says that nothing of the tenant is billed."""
    page = f"/customers/add/exclude?tenant={BY_TENANT_KEY[key].id}"
    return lambda office: office.send(page, "/customers/add/exclude", reason="Our own")


def set_secret_end(day: str) -> Do:
    """A person types the last day of the client secret."""
    return lambda office: office.send(f"{ACCOUNT}/change", name="Main", secret_expires_on=day)


def find_shared_mailboxes(office: Office) -> None:
    """The account is to read the mailbox report of its tenants, and one of them lets the application do it."""
    office.send(f"{ACCOUNT}/change", name="Main", reads_mailboxes="yes")
    office.send(f"{ACCOUNT}/tenants", tenant=BY_TENANT_KEY["pinewood-property"].id)
    office.wait(lambda: "Reports.Read.All" in str(office.tenant("pinewood-property").get("applicationConsents")))


def sign_in_again(office: Office) -> None:
    """There to Microsoft's page, whose answer is yes, and back with a code."""
    asked = office.send(ACCOUNT, f"{ACCOUNT}/consent").headers["location"]
    question = office.client.get(asked)
    form = read_form(question.text, urlsplit(asked).path)
    address = f"{asked.partition('?')[0]}?{urlsplit(form.action).query}" if form.action else asked
    answered = office.client.post(address, data=dict(form.fields) | {"decision": "accept"})
    back = answered.headers["location"]
    assert "code" in parse_qs(urlsplit(back).query), back
    assert office.client.get(back).status_code in (200, 302, 303)


def wait_for_night(_: Office) -> None:
    """Nobody needs to do anything: the next night is the step."""


STORIES: dict[str, Story] = {
    "access-refused": Story(
        AlertKind.INVALID_AUTHORISATION,
        name_of("riverbend-clinic"),
        "There is no GDAP relationship with Riverbend Clinic",
        lambda office: office.happens(alter_tenant("riverbend-clinic", {"signInError": None}, "active", "approved")),
    ),
    "not-readable": Story(
        AlertKind.UNKNOWN_READING,
        name_of("fairview-hotels"),
        "Microsoft was busy",
        lambda office: office.at_microsoft("fairview-hotels", {"throttled": None}),
    ),
    "before-the-invoice": Story(
        AlertKind.BEFORE_INVOICE,
        name_of("kestrel-aviation"),
        "without: licences without a billing profile",
        map_licence("kestrel-aviation", "E5"),
    ),
    "no-billing-profile": Story(
        AlertKind.NO_PROFILE,
        name_of("mueller-soehne"),
        "2 seats of it are paid for, and no profile bills them.",
        map_licence("mueller-soehne", "PBI"),
    ),
    "held": Story(
        AlertKind.HELD,
        name_of("harbour-dental"),
        "Approve it, or refuse it.",
        approve("harbour-dental", "BP"),
        starts=lambda office: office.happens(buy("harbour-dental", "BP", 30)),
    ),
    "parked": Story(
        AlertKind.PARKED,
        name_of("lakeside-vet"),
        "was changed in the PSA since Seatledger wrote it",
        accept("lakeside-vet", "BS"),
        starts=edit_in_psa("lakeside-vet", "BS", lambda: {"quantity": 12.0}),
    ),
    "counts-differ": Story(
        AlertKind.COUNT_MISMATCH,
        name_of("bits-bytes"),
        "Microsoft counts 17 seats of it, but lists subscriptions for 14.",
        lambda office: office.change_purchase("bits-bytes", "BP", prepaidLicenses=None),
        starts=lambda office: office.change_purchase("bits-bytes", "BP", prepaidLicenses=17),
    ),
    "second-writer": Story(
        AlertKind.SECOND_WRITER,
        name_of("evergreen"),
        "another tool bills what Seatledger bills",
        end_foreign("evergreen"),
        starts=add_foreign("evergreen", "BB"),
    ),
    "set-back": Story(
        AlertKind.SECOND_WRITER,
        name_of("blue-heron"),
        "was set back from 6 to 5 after each of the last 2 writes",
        accept("blue-heron", "VISIO"),
        starts=buy_and_sync("blue-heron", "VISIO"),
        goes_on=accept_and_write_again("blue-heron", "VISIO"),
    ),
    "credit-proposal": Story(
        AlertKind.CREDIT_PROPOSAL,
        name_of("cedar-ridge-law"),
        "were invoiced and not owed",
        tick_off("cedar-ridge-law"),
        starts=let_credits("cedar-ridge-law", "P2"),
        clears=Clears.HOUR,
    ),
    "tenant-removed": Story(
        AlertKind.TENANT_REMOVED,
        name_of("sunny-yoga"),
        "It goes on being billed as before until somebody confirms",
        confirm_gone("sunny-yoga"),
        starts=lambda office: office.at_microsoft("sunny-yoga", {"isDirect": True}),
    ),
    "tenant-not-added": Story(
        AlertKind.TENANT_NOT_ADDED,
        name_of("zephyr-consulting"),
        "Nobody reads what it has",
        exclude_tenant("zephyr-consulting"),
        clears=Clears.HOUR,
    ),
    "client-secret-ends": Story(
        AlertKind.SECRET_EXPIRING,
        "",
        "The client secret of Main ends in",
        set_secret_end(LATER),
        starts=set_secret_end("2026-12-08"),
        clears=Clears.HOUR,
    ),
    "gdap-ends": Story(
        AlertKind.GDAP_EXPIRING,
        name_of("beacon-nonprofit"),
        "Our access to Beacon Nonprofit Alliance ends in",
        set_relationships("beacon-nonprofit", {"endDateTime": f"{LATER}T00:00:00Z"}),
        starts=set_relationships(
            "beacon-nonprofit", {"endDateTime": write_moment(FIRST_NIGHT, 12), "autoExtendDuration": "PT0S"}
        ),
    ),
    "agreement-ends": Story(
        AlertKind.AGREEMENT_ENDING,
        name_of("pinewood-property"),
        "Microsoft 365 ends on 15 Dec 2026",
        lambda office: office.in_psa("pinewood-property", {"endDate": f"{LATER}T00:00:00Z"}) and None,
        starts=lambda office: office.in_psa(
            "pinewood-property", {"endDate": "2026-12-15T00:00:00Z", "noEndingDateFlag": False}
        ),
    ),
    "seats-can-be-given-back": Story(
        AlertKind.RENEWAL_WINDOW,
        name_of("northwind-logistics"),
        "880 seats renew by themselves on",
        lambda office: office.change_purchase("northwind-logistics", "E3", autoRenew=False),
        starts=lambda office: office.change_purchase(
            "northwind-logistics", "E3", createdDateTime=write_moment(FIRST_NIGHT, 20 - 365)
        ),
    ),
    "unused-seats": Story(
        AlertKind.UNUSED_SEATS,
        name_of("alder-grove"),
        "1 of 13 seats is assigned to nobody.",
        assign_seat("alder-grove", "BP"),
    ),
    "disabled-users": Story(
        AlertKind.DISABLED_USER,
        name_of("obrien-plumbing"),
        "1 user who cannot sign in holds it",
        take_licences("obrien-plumbing"),
    ),
    "shared-mailboxes": Story(
        AlertKind.SHARED_MAILBOX,
        name_of("pinewood-property"),
        "3 shared mailboxes hold it by the report of",
        take_licences("pinewood-property"),
        starts=find_shared_mailboxes,
    ),
    "night-missed": Story(
        AlertKind.NIGHT_MISSED,
        "",
        "nothing was read since",
        wait_for_night,
    ),
    "sign-in-ends": Story(
        AlertKind.TOKEN_EXPIRING,
        "",
        "has not been used for long",
        sign_in_again,
        clears=Clears.HOUR,
    ),
    # Last, because from its beginning on ConnectWise refuses everybody.
    "not-written": Story(
        AlertKind.PUSH_FAILED,
        name_of("maple-street-school"),
        "400",
        lambda office: office.tell("connectwise", "DELETE", "/faults"),
        goes_on=refuse_writes,
    ),
}
