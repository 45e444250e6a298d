"""The words that are not a biller's own, each in a sentence or two: Help has all of them, and a page those that stand
on it. One table, so that a word means the same wherever it is explained."""

from __future__ import annotations

from collections.abc import Collection

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "Read",
        "Microsoft gave the licences whole. An answer with a gap is unknown, and never counts as none.",
    ),
    ("Unchanged", "The agreements already say what the customer owes."),
    ("Changed", "An addition was written to the PSA, then read back."),
    ("Addition", "One product line on an agreement in the PSA, with its quantity and price."),
    ("Held", "A brake stopped a change. The PSA stays as it is until a person approves it."),
    (
        "Brake",
        "A limit: a change beyond it, as a large drop, waits for a person. The limits stand under Settings.",
    ),
    (
        "Parked",
        "Something in the PSA is not as Seatledger left it: somebody changed an addition, or an agreement has ended. "
        "It is left as it is until a person looked at it.",
    ),
    ("Unknown", "Microsoft or the PSA gave no complete answer. Nothing was touched."),
    ("Failed", "A change could not be written or planned. The next night tries again."),
    ("Unmapped", "A licence that no mapping bills. Nobody decided about it yet."),
    ("Free", "Microsoft gives the licence away. It can be mapped, and nobody has to decide about it."),
    (
        "Committed",
        "Bought to the end of a term: Microsoft bills the seats, assigned or not. Only Partner Center tells it.",
    ),
    ("Scheduled", "Right and known, to be written on a later date."),
    (
        "Observed",
        "On trial: planned and shown, and nothing is written until a person switches the customer to live.",
    ),
    ("Live", "Every run writes what the customer owes, through the brakes. Of a mapping rule: it maps in every run."),
    ("Mapping rule", "By which profile a licence is billed for every customer that nobody decided about."),
    (
        "Adopted",
        "An addition that somebody else made, and that a person handed to Seatledger, which keeps its quantity right "
        "from then on. Its first change is held.",
    ),
    (
        "Second writer",
        "Another tool, or a person, seems to write the same additions: both would bill the seats. Let only one do it.",
    ),
    ("Refused before", "A person said no to this change. It stays as it is until the count is another one."),
    (
        "Judged",
        "The whole night was looked at before anything of it was written; what looked like a mistake was held.",
    ),
    ("Queued", "On its way: a customer that a run has not come to yet, a mail or a message that is to be sent."),
    ("Do not bill", "Somebody decided that a licence is billed nowhere: here, for any customer, or with its tenant."),
    ("Credit proposal", "Seats that were invoiced and not owed. Only a person can give the money back."),
)


# Clear enough where they stand; Help has them.
PLAIN_WORDS = frozenset({"Read", "Unchanged", "Changed"})


def explain(words: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Those of the words that need an explanation where they stand, in the order of Help."""
    return tuple((word, said) for word, said in GLOSSARY if word in words and word not in PLAIN_WORDS)
