"""What the settings take and answer: clock and currency, brakes, pause, exclusions, mail, the change log, roles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from plans.mail import DeliveryState
from profiles.billing import Basis
from web.api.forms import YES, As, FormShape
from web.api.shapes import Id, SentMoney, Shape

type Percent = Annotated[int, Field(ge=0, le=1000)]
type Limit = Annotated[int, Field(ge=0, le=1_000_000)]


class PreferenceFields(FormShape):
    """The clock, the currency, and what new things begin with."""

    time_zone: Annotated[str, Field(max_length=100, description="An IANA name: days are counted in it")]
    night_hour: Annotated[int, Field(ge=0, le=23, description="When the night begins")]
    currency: Annotated[str, Field(min_length=1, max_length=3, description="A code or a symbol, for showing only")]
    new_customers_observe: Annotated[bool, As("observe")] = False
    new_mappings_basis: Annotated[Basis, As("basis")] = Basis.PURCHASED
    new_mappings_name_users: Annotated[bool, As("name_users")] = False
    new_mappings_split: Annotated[bool, As("split")] = False


class PreferenceWish(PreferenceFields):
    """Preferences as they are to be. They take the place of what was read, whole."""

    seen: Id


class PreferenceRecord(PreferenceFields):
    """Preferences as they are."""

    seen: str


class BrakeFields(FormShape):
    """Where the brakes bite. Percentages are of what was last invoiced; money is for a whole month."""

    drop_seats: Limit
    drop_percent: Percent
    drop_money: SentMoney
    rise_seats: Limit
    rise_percent: Percent
    rise_money: SentMoney
    night_unknown_customers: Limit
    night_unknown_percent: Percent
    night_decrease_customers: Limit
    night_decrease_percent: Percent
    night_increase_customers: Limit
    night_increase_percent: Percent


class BrakeWish(BrakeFields):
    """Limits as they are to be. They take the place of what was read, whole."""

    seen: Id


class BrakeRecord(BrakeFields):
    """Limits as they are."""

    seen: str


class SettingsRecord(Shape):
    """Everything as it is set."""

    preferences: PreferenceRecord
    brakes: BrakeRecord
    paused: Annotated[str, Field(description="Who paused writing, when and why; empty while it goes on")]


class PauseWish(FormShape):
    """Stop all writing, and why; or let it go on."""

    is_paused: bool
    reason: Annotated[str, Field(max_length=300)] = ""

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form."""
        yield "reason", self.reason
        if not self.is_paused:
            yield "end", YES


class MailItem(Shape):
    """One mail, and how it fared."""

    id: str
    subject: str
    recipient: str
    state: DeliveryState
    sentence: str
    changed_at: datetime


class MailRecord(Shape):
    """How mail leaves, and the newest mails."""

    headline: str
    is_set_up: bool
    mails: list[MailItem]


class MailName(FormShape):
    """One mail that failed or is in doubt."""

    mail_id: Annotated[Id, As("mail")]


class ExclusionItem(Shape):
    """What is billed to nobody."""

    kind: Literal["licence", "tenant"]
    id: str
    name: str
    bites: Annotated[str, Field(description="How many customers it is about")]
    billed: Annotated[str, Field(description="What is still billed of it; empty for nothing")]
    reason: str


class LicenceChoice(Shape):
    """A licence that customers have and that is not excluded."""

    sku_id: str
    name: str
    is_free: Annotated[bool, Field(description="Whether Microsoft gives it away and nobody maps it")]


class ExclusionList(Shape):
    """What is excluded for everybody, and what could be."""

    exclusions: list[ExclusionItem]
    choices: list[LicenceChoice]


class ExclusionWish(FormShape):
    """A licence that is to be billed to nobody, and why."""

    sku_id: Annotated[Id, As("sku")]
    reason: Annotated[str, Field(min_length=1, max_length=300)]

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form, which knows ids in lower case."""
        for name, value in super().spell():
            yield name, value.lower() if name == "sku" else value


class ExclusionName(FormShape):
    """One of the exclusions."""

    kind: Literal["licence", "tenant"]
    id: Id


class ChangeItem(Shape):
    """One entry of the change log. `before` and `after` are JSON; empty where there was or is nothing."""

    at: datetime
    who: str
    came_from: Annotated[str, Field(description="The address that the request came from")]
    subject: str
    sentence: str
    before: str
    after: str


class ChangePage(Shape):
    """One page of the change log, the newest first."""

    changes: list[ChangeItem]
    page: int
    total: int


class RoleItem(Shape):
    """A role, and what it may do."""

    role: str
    may: str


class PersonItem(Shape):
    """Somebody who changed something lately."""

    name: str
    last_change: str
    changes: int


class PeopleRecord(Shape):
    """The roles, which are given in Microsoft Entra, and who changed something lately."""

    roles: list[RoleItem]
    lately: list[PersonItem]


class CheckItem(Shape):
    """One thing that was looked at."""

    name: str
    is_good: bool
    sentence: str
    next_step: str


class HealthRecord(Shape):
    """Whether everything works."""

    is_good: bool
    headline: str
    checks: list[CheckItem]
