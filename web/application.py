"""The web application: middleware from the outside in, then the routes of the permission table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.actions.offering import OfferReader
from web.api.description import APIS, DescriptionApi
from web.context import WebContext
from web.errors import ErrorBarrier, ErrorPages
from web.pages.accounts.routes import list_microsoft
from web.pages.add_bulk import BulkPage
from web.pages.add_one import AddPage
from web.pages.additions import AdditionPage
from web.pages.adoptions import AdoptionPage
from web.pages.alerts import AlertsPage
from web.pages.also_waiting import AlsoWaitingPiece
from web.pages.approvals import ApprovalsPage
from web.pages.changes_log import ChangesLogPage
from web.pages.connection import ConnectionPage, write_new_address
from web.pages.connections import ConnectionsPage, Listener
from web.pages.credits import CreditsPage
from web.pages.customer import CustomerPage
from web.pages.customer_account import CustomerAccountPage
from web.pages.customer_settings import CustomerSettingsPage
from web.pages.customers import CustomersPage
from web.pages.exclusions import ExclusionsPage
from web.pages.forecasts import ForecastsPage
from web.pages.general import GeneralPage
from web.pages.gone import GonePage
from web.pages.health import HealthPage
from web.pages.invoices import InvoicesPage
from web.pages.last_night import LastNightPage
from web.pages.licence_actions import LicenceActions
from web.pages.mail import MailPage
from web.pages.mapping import MappingPage
from web.pages.moving import MovingPage
from web.pages.notifications import NotificationsPage
from web.pages.people import PeoplePage
from web.pages.profiles import ProfilesPage
from web.pages.psa_forms import PSA_NAMES
from web.pages.run import RunPage
from web.pages.runs import RunsPage
from web.pages.site import Site
from web.pages.sync_now import SyncPage
from web.pages.tokens import TokensPage
from web.pages.tools.routes import list_tools
from web.pages.webhooks import WebhooksPage
from web.rendering import Renderer
from web.security.gate import Gate
from web.security.headers import SecurityHeaders
from web.security.keys import SignInKeys
from web.security.permissions import PERMISSIONS, check_every_route_has_permission
from web.security.same_origin import SameOriginGuard
from web.security.scripts import ScriptSignIn
from web.static_files import StaticFiles


def create_application(context: WebContext) -> FastAPI:
    """Everything behind the catch-all HTTP function. Raises Bug where a route has no permission."""
    static_files = StaticFiles()
    renderer = Renderer(static_files)
    errors = ErrorPages(renderer)
    app = FastAPI(title="Seatledger", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    site = Site(context, renderer)
    for method, path, answer in list_customers(site, context):
        app.add_route(path, answer, methods=[method], include_in_schema=False)
    for path, answer in list_pages(site, context):
        app.add_route(path, answer, methods=["GET"], include_in_schema=False)
    for path, answer in list_money(site):
        app.add_route(path, answer, methods=["GET"], include_in_schema=False)
    for method, path, answer in (
        *list_decisions(site, context),
        *list_microsoft(site, context),
        *list_mapping(site, context),
        *list_profiles(site, context),
        *list_settings(site, context),
        *list_alerts(site, context),
        *list_connections(site, context),
        *list_tools(site, context),
        *list_api(site, context),
    ):
        app.add_route(path, answer, methods=[method], include_in_schema=False)
    app.add_route("/static/{digest}/{name:path}", static_files.serve, methods=["GET"], include_in_schema=False)
    check_every_route_has_permission(app.routes, PERMISSIONS)
    app.add_exception_handler(HTTPException, errors.answer_http_exception)
    app.add_exception_handler(RequestValidationError, errors.answer_http_exception)
    add_middleware(app, context, errors)
    return app


def list_customers(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """Adding customers, and what is decided about one as a whole. They come before the paths with a name in them."""
    offers = OfferReader()
    one, bulk = AddPage(site, context, offers), BulkPage(site, context, offers)
    own = CustomerSettingsPage(site, context, CustomerPage(site))
    account = CustomerAccountPage(site, context, CustomerPage(site))
    sync = SyncPage(site, context, CustomersPage(site))
    path = "/customers/{customer_id}"
    return [
        ("GET", "/customers/add", one.show),
        ("POST", "/customers/add", one.add),
        ("GET", "/customers/add/bulk", bulk.show),
        ("POST", "/customers/add/bulk", bulk.add),
        ("GET", "/customers/add/exclude", bulk.ask_exclude),
        ("POST", "/customers/add/exclude", bulk.exclude),
        ("POST", "/customers/add/offer", bulk.offer_again),
        ("POST", "/customers/add/refresh", bulk.refresh),
        ("POST", "/customers/sync", sync.sync_many),
        ("POST", f"{path}/sync", sync.sync_one),
        ("GET", "/runs/{run_id}/asked", sync.show_asked),
        ("GET", f"{path}/settings", own.show),
        ("POST", f"{path}/settings", own.rename),
        ("POST", f"{path}/settings/live", own.go_live),
        ("POST", f"{path}/settings/observe", own.observe),
        ("POST", f"{path}/settings/proration", own.choose_proration),
        ("GET", f"{path}/account", account.show),
        ("POST", f"{path}/account", account.choose),
        ("GET", f"{path}/remove", own.ask_remove),
        ("POST", f"{path}/remove", own.remove),
        ("POST", f"{path}/end", own.end_lines),
    ]


def list_pages(site: Site, context: WebContext) -> list[tuple[str, Callable[[Request], Awaitable[Response]]]]:
    """What is looked at, and the file beside each list."""
    customers, customer, runs, run = CustomersPage(site), CustomerPage(site), RunsPage(site), RunPage(site, context)
    return [
        ("/", LastNightPage(site, context).show),
        ("/customers", customers.show),
        ("/customers.csv", customers.download),
        ("/customers/{customer_id}", customer.show),
        ("/customers/{customer_id}/licences.csv", customer.download),
        ("/customers/{customer_id}/users", customer.show_users),
        ("/customers/{customer_id}/users.csv", customer.download_users),
        ("/customers/{customer_id}/history", customer.show_history),
        ("/customers/{customer_id}/history.csv", customer.download_history),
        ("/customers/{customer_id}/waiting", customer.show_waiting),
        ("/runs", runs.show),
        ("/runs.csv", runs.download),
        ("/runs/{run_id}", run.show),
        ("/runs/{run_id}/customers.csv", run.download),
        ("/runs/{run_id}/changes", run.show_changes),
        ("/runs/{run_id}/changes.csv", run.download_changes),
        ("/runs/{run_id}/log", run.show_log),
        ("/runs/{run_id}/log.csv", run.download_log),
    ]


def list_money(site: Site) -> list[tuple[str, Callable[[Request], Awaitable[Response]]]]:
    """What invoices are forecast to be, and what they came to."""
    invoices = ForecastsPage(site)
    return [
        ("/invoices", invoices.show),
        ("/invoices.csv", invoices.download),
        ("/invoices/{connection_id}/{agreement_id}", invoices.show_agreement),
        ("/invoices/{connection_id}/{agreement_id}/invoices.csv", invoices.download_agreement),
    ]


def list_decisions(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """What waits for people, and what they answer. A path with a name in it comes after those without."""
    approvals, proposals, addition = ApprovalsPage(site, context), CreditsPage(site), AdditionPage(site, context)
    invoices = InvoicesPage(site)
    also = AlsoWaitingPiece(site, context, invoices)
    story = "/customers/{customer_id}/additions/{connection_id}/{addition_id}"
    adoption, adopt = AdoptionPage(site, context), "/customers/{customer_id}/licences/{mapping_id}/adopt"
    return [
        ("GET", "/approvals", approvals.show),
        ("GET", "/approvals.csv", approvals.download),
        ("GET", "/approvals/count", approvals.count),
        ("POST", "/approvals/approve", approvals.approve),
        ("POST", "/approvals/refuse", approvals.refuse),
        ("GET", "/approvals/credits", proposals.show),
        ("GET", "/approvals/credits.csv", proposals.download),
        ("POST", "/approvals/credits/settle", proposals.settle),
        ("GET", "/approvals/invoices", invoices.show),
        ("GET", "/approvals/invoices.csv", invoices.download),
        ("GET", "/approvals/also", also.show),
        ("GET", "/approvals/{hold_id}", approvals.show_hold),
        ("GET", story, addition.show),
        ("GET", f"{story}/undo", addition.show_undo),
        ("POST", f"{story}/undo", addition.undo),
        ("GET", adopt, adoption.show),
        ("POST", adopt, adoption.adopt),
    ]


def list_mapping(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """How a customer's licence is billed."""
    mapping, licence = MappingPage(site, context), "/customers/{customer_id}/licences/{sku_id}"
    actions = LicenceActions(site, context, CustomerPage(site).show_licences)
    moving, move = MovingPage(site, context), "/customers/{customer_id}/agreements/{agreement_id}/move"
    return [
        ("GET", move, moving.show),
        ("POST", move, moving.move),
        ("GET", f"{licence}/map", mapping.show),
        ("POST", f"{licence}/map", mapping.save),
        ("POST", f"{licence}/map/preview", mapping.preview),
        ("POST", f"{licence}/quick", actions.quick),
        ("GET", f"{licence}/exclude", actions.show_exclude),
        ("POST", f"{licence}/exclude", actions.exclude),
        ("GET", f"{licence}/end", actions.show_end),
        ("POST", f"{licence}/end", actions.end),
        ("POST", f"{licence}/include", actions.include),
        ("POST", f"{licence}/reopen", actions.reopen),
    ]


def list_profiles(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """How kinds of licences are billed. A path with a name in it comes after those without."""
    profiles = ProfilesPage(site, context)
    return [
        ("GET", "/profiles", profiles.show),
        ("GET", "/profiles.csv", profiles.download),
        ("GET", "/profiles/new", profiles.show_new),
        ("POST", "/profiles/new", profiles.make),
        ("GET", "/profiles/{profile_id}", profiles.show_one),
        ("POST", "/profiles/{profile_id}", profiles.change),
        ("POST", "/profiles/{profile_id}/remove", profiles.remove),
    ]


def list_settings(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """What administrators set."""
    tokens, mail, health = TokensPage(site, context), MailPage(site, context), HealthPage(site, context)
    general, exclusions, changes = (
        GeneralPage(site, context),
        ExclusionsPage(site, context),
        ChangesLogPage(site, context),
    )
    webhooks = WebhooksPage(site, context)
    return [
        ("GET", "/settings/webhooks", webhooks.show),
        ("POST", "/settings/webhooks", webhooks.make),
        ("POST", "/settings/webhooks/test", webhooks.test),
        ("POST", "/settings/webhooks/again", webhooks.send_again),
        ("POST", "/settings/webhooks/remove", webhooks.remove),
        ("GET", "/settings", general.show),
        ("POST", "/settings/preferences", general.save_preferences),
        ("POST", "/settings/brakes", general.save_brakes),
        ("POST", "/settings/pause", general.pause),
        ("GET", "/settings/mail", mail.show),
        ("POST", "/settings/mail", mail.save),
        ("POST", "/settings/mail/test", mail.test),
        ("POST", "/settings/mail/stop", mail.stop),
        ("POST", "/settings/mail/again", mail.send_again),
        ("GET", "/settings/exclusions", exclusions.show),
        ("POST", "/settings/exclusions", exclusions.add),
        ("POST", "/settings/exclusions/free", exclusions.add_free),
        ("POST", "/settings/exclusions/remove", exclusions.remove),
        ("GET", "/settings/people", PeoplePage(site, context).show),
        ("GET", "/settings/changes", changes.show),
        ("GET", "/settings/changes.csv", changes.download),
        ("GET", "/health", health.answer),
        ("GET", "/settings/health", health.show),
        ("GET", "/settings/tokens", tokens.show),
        ("POST", "/settings/tokens", tokens.issue),
        ("POST", "/settings/tokens/revoke", tokens.revoke),
    ]


def list_alerts(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """What needs a person, what is muted, and what is told to whom."""
    alerts, notifications = AlertsPage(site, context), NotificationsPage(site, context)
    gone, path = GonePage(site, context, CustomerPage(site)), "/customers/{customer_id}"
    return [
        ("GET", "/alerts", alerts.show),
        ("GET", "/alerts.csv", alerts.download),
        ("GET", "/alerts/mute", alerts.ask_mute),
        ("POST", "/alerts/mute", alerts.mute),
        ("GET", "/alerts/muted", alerts.show_muted),
        ("POST", "/alerts/unmute", alerts.unmute),
        ("GET", f"{path}/gone", gone.ask),
        ("POST", f"{path}/gone", gone.confirm),
        ("POST", f"{path}/keep", gone.keep),
        ("GET", "/settings/notifications", notifications.show),
        ("POST", "/settings/notifications", notifications.save),
        ("GET", "/settings/notifications/preview", notifications.preview),
    ]


def list_connections(
    site: Site, context: WebContext
) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """What is connected. A path with a name in it comes after those without."""
    listener = Listener(site, context)
    connections, one = ConnectionsPage(site, context, listener), "/settings/connections/{connection_id}"
    page, autotask = (ConnectionPage(site, context, listener, kind) for kind in PSA_NAMES)
    new, new_autotask = (write_new_address(kind) for kind in PSA_NAMES)
    return [
        ("GET", "/settings/connections", connections.show),
        ("GET", new, page.show_new),
        ("POST", new, page.save),
        ("POST", f"{new}/test", page.test),
        ("GET", new_autotask, autotask.show_new),
        ("POST", new_autotask, autotask.save),
        ("POST", f"{new_autotask}/test", autotask.test),
        ("GET", one, page.show),
        ("POST", one, page.save),
        ("POST", f"{one}/test", page.test),
        ("GET", f"{one}/health", connections.show_health),
        ("GET", f"{one}/look", page.look),
        ("GET", f"{one}/remove", page.show_removal),
        ("POST", f"{one}/remove", page.remove),
    ]


def list_api(site: Site, context: WebContext) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
    """The same as JSON: every operation is answered by the method that has its name."""
    description = DescriptionApi(site)
    operations = [
        (each, getattr(api, each.name))
        for api in (make(site, context) for make in APIS.values())
        for each in api.OPERATIONS
    ]
    return [
        *((each.method, each.path, answer) for each, answer in operations),
        ("GET", "/api/v1/openapi.json", description.show_json),
        ("GET", "/api/v1/docs", description.show_page),
    ]


def add_middleware(app: FastAPI, context: WebContext, errors: ErrorPages) -> None:
    """What is added last stands outermost."""
    keys = SignInKeys(context.fetch_sign_in_keys, context.now)
    app.add_middleware(SameOriginGuard, own_origin=find_origin(context.public_url), errors=errors)
    app.add_middleware(
        Gate,
        routes=app.routes,
        table=PERMISSIONS,
        sign_in=context.sign_in,
        keys=keys,
        scripts=ScriptSignIn(context.tokens, context.now),
        errors=errors,
    )
    app.add_middleware(ErrorBarrier, errors=errors)
    app.add_middleware(SecurityHeaders, login_origin=context.login_origin)


def find_origin(url: str | None) -> str | None:
    """Scheme, host and port of an address, as browsers write an Origin."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
