"""GET and POST /{tenant}/oauth2/v2.0/authorize: somebody of the partner signs in and consents, or does not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from local.simulators.answers import Answer
from local.simulators.faults import FaultBoard
from local.simulators.microsoft.accounts import ACCOUNTS, find_account
from local.simulators.microsoft.application import NAME, Application
from local.simulators.microsoft.browser import BrowserCall, WayBack, answer_browser, error_page, page
from local.simulators.microsoft.codes import AuthorizationCodes, CodeBinding
from local.simulators.microsoft.consent_page import Choice, Question, render_question
from local.simulators.microsoft.consents import DELEGATED
from local.simulators.microsoft.resources import GRAPH, PARTNER_CENTER, SIGN_IN_SCOPES, find_resource
from local.simulators.microsoft.signin_errors import SignInError
from local.simulators.microsoft.tenants import Row, Tenants

AUTHORIZE = "GET /{tenant}/oauth2/v2.0/authorize"
AUTHORIZE_DECISION = "POST /{tenant}/oauth2/v2.0/authorize"
_PROMPTS = ("login", "select_account", "consent")
_CHALLENGE_LENGTHS = range(43, 129)
_WORDS = {
    "Directory.Read.All": "Read directory data",
    "Organization.Read.All": "Read organization information",
    "User.Read.All": "Read all users' full profiles",
}


@dataclass(frozen=True)
class Authorize:
    tenants: Tenants
    application: Application
    codes: AuthorizationCodes
    faults: FaultBoard

    def show(self, call: BrowserCall) -> Answer:
        def answer(tenant: Row, _: WayBack) -> Answer:
            return page(render_question(self._question(call, self._read(call, tenant))))

        return answer_browser(call, self.tenants, self.application, answer)

    def decide(self, call: BrowserCall) -> Answer:
        """What was asked is checked again: it comes from a browser."""
        return answer_browser(
            call, self.tenants, self.application, lambda tenant, way_back: self._decide(call, tenant, way_back)
        )

    def _decide(self, call: BrowserCall, tenant: Row, way_back: WayBack) -> Answer:
        binding = self._read(call, tenant)
        if fault := self.faults.take("consent_refused", AUTHORIZE_DECISION, tenant["id"]):
            raise SignInError(int(fault.detail or "65004"))
        if call.form.get("decision") != "accept":
            return way_back.refuse(SignInError(65004), call.now, error_subcode="cancel")
        account = find_account(call.form.get("account", ""))
        if account is None or tenant["id"] != self.tenants.partner_tenant_id:
            return error_page(SignInError(50020), call.now)
        told = {"code": self.codes.issue(CodeBinding(**{**binding, "account": account.key}))}
        told["session_state"] = str(uuid.uuid4())
        if fault := self.faults.take("state_altered", AUTHORIZE_DECISION, tenant["id"]):
            told["state"] = fault.detail or "another-state"
        if self.faults.take("code_missing", AUTHORIZE_DECISION, tenant["id"]):
            del told["code"]
        return way_back.send(told)

    def _read(self, call: BrowserCall, tenant: Row) -> Row:
        """What a code would be bound to. Raises SignInError, which goes back to the application."""
        asked = call.parameters
        if call.need("response_type") != "code":
            raise SignInError(70005, f"(response_type '{asked['response_type']}')")
        if asked.get("response_mode", "query") != "query":
            raise SignInError(90023, f"(response_mode '{asked['response_mode']}'; this stand-in plays query only)")
        scope = call.need("scope")
        find_resource(scope.split(), call.base_url)
        if asked.get("prompt") == "none":
            raise SignInError(50058)
        if asked.get("prompt", "login") not in _PROMPTS:
            raise SignInError(90023, f"(prompt '{asked['prompt']}')")
        challenge = asked.get("code_challenge")
        method = asked.get("code_challenge_method", "plain")
        if challenge is not None and (len(challenge) not in _CHALLENGE_LENGTHS or method not in ("plain", "S256")):
            raise SignInError(50147)
        return {
            "tenant_id": tenant["id"],
            "client_id": self.application.client_id,
            "redirect_uri": asked["redirect_uri"],
            "scope": scope,
            "nonce": asked.get("nonce"),
            "challenge": challenge,
            "challenge_method": method,
        }

    def _question(self, call: BrowserCall, binding: Row) -> Question:
        domain = str(self.tenants.partner["domain"])
        choices = [Choice(each.key, each.name, each.user_name(domain), each.about) for each in ACCOUNTS]
        return Question(
            heading="Permissions requested",
            explanation=f"The application {NAME} ({binding['client_id']}) asks for consent. "
            f"The answer goes to {binding['redirect_uri']}.",
            permissions=_permissions(binding["scope"].split(), call.base_url),
            who=f"Sign in to {self.tenants.partner['displayName']} as",
            choices=choices,
            address=call.address,
            hint=call.parameters.get("login_hint", ""),
        )


def _permissions(scopes: list[str], base_url: str) -> list[str]:
    """In words, for people."""
    told: list[str] = []
    for scope in scopes:
        resource, _, name = scope.rpartition("/")
        if scope in SIGN_IN_SCOPES:
            continue
        if resource in (GRAPH, base_url):
            told += [_WORDS[each] for each in DELEGATED] if name == ".default" else [name]
        if resource in (PARTNER_CENTER, base_url):
            told.append("Access Partner Center as the signed-in account (user_impersonation)")
    if "offline_access" in scopes:
        told.append("Keep this access until it is taken back (offline_access)")
    return list(dict.fromkeys(told))
