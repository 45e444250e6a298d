"""What a person's sign-in must match, and what is wrong where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SignIn:
    """The one issuer, audience and tenant whose ID tokens are accepted."""

    issuer: str
    audience: str
    tenant_id: str


class Role(StrEnum):
    """The app roles, as the `roles` claim spells them."""

    ADMINISTRATOR = "Administrator"
    OPERATOR = "Operator"
    READER = "Reader"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who is signed in. Identity is tenant id + object id; the name is only for showing."""

    tenant_id: str
    object_id: str
    name: str
    roles: frozenset[Role]

    @property
    def identity(self) -> str:
        """What the log calls the person."""
        return f"{self.tenant_id}/{self.object_id}"

    @property
    def strongest_role(self) -> str:
        """The role to show beside the name."""
        return next((role.value for role in Role if role in self.roles), "No role")


@dataclass(frozen=True, slots=True)
class Script:
    """A program that showed a good token. It stands in histories under the token's name."""

    token_id: str
    token_name: str
    roles: frozenset[Role]

    @property
    def name(self) -> str:
        """What histories call it."""
        return f"Script “{self.token_name}”"

    @property
    def identity(self) -> str:
        """What the log calls it."""
        return f"token {self.token_name!r} ({self.token_id})"


type Caller = Principal | Script


class SignInProblem(Exception):
    """A request whose sign-in is not accepted. Its text is a plain sentence, never the token's content."""


class SignInMissing(SignInProblem):
    """Nobody is signed in: signing in helps."""


class SignInExpired(SignInProblem):
    """The sign-in was accepted until it expired: signing in again helps."""


class SignInRefused(SignInProblem):
    """What was presented is not acceptable; signing in again would present the same."""


class SignInUnavailable(SignInProblem):
    """Sign-in cannot be checked at the moment: nobody is let in on trust."""
