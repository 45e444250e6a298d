"""Agreements as the PSA has them now, for pages that anybody may open: each is read once a minute, however often
somebody looks, so that the nights keep the requests that they need.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from plans.agreements import Agreement
from plans.connecting import find_psa
from plans.errors import Misconfigured, Retry
from plans.ports import Outside, Psa
from web.actions.long_lists import SECONDS_REMEMBERED, Failed, ReadList

READINGS_AT_ONCE = 4


@dataclass(slots=True)
class AgreementsNow:
    """One per application. Whoever asks a PSA while it is read waits, and finds what the other one has read."""

    _kept: dict[tuple[str, str], ReadList[Agreement | None]] = field(default_factory=dict)
    _failed: dict[str, Failed] = field(default_factory=dict)
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def read(
        self, outside: Outside, connection_id: str, agreement_ids: set[str], *, anew: bool = False
    ) -> dict[str, Agreement]:
        """Agreements by id, read `anew` or a minute old at most where reading them takes seconds; what the PSA cannot
        tell for sure is not among them. What was read before the caller gave up is kept.

        Raises Retry where it does not answer, Misconfigured where it refuses us; for a while without asking again.
        """
        psa = find_psa(outside, connection_id)
        async with self._locks[connection_id]:
            wanted = sorted(
                agreement_ids if anew else {each for each in agreement_ids if not self._knows(connection_id, each)}
            )
            failed = self._failed.get(connection_id)
            if wanted and failed is not None and failed.is_fresh and not anew:
                raise failed.error.with_traceback(None)
            try:
                await self._read_all(psa, connection_id, wanted)
            except (Retry, Misconfigured) as error:
                self._failed[connection_id] = Failed(error, time.monotonic())
                raise
        found = (self._kept[connection_id, each].value for each in agreement_ids)
        return {each.id: each for each in found if each is not None}

    def _knows(self, connection_id: str, agreement_id: str) -> bool:
        kept = self._kept.get((connection_id, agreement_id))
        return kept is not None and kept.is_fresh(SECONDS_REMEMBERED)

    async def _read_all(self, psa: Psa, connection_id: str, wanted: Sequence[str]) -> None:
        size = psa.rhythm.agreements_at_once
        gate = asyncio.Semaphore(min(READINGS_AT_ONCE, psa.rhythm.readings_at_once))

        async def read(part: Sequence[str]) -> None:
            async with gate:
                began = time.monotonic()
                found = {each.id: each for each in await psa.read_agreements(part) if isinstance(each, Agreement)}
                ended = time.monotonic()
                for each in part:
                    self._kept[connection_id, each] = ReadList(found.get(each), ended, ended - began)

        await asyncio.gather(*(read(wanted[start : start + size]) for start in range(0, len(wanted), size)))
