"""Who may call: the three headers of an API user (autotask-halo.md 1, Headers and user)."""

from __future__ import annotations

from collections.abc import Mapping

from local.simulators.autotask.errors import ApiError
from local.simulators.secret_files import AUTOTASK_INTEGRATION_CODE, AUTOTASK_SECRET, SecretFiles


def check_access(headers: Mapping[str, str], user: str, secrets: SecretFiles) -> None:
    """A wrong user or secret is a 401; a wrong integration code, like everything else, a 500."""
    if not secrets.matches(AUTOTASK_INTEGRATION_CODE, headers.get("apiintegrationcode", "")):
        raise ApiError("IntegrationCode is invalid.")
    is_known = headers.get("username", "").lower() == user.lower()
    if not is_known or not secrets.matches(AUTOTASK_SECRET, headers.get("secret", "")):
        raise ApiError(None, 401)
