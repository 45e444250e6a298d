"""What `/api/v1/alerts` and `/api/v1/notifications` take and answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from plans.alerts.alert import AlertKind, Severity
from plans.alerts.kinds import KINDS, Rhythm
from plans.alerts.notifications import NOTHING_SET, MuteScope
from web.api.forms import YES, As, FormShape
from web.api.shapes import Id, Money, Shape
from web.pages.notification_form import MOST_RECIPIENTS, MOST_UNREAD_NIGHTS


class AlertItem(Shape):
    """One thing that needs a person."""

    id: str
    kind: AlertKind
    severity: Severity
    customer_id: Annotated[str, Field(description="Empty where it is about no customer")]
    customer: str
    licence: str
    sentence: str
    monthly: Annotated[Money | None, Field(description="The money a month at stake, without a currency")]
    once: Annotated[Money | None, Field(description="The money at stake once, and not month by month")]
    stake: Annotated[
        Money, Field(description="What the list is ordered by: the one or the other whichever way it flows, 0 unknown")
    ]
    first_seen: datetime
    next_step: str
    page: Annotated[str, Field(description="The page of ours where that is done")]
    scopes: Annotated[list[MuteScope], Field(description="How much can be muted from it")]
    muted: Annotated[str, Field(description="By whom, until when and why; empty where it is told")]


class AlertPage(Shape):
    """One page of alerts: now, soon, good to know; in each the most money, after what presses now without a price."""

    alerts: list[AlertItem]
    page: int
    total: int


class MuteItem(Shape):
    """What nobody wants to hear of for a while."""

    id: str
    about: str
    reason: str
    muted_by: str
    muted_at: datetime
    until: Annotated[date | None, Field(description="The last day; null is for good")]


class MuteList(Shape):
    """Everything that is muted."""

    mutes: list[MuteItem]


class MuteWish(FormShape):
    """What is to be left out of mails, until which day (null is for good), and why."""

    alert_id: Annotated[Id, As("alert")]
    scope: MuteScope = MuteScope.ALERT
    until: Annotated[date | None, As("day")] = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form: until a day, or for good."""
        yield from super().spell()
        yield "until", "never" if self.until is None else "day"


class MuteName(FormShape):
    """One of the mutes."""

    mute_id: Annotated[Id, As("mute")]


class RecipientItem(Shape):
    """Who gets a digest, from `hour` o'clock on in a time zone by its IANA name."""

    address: Annotated[str, Field(max_length=300)]
    time_zone: Annotated[str, Field(max_length=100)]
    hour: Annotated[int, Field(ge=0, le=23)] = 7


class KindSetting(Shape):
    """How a kind is told. Without recipients everybody is."""

    kind: AlertKind
    is_told: bool = True
    rhythm: Rhythm = Rhythm.DAILY
    recipients: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=20)] = []


class NotificationFields(FormShape):
    """What is told, to whom and how often. A kind that is left out is told by itself."""

    recipients: Annotated[list[RecipientItem], Field(max_length=MOST_RECIPIENTS)] = []
    kinds: Annotated[list[KindSetting], Field(max_length=100)] = []
    unread_nights: Annotated[
        int, Field(ge=1, le=MOST_UNREAD_NIGHTS, description="After how many unread nights somebody hears of a customer")
    ] = NOTHING_SET.unread_nights

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form: recipients by number, kinds by name."""
        for number, each in enumerate(self.recipients):
            yield f"address_{number}", each.address
            yield f"zone_{number}", each.time_zone
            yield f"hour_{number}", str(each.hour)
        yield "unread_nights", str(self.unread_nights)
        chosen = {each.kind: each for each in self.kinds}
        for kind in AlertKind:
            setting = chosen.get(kind, KindSetting(kind=kind, rhythm=KINDS[kind].rhythm))
            if setting.is_told:
                yield f"told_{kind.value}", YES
            yield f"rhythm_{kind.value}", setting.rhythm.value
            yield f"to_{kind.value}", ", ".join(setting.recipients)

    def find_place(self, field: str) -> str | None:
        """A recipient by its number, a kind by its own place."""
        name, _, rest = field.partition("_")
        if name in ("address", "zone", "hour") and rest.isdigit():
            return f"recipients.{rest}.{'time_zone' if name == 'zone' else name}"
        places = {each.kind.value: place for place, each in enumerate(self.kinds)}
        inner = {"to": "recipients", "rhythm": "rhythm"}.get(name)
        return f"kinds.{places[rest]}.{inner}" if inner and rest in places else None


class NotificationWish(NotificationFields):
    """What is to be told. It takes the place of what was read, whole."""

    seen: Annotated[Id, Field(description="What was read with the settings")]

    def spell(self) -> Iterator[tuple[str, str]]:
        """The form, with what was seen of it."""
        yield from super().spell()
        yield "seen", self.seen


class NotificationRecord(NotificationFields):
    """What is told now."""

    seen: str


class DigestPreview(Shape):
    """The next digest of one recipient as it would be made now; null where there is no recipient."""

    recipient: str | None
    when: str
    headline: str
    text: str
