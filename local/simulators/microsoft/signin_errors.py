"""The refusals of Microsoft's sign-in: which code comes with which error and status."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.simulators.answers import Answer

TRANSIENT = "temporarily_unavailable"
_INTERACTION = ("interaction_required", 400)
_GRANT = ("invalid_grant", 400)
_CLIENT = ("invalid_client", 401)
_APPLICATION = ("unauthorized_client", 400)
_REQUEST = ("invalid_request", 400)
_RESOURCE = ("invalid_resource", 400)

# code -> (error, HTTP status); a code that is not listed is an invalid_grant.
_KINDS: dict[int, tuple[str, int]] = {
    **dict.fromkeys((50072, 50074, 50076, 50078, 50079), _INTERACTION),
    **dict.fromkeys((7000215, 7000222, 7000218, 650052, 650056), _CLIENT),
    **dict.fromkeys((700016, 90099), _APPLICATION),
    7000229: ("unauthorized_client", 401),
    **dict.fromkeys((90002, 90038, 900144, 50011, 9000411, 90023, 50147), _REQUEST),
    70005: ("unsupported_response_type", 400),
    **dict.fromkeys((500011, 650057), _RESOURCE),
    **dict.fromkeys((90006, 90024, 90033, 50033), (TRANSIENT, 503)),
    90055: (TRANSIENT, 429),
    70003: ("unsupported_grant_type", 400),
    **dict.fromkeys((70011, 700022, 1002012, 650053), ("invalid_scope", 400)),
    50058: ("login_required", 400),
    65004: ("access_denied", 400),
}

_SUBERRORS = {
    **dict.fromkeys((50072, 50074, 50076, 50078, 50079), "basic_action"),
    **dict.fromkeys((53000, 53001, 53003, 530002, 530003, 530032), "message_only"),
    65001: "consent_required",
    50173: "bad_token",
    700082: "bad_token",
    70008: "bad_token",
    70043: "bad_token",
}

_TEXTS = {
    50011: "The redirect URI specified in the request does not match the redirect URIs configured for the application.",
    50020: "User account from identity provider does not exist in tenant and cannot access the application in that "
    "tenant. The account needs to be added as an external user in the tenant first.",
    50058: "A silent sign-in request was sent but no user is signed in.",
    50147: "The size of the code challenge parameter is not valid.",
    50148: "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
    50177: "The external challenge is not supported for passthrough users.",
    50196: "The server terminated an operation because it encountered a client request loop.",
    53011: "User blocked due to risk on home tenant.",
    54005: "OAuth2 authorization code was already redeemed, please retry with a new valid code.",
    500112: "The reply address does not match the reply address provided when requesting the authorization code.",
    501481: "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    500011: "The resource principal was not found in the tenant.",
    530034: "A delegated administrator was blocked from accessing the tenant due to account risk in their home tenant.",
    650052: "The app needs access to a service that your organization has not subscribed to or enabled.",
    650056: "Misconfigured application. The client has not listed any permissions for the resource.",
    650057: "Invalid resource. The client has requested access to a resource which is not listed in the requested "
    "permissions in the client's application registration.",
    650053: "The application asked for a scope that does not exist on the resource.",
    65004: "User declined to consent to access the app.",
    70000: "Provided grant is invalid or malformed.",
    70005: "The app returned an unsupported response type.",
    700005: "Provided authorization code is intended to use against other tenant, thus rejected.",
    700022: "The provided value for the input parameter scope is not valid because it contains more than one resource.",
    700084: "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime.",
    90038: "The tenant redirects to another national cloud.",
    50034: "The user account does not exist in the directory.",
    50057: "The user account is disabled.",
    50076: "Due to a configuration change made by your administrator, or because you moved to a new "
    "location, you must use multi-factor authentication to access the resource.",
    50079: "Due to a configuration change made by your administrator, or because you moved to a new "
    "location, you must enroll in multi-factor authentication to access the resource.",
    50173: "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    65001: "The user or administrator has not consented to use the application with the given id. Send an "
    "interactive authorization request for this user and resource.",
    70003: "The app requested an unsupported grant type.",
    70008: "The provided authorization code or refresh token has expired due to inactivity. Send a new "
    "interactive authorization request for this user and resource.",
    70011: "The provided value for the input parameter 'scope' is not valid.",
    70043: "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
    90002: "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the "
    "correct cloud.",
    90023: "The provided value for a request parameter is not supported.",
    90033: "A transient error has occurred. Please try again.",
    90094: "Admin consent is required for the permissions requested by this application.",
    90099: "The application has not been authorized in the tenant. Applications must be authorized to "
    "access the external tenant before partner delegated administrators can use them.",
    700016: "Application was not found in the directory. This can happen if the application has not been "
    "installed by the administrator of the tenant or consented to by any user in the tenant.",
    700082: "The refresh token has expired due to inactivity.",
    9000411: "The request is not properly formatted. A parameter is duplicated.",
    9002313: "Invalid request. Request is malformed or invalid.",
    1002012: "The provided value for scope is not valid. Client credential flows must have a scope value with "
    "/.default suffixed to the resource identifier (application ID URI).",
    900144: "The request body must contain the following parameter.",
    7000215: "Invalid client secret provided. Ensure the secret being sent in the request is the client "
    "secret value, not the client secret ID.",
    7000218: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    7000229: "The client application is missing service principal in the tenant.",
    7000222: "The provided client secret keys are expired.",
}


@dataclass(frozen=True)
class SignInError(Exception):
    code: int
    more: str = ""

    @property
    def error(self) -> str:
        """The word that applications decide by."""
        return _KINDS.get(self.code, _GRANT)[0]

    @property
    def uri(self) -> str:
        return f"https://login.microsoftonline.com/error?code={self.code}"

    @property
    def sentence(self) -> str:
        return f"AADSTS{self.code}: {_TEXTS.get(self.code, 'Sign-in was refused.')} {self.more}".strip()

    def as_answer(self, now: datetime, correlation_id: str | None) -> Answer:
        _, status = _KINDS.get(self.code, _GRANT)
        trace_id, correlation = str(uuid.uuid4()), correlation_id or str(uuid.uuid4())
        moment = now.strftime("%Y-%m-%d %H:%M:%SZ")
        tail = f"Trace ID: {trace_id} Correlation ID: {correlation} Timestamp: {moment}"
        body: dict[str, Any] = {
            "error": self.error,
            "error_description": f"{self.sentence} {tail}",
            "error_codes": [self.code],
            "timestamp": moment,
            "trace_id": trace_id,
            "correlation_id": correlation,
            "error_uri": self.uri,
        }
        if self.code in _SUBERRORS:
            body["suberror"] = _SUBERRORS[self.code]
        headers = {"cache-control": "no-store, no-cache", "x-ms-request-id": trace_id}
        return Answer(status, body, headers, media_type="application/json; charset=utf-8")
