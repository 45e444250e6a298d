"""GET and POST /{tenant}/v2.0/adminconsent: a tenant's own administrator lets the application read it."""

from __future__ import annotations

from dataclasses import dataclass

from local.simulators.answers import Answer
from local.simulators.faults import FaultBoard
from local.simulators.microsoft.application import NAME, Application
from local.simulators.microsoft.browser import BrowserCall, WayBack, answer_browser, error_page, page
from local.simulators.microsoft.consent_page import Choice, Question, render_question
from local.simulators.microsoft.consents import APPLICATION, Consents
from local.simulators.microsoft.id_tokens import FOREIGN_TENANT
from local.simulators.microsoft.resources import find_resource
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Row, Tenants

ADMIN_CONSENT = "GET /{tenant}/v2.0/adminconsent"
ADMIN_CONSENT_DECISION = "POST /{tenant}/v2.0/adminconsent"
ANY_TENANT = ("organizations", "common")
_ROLES = {
    "global": ("Global Administrator", "may consent for the whole organization"),
    "cloud-application": (
        "Cloud Application Administrator",
        "may not give application permissions of Microsoft Graph",
    ),
    "stranger": ("Administrator of another organization", "has no account in this tenant"),
}


@dataclass(frozen=True)
class AdminConsent:
    tenants: Tenants
    application: Application
    consents: Consents
    faults: FaultBoard

    def show(self, call: BrowserCall) -> Answer:
        def answer(tenant: Row, _: WayBack) -> Answer:
            _read_scope(call)
            return page(render_question(self._question(call, tenant)))

        return answer_browser(call, self.tenants, self.application, answer)

    def decide(self, call: BrowserCall) -> Answer:
        return answer_browser(
            call, self.tenants, self.application, lambda tenant, way_back: self._decide(call, tenant, way_back)
        )

    def _decide(self, call: BrowserCall, tenant: Row, way_back: WayBack) -> Answer:
        scope = _read_scope(call)
        role, _, chosen_id = call.form.get("account", "").partition(":")
        chosen = self.tenants.find(chosen_id) if chosen_id else tenant
        if fault := self.faults.take("consent_refused", ADMIN_CONSENT_DECISION, tenant["id"]):
            return _refuse(SignInError(int(fault.detail or "65004")), call, way_back)
        if call.form.get("decision") != "accept":
            return _refuse(SignInError(65004), call, way_back)
        if role not in _ROLES or role == "stranger" or chosen is None:
            return error_page(SignInError(50020), call.now)
        if chosen["id"] != tenant["id"] and call.tenant not in ANY_TENANT:
            return error_page(SignInError(50020), call.now)
        gives_roles = scope.endswith("/.default")
        if gives_roles and role != "global":
            return error_page(SignInError(90094), call.now)
        # Only /.default gives application permissions; anything else consents to delegated ones.
        self.consents.consent_as_administrator(chosen, APPLICATION if gives_roles else ())
        fault = self.faults.take("admin_consent_wrong_tenant", ADMIN_CONSENT_DECISION, tenant["id"])
        told = chosen["id"] if fault is None else fault.detail or FOREIGN_TENANT
        return way_back.send({"admin_consent": "True", "tenant": told, "scope": scope})

    def _question(self, call: BrowserCall, tenant: Row) -> Question:
        return Question(
            heading="Permissions requested: accept for your organization",
            explanation=f"The application {NAME} ({self.application.client_id}) wants to read this organization on its "
            f"own, without anybody signed in. The answer goes to {call.parameters['redirect_uri']}.",
            permissions=["Read organization information", "Read all users' full profiles"],
            who="Sign in as",
            choices=self._choices(call, tenant),
            address=call.address,
        )

    def _choices(self, call: BrowserCall, tenant: Row) -> list[Choice]:
        """Where the address names no tenant, whoever signs in decides which one it is."""
        if call.tenant in ANY_TENANT:
            tenants = [*self.tenants.direct(), tenant]
            return [_choice("global", each) for each in tenants]
        return [_choice(role, tenant) for role in _ROLES]


def _choice(role: str, tenant: Row) -> Choice:
    name, about = _ROLES[role]
    domain = "elsewhere.example" if role == "stranger" else tenant["domain"]
    where = "" if role == "stranger" else f" of {tenant['displayName']}"
    return Choice(f"{role}:{tenant['id']}", f"{name}{where}", f"admin@{domain}", about)


def _read_scope(call: BrowserCall) -> str:
    scope = call.need("scope")
    find_resource(scope.split(), call.base_url)
    return scope


def _refuse(refused: SignInError, call: BrowserCall, way_back: WayBack) -> Answer:
    """Microsoft says admin_consent=True even then: only `error` tells."""
    return way_back.refuse(refused, call.now, error="consent_required", admin_consent="True")
