"""The errors of Seatledger, named by what to do next.

SeatledgerError
├── Retry            the same step may succeed later; nothing was decided
│   └── Throttled    whoever was asked wants fewer questions; ask again later, not sooner
│       └── Spent    what may be asked in an hour is asked, by us and others; it is more again by and by
├── Park             the world is not as we left it; a person must look
├── Hold             a rule stops this until a person agrees
├── Misconfigured    somebody must change a setting; the sentence says which
└── Bug              we are wrong; nothing may be written
"""

from __future__ import annotations


class SeatledgerError(Exception):
    """Root of the tree. Its text is a plain sentence without secrets."""


class Retry(SeatledgerError):
    """The same step may succeed later."""


class Throttled(Retry):
    """Whoever was asked wants fewer questions; the same step may succeed later."""


class Spent(Throttled):
    """What may be asked in a while is asked, by us or by others; the same step will succeed when that is less."""


class Park(SeatledgerError):
    """The world is not as we left it; a person must look."""


class Misconfigured(SeatledgerError):
    """Somebody must change a setting."""


class Bug(SeatledgerError):
    """We are wrong; nothing may be written."""
