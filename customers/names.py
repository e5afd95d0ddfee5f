"""What a name is made of: its telling words, by role, without accents and without what tells
nobody apart. Pure."""

import re
from functools import lru_cache
from typing import NamedTuple

from customers.nicknames import COMMON_GIVEN, NICKNAMES
from customers.values import Value, fold

MAX_GIVEN = 2
MAX_FAMILY = 5

_PARTICLES = frozenset("de da do das dos del della di du van von der den el la las los y e".split())
_TITLES = frozenset("sr sra srta dr dra don dona mr mrs ms miss lic ing prof".split())
_COMPANY = frozenset(
    "sa ltda ltd cia srl sac sas sl slu scs me mei epp eireli spa inc llc corp gmbh cv rl eirl co "
    "company limited limitada ca mmc".split()
)
_GENERATIONS = {
    "filho": "junior", "junior": "junior", "jr": "junior", "hijo": "junior", "ii": "junior",
    "neto": "neto", "nieto": "neto", "iii": "neto",
    "sobrinho": "sobrinho", "sobrino": "sobrinho",
}  # fmt: skip
_QUOTES = str.maketrans("", "", "'’`´")


class Named(NamedTuple):
    """A name in folded words. `generation`: what sets a son apart from his father."""

    given: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    generation: str = ""


NOBODY = Named()


def named(name: Value, company_name: str, kind: str) -> tuple[Named, str]:
    """A record's name in its parts, and whether it is a `person`'s or a `company`'s.

    A company has only family words. A name in one string is cut where a given name ends,
    as far as that can be told."""
    name = name or {}
    given, family, full = (name.get(part) or "" for part in ("given", "family", "full"))
    text = full or f"{given} {family}".strip()
    if kind == "company" or (company_name and not text) or _trades(text):
        text = company_name or text
        return Named((), _company_words(text)[:MAX_FAMILY]), "company"
    if given and family:
        return _two_parts(given, family), kind
    return _one_string(full or given or family), kind


def _trades(full: str) -> bool:
    """Whether a name, its parts joined, ends as only a company's does."""
    return bool(full) and _COMPANY_ENDING.search(full) is not None


_COMPANY_ENDING = re.compile(
    r"[ ,](?:ltda|ltd|s\.? ?r\.? ?l|s\.? ?a\.? ?[sc]|e\.?i\.?r\.?e?\.?l\.?i?|inc|llc|gmbh|s\. ?a|"
    r"s\.?a\.? de c\.?v)\.?$",
    re.IGNORECASE,
)


def _two_parts(given: str, family: str) -> Named:
    first = _telling(_words(given))
    rest, generation = _generation(_telling(_words(family)), kept=1)
    return Named(_once(first)[:MAX_GIVEN], _once(rest)[:MAX_FAMILY], generation)


def _one_string(text: str) -> Named:
    family, comma, given = text.partition(",")
    if comma and given.strip() and family.strip():
        return _two_parts(given, family)
    words, generation = _generation(_telling(_words(text)), kept=2)
    words = _given_first(words)
    second = len(words) > 2 and (words[1] in COMMON_GIVEN or len(words[1]) == 1)
    at = 2 if second else 1
    return Named(_once(words[:at]), _once(words[at:])[:MAX_FAMILY], generation)


def _given_first(words: list[str]) -> list[str]:
    """The words of a name, turned where its family names plainly came first."""
    if len(words) < 3 or words[0] in COMMON_GIVEN or words[-1] not in COMMON_GIVEN:
        return words
    at = -2 if len(words) > 3 and words[-2] in COMMON_GIVEN else -1
    return words[at:] + words[:at]


@lru_cache(maxsize=4096)
def _company_words(text: str) -> tuple[str, ...]:
    words = _words(text.replace(".", ""))
    telling = [w for w in words if w not in _PARTICLES and w not in _COMPANY and len(w) > 1]
    return _once(telling or words)


def _words(text: str) -> list[str]:
    text = _folded(text)
    return (text if text.isalpha() else _NO_WORD.sub(" ", text)).split()


@lru_cache(maxsize=16384)
def _folded(text: str) -> str:
    return (text.lower() if text.isascii() else plain(text)).translate(_QUOTES)


def plain(text: str) -> str:
    """Folded, and the letters that are no letter with an accent as they are mostly typed."""
    return fold(text).translate(_LETTERS)


_LETTERS = str.maketrans("əıøłđ", "eiold")


_NO_WORD = re.compile(r"[^\w]|_")


def _telling(words: list[str]) -> list[str]:
    found = [word for word in words if word not in _PARTICLES and word not in _TITLES]
    return found or words


def _generation(words: list[str], kept: int) -> tuple[list[str], str]:
    """The words without a last one that names a generation, if `kept` others are left."""
    if len(words) > kept and words[-1] in _GENERATIONS:
        return words[:-1], _GENERATIONS[words[-1]]
    return words, ""


def _once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words)) if len(words) > 1 else tuple(words)


MAX_FORMAL = 5


@lru_cache(maxsize=16384)
def formal(word: str) -> tuple[str, ...]:
    """The given names that a word may stand for: itself, or what it is short for."""
    found = NICKNAMES.get(word)
    if found:
        return (word, *found)[:MAX_FORMAL]
    for ending, vowel in _DIMINUTIVES:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            return (word, stem, stem + vowel, f"{stem}i{vowel}")
    return (word,)


_DIMINUTIVES = (("ito", "o"), ("ita", "a"), ("inho", "o"), ("inha", "a"))


def of_two_genders(one: str, other: str) -> bool:
    """Mario and Maria, Juan and Juana: a slip of the pen apart, and two people."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if short + "a" == long:
        return short[-1] not in "aeiou"
    return one[:-1] == other[:-1] and {one[-1], other[-1]} == {"a", "o"}


@lru_cache(maxsize=32768)
def sound(word: str) -> str:
    """About how a word sounds to Spanish, Portuguese and English ears: a first letter and
    the next consonants. Spellings of one name mostly share it."""
    for pattern, said in _SOUNDS:
        word = pattern.sub(said, word)
    word = _DOUBLE.sub(r"\1", word)
    return word[:1] + _VOWELS.sub("", word[1:])[:4]


_SOUNDS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        ("ph", "f"), ("[sc]?[sc]h|x", "s"), ("gu(?=[ei])|q", "k"), ("c(?=[eiy])|z", "s"),
        ("g(?=[eiy])|^y(?=[aeiou])|^i(?=[aeou])", "j"), ("[ckg]", "k"), ("[vw]", "b"), ("h", ""),
        ("y", "i"), ("n(?=[bp])", "m"), (r"m$", "n"),
    )
)  # fmt: skip
_VOWELS = re.compile("[aeiou]")
_DOUBLE = re.compile(r"(.)\1+")
