"""Who can sign in to the partner's directory, and what each of them lacks."""

from __future__ import annotations

from dataclasses import dataclass

OTHER_DIRECTORY = "9d3b7c51-42aa-4f0e-8c66-1e5f0a7d2b93"


@dataclass(frozen=True)
class Account:
    """`key` is what the sign-in form sends. `is_agent`: a member of Admin agents and of the GDAP groups, which opens
    Partner Center and customers' tenants; a guest never is one. `home` is the directory of a guest."""

    key: str
    name: str
    local_part: str
    object_id: str
    has_mfa: bool
    is_agent: bool
    about: str
    home: str | None = None

    def user_name(self, domain: str) -> str:
        """As it is shown to applications; a guest keeps the name from home."""
        return f"{self.local_part}@{domain if self.home is None else 'elsewhere.example'}"


SERVICE = Account(
    key="service",
    name="Seatledger service account",
    local_part="seatledger",
    object_id="a11ce000-0000-4000-8000-000000000001",
    has_mfa=True,
    is_agent=True,
    about="admin agent, signs in with MFA: what Seatledger needs",
)
WITHOUT_MFA = Account(
    key="without-mfa",
    name="Old service account",
    local_part="service-old",
    object_id="a11ce000-0000-4000-8000-000000000002",
    has_mfa=False,
    is_agent=True,
    about="admin agent, signs in without MFA: Partner Center refuses it",
)
GUEST = Account(
    key="guest",
    name="Gwen Guest",
    local_part="gwen",
    object_id="a11ce000-0000-4000-8000-000000000003",
    has_mfa=True,
    is_agent=False,
    about="a guest in the MSP's directory: no customer's tenant lets it in",
    home=OTHER_DIRECTORY,
)
NO_AGENT = Account(
    key="no-agent",
    name="Nora Newcomer",
    local_part="nora",
    object_id="a11ce000-0000-4000-8000-000000000004",
    has_mfa=True,
    is_agent=False,
    about="not an admin agent and in no GDAP group: sees no customers",
)
ACCOUNTS = (SERVICE, WITHOUT_MFA, GUEST, NO_AGENT)


def find_account(key: str) -> Account | None:
    return next((account for account in ACCOUNTS if account.key == key), None)
