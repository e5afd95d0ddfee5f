"""Whose name is this, who carries a key, and what forbids that two are one? Pure."""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct, field
from rapidfuzz.distance import JaroWinkler

from customers.normalise import Key
from customers.values import Values, fold, joined_name

CLOSE = 0.9
MAX_QUESTIONS = 10
KEY_WORDS = {"document": "document", "email": "e-mail", "phone": "phone"}
VETOES = ("their documents differ", "their birth dates differ")
_PARTICLES = frozenset("de da do das dos del la las los y e di du van von el".split())
_COMPANY = frozenset("sa ltda ltd cia srl sac me epp eireli spa inc llc cv".split())


class Person(Struct):
    """What is known of who a customer or a record is: all names, valid documents and
    birth dates met so far."""

    names: set[str] = field(default_factory=set)
    documents: dict[str, set[str]] = field(default_factory=dict)
    birth_dates: set[str] = field(default_factory=set)

    def add(self, values: Values, keys: Iterable[Key]) -> None:
        name = joined_name(values.get("name")) or values.get("company_name") or ""
        if name:
            self.names.add(name)
        if values.get("birth_date"):
            self.birth_dates.add(values["birth_date"])
        for key in keys:
            if key.kind == "document":
                kind, _, number = key.value.rpartition(":")
                self.documents.setdefault(kind, set()).add(number)


def veto(one: Person, other: Person) -> str:
    """What forbids that two are the same person, in words; `""` for nothing."""
    for kind, numbers in one.documents.items():
        others = other.documents.get(kind)
        if others and not numbers & others:
            return f"{VETOES[0]} ({kind.rpartition(':')[2].upper()})"
    if one.birth_dates and other.birth_dates and not one.birth_dates & other.birth_dates:
        return VETOES[1]
    return ""


def names_agree(ones: set[str], others: set[str]) -> bool:
    """Whether any two of the names could be one person's; a missing name agrees with all."""
    if not ones or not others:
        return True
    return any(compatible(one, other) for one in ones for other in others)


@lru_cache(maxsize=8192)
def compatible(one: str, other: str) -> bool:
    """Whether two spellings can be one name.

    Each part of the shorter must have its own part in the longer: the same, an initial,
    or a near miss. Order, particles, accents and company suffixes do not count.
    """
    short, long = sorted((parts(one), parts(other)), key=len)
    given: dict[int, str] = {}  # the long name's parts that are spoken for
    return all(_find_place(part, long, given, set()) for part in short)


def _find_place(part: str, long: tuple[str, ...], given: dict[int, str], tried: set[int]) -> bool:
    """Give a part its own like in the long name, moving others to their next best."""
    for at, other in enumerate(long):
        if at not in tried and _alike(part, other):
            tried.add(at)
            if at not in given or _find_place(given[at], long, given, tried):
                given[at] = part
                return True
    return False


@lru_cache(maxsize=8192)
def parts(name: str) -> tuple[str, ...]:
    """The parts of a name that tell people apart."""
    words = "".join(char if char.isalnum() else " " for char in fold(name)).split()
    telling = [word for word in words if word not in _PARTICLES and word not in _COMPANY]
    return tuple(telling or words)


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    if min(len(one), len(other)) < 4 or _of_two_genders(one, other):
        return False
    return JaroWinkler.similarity(one, other) >= CLOSE


def _of_two_genders(one: str, other: str) -> bool:
    """Mario and Maria, Juan and Juana: a slip of the pen apart, and two people."""
    short, long = sorted((one, other), key=len)
    if short + "a" == long:
        return short[-1] not in "aeiou"
    return one[:-1] == other[:-1] and {one[-1], other[-1]} == {"a", "o"}


def carrier(values: Values, keys: Iterable[Key]) -> str:
    """Who carries a key, for counting: the valid document, else the parts of the name."""
    documents = [key.value for key in keys if key.kind == "document"]
    if documents:
        return documents[0]
    name = joined_name(values.get("name")) or values.get("company_name") or ""
    return " ".join(sorted(parts(name)))[:200]
