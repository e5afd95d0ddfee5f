"""Which of several stated values becomes the golden one, where nobody moved. Pure."""

from collections.abc import Iterable
from datetime import datetime
from math import inf

from msgspec import Struct

from customers.values import EMPTY, Value, canonical, plain


class Claim(Struct, frozen=True):
    """A value that a link states for a field. `changed_at`: when that field last changed
    there (None: not known). `link` is its id in the caller's terms."""

    link: int
    value: Value
    trust: int
    changed_at: datetime | None = None


def choose(field: str, claims: Iterable[Claim]) -> Claim | None:
    """The claim that wins: the highest trust, then the newest, then the longest, then the
    first link. Empty values claim nothing; None when nobody claims."""
    able = [claim for claim in claims if canonical(field, claim.value)]
    return min(able, key=lambda claim: _rank(field, claim), default=None)


def _rank(field: str, claim: Claim) -> tuple[int, float, int, int]:
    newest = -claim.changed_at.timestamp() if claim.changed_at else inf
    return (-claim.trust, newest, -len(plain(field, claim.value)), claim.link)


def best(field: str, claims: Iterable[Claim]) -> Value:
    """The value that wins, `""` for none."""
    found = choose(field, claims)
    return EMPTY if found is None else found.value
