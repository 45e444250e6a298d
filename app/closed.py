"""What stands in for a connection that cannot be used: it answers with the sentence that says why, and calls nobody.

One that lacks a secret, or whose host may not be called, must stop neither the others nor the night.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from plans.account_records import TellProgress, tell_nobody
from plans.agreements import Addition, AgreementReading
from plans.beside import OtherAgreement
from plans.catalogue import Payer
from plans.changes import Change
from plans.connecting import PsaKind
from plans.errors import Misconfigured
from plans.forecast import InvoiceTotal
from plans.limits import ABSENT
from plans.ports import Refused, WriteAnswer
from plans.raw_answers import KeepRaw, forget_raw
from plans.translation import LineTask, Translation
from profiles.licences import Snapshot
from profiles.partners import PartnerReading
from profiles.readings import Reading, Unknown, UnknownReason
from psa.autotask import translate as autotask
from psa.connectwise import lines as connectwise


class ClosedPsa:
    """A PSA connection that cannot be used. `translate` asks nobody, and answers as the PSA of its kind does."""

    rhythm = ABSENT
    prorates = True

    def __init__(self, sentence: str, kind: PsaKind) -> None:
        self.sentence = sentence
        self._kind = kind

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)

    def translate(self, task: LineTask) -> Translation:
        """What the law asks of a line, from what was read before."""
        match self._kind:
            case "connectwise":
                return connectwise.translate_line(task)
            case "autotask":
                return autotask.translate_line(task)

    async def send(self, change: Change) -> WriteAnswer:
        """Nothing is sent."""
        return Refused(self.sentence)

    async def count_additions(self, agreement_id: str) -> int:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)

    async def read_addition(self, agreement_id: str, addition_id: str) -> Addition | None:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)

    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)

    async def search_products(
        self, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
    ) -> tuple[OtherAgreement, ...]:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)

    async def read_prices(self) -> Mapping[str, Decimal]:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)

    async def read_invoices(self, agreement_ids: Sequence[str], since: date) -> tuple[InvoiceTotal, ...]:
        """Raises Misconfigured."""
        raise Misconfigured(self.sentence)


class ClosedAccount:
    """A Microsoft account that cannot be used: every tenant and the account itself are unknown, with the sentence."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        """Unknown."""
        return Unknown(UnknownReason.SIGN_IN_REFUSED, self.sentence)

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        """Unknown."""
        return Unknown(UnknownReason.SIGN_IN_REFUSED, self.sentence)
