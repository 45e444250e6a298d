"""Names and domains of companies, brought into one shape so that they can be compared. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

LONGEST_NAME = 200
# Forms in which companies are registered, as they end a name; and what stands between its words.
LEGAL_FORMS = frozenset(
    """
    ltd limited inc incorporated corp corporation co company llc llp lp plc cic pllc pc gmbh mbh ag kg
    kgaa ohg gbr ug ev eg se haftungsbeschrankt bv nv vof cv sa sas sasu sarl eurl sl slu sca spa srl
    srls snc ab as asa aps oy oyj hf ehf ou uab sia kft zrt nyrt doo dd sro ooo zao pty pte pvt ltda
    eireli kk
    """.split()  # noqa: SIM905
)
JOINING_WORDS = frozenset({"and", "und", "et", "y", "e", "en", "og", "och"})
ARTICLES = frozenset({"the"})
MICROSOFT_DOMAIN = re.compile(r"\.(?:mail\.)?onmicrosoft\.(?:com|us|de)$|\.partner\.onmschina\.cn$")
# Websites that say nothing of whose they are: many companies have a page there.
SHARED_SITES = frozenset(
    """
    facebook.com linkedin.com instagram.com google.com wixsite.com wordpress.com blogspot.com github.io
    gmail.com outlook.com hotmail.com yahoo.com
    """.split()  # noqa: SIM905
)
INITIALS = re.compile(r"\b(?:\w\.){2,}\w?\b|\b(?:\w\.){2,}")
APOSTROPHES = re.compile(r"['’‘ʼ`´]")
NO_WORD = re.compile(r"[\W_]+")


def is_visible(text: str) -> bool:
    """Whether anything of a text can be seen: blanks, marks of direction and of no width are nothing."""
    return any(unicodedata.category(letter)[0] not in "CZ" for letter in text)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as its words in their order, without legal forms, case, accents and punctuation."""

    words: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same for names of the same words in any order."""
        return " ".join(sorted(self.words))

    @property
    def joined(self) -> str:
        """The words in one."""
        return "".join(self.words)


@lru_cache(maxsize=20_000)
def normalise(name: str) -> Name:
    """The name without what people write in different ways: legal forms, "&", punctuation, case, accents.

    A name that is nothing but such words keeps them.
    """
    text = unicodedata.normalize("NFKD", name[:LONGEST_NAME]).casefold()
    text = "".join(each for each in unicodedata.normalize("NFKD", text) if not is_mark(each))
    text = APOSTROPHES.sub("", text)
    text = INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    words = NO_WORD.sub(" ", text).split()
    kept = [word for word in words if word not in JOINING_WORDS] or words
    while len(kept) > 1 and kept[-1] in LEGAL_FORMS:
        kept.pop()
    while len(kept) > 1 and kept[0] in ARTICLES:
        kept.pop(0)
    return Name(tuple(kept))


def is_mark(character: str) -> bool:
    """Accents, and characters that are not seen, such as marks of direction."""
    return unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc")


def name_domain(domain: str) -> str:
    """A domain by which somebody can be known; empty for Microsoft's own and for those that many share."""
    cleaned = domain.strip().strip(".").lower().removeprefix("www.")
    if MICROSOFT_DOMAIN.search(cleaned) or cleaned in SHARED_SITES or "." not in cleaned:
        return ""
    return cleaned


def is_same_site(one: str, other: str) -> bool:
    """Whether two domains do not speak against each other: equal, one within the other, or one not known."""
    one, other = name_domain(one), name_domain(other)
    return not one or not other or one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def find_label(domain: str) -> str:
    """How a domain begins: harbourdental of harbour-dental.co.uk and of harbourdental.onmicrosoft.com."""
    return normalise(domain.strip().lower().removeprefix("www.").partition(".")[0]).joined
