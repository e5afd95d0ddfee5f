"""Which of several stated values becomes the golden one, where nobody moved. Pure."""

from collections.abc import Iterable
from datetime import datetime
from math import inf

from msgspec import Struct

from customers.values import EMPTY, Value, canonical, plain


class Claim(Struct, frozen=True):
    """A value that a link states for a field. `changed_at`: when that field last changed
    there (None: not known). `link` is its id in the caller's terms. `chosen`: a rule gives the
    field to the link's connection. `pinned`: a person pinned the value."""

    link: int
    value: Value
    trust: int
    changed_at: datetime | None = None
    chosen: bool = False
    pinned: bool = False


def choose(field: str, claims: Iterable[Claim]) -> Claim | None:
    """The claim that wins: the one pinned by a person, then that of the vendor chosen for the
    field, then the highest trust, the newest, the longest, and at last the first link. Empty
    values claim nothing; None when nobody claims."""
    able = [claim for claim in claims if canonical(field, claim.value)]
    return min(able, key=lambda claim: _rank(field, claim), default=None)


def _rank(field: str, claim: Claim) -> tuple[bool, bool, int, float, int, int]:
    newest = -claim.changed_at.timestamp() if claim.changed_at else inf
    length = -len(plain(field, claim.value))
    return (not claim.pinned, not claim.chosen, -claim.trust, newest, length, claim.link)


def best(field: str, claims: Iterable[Claim]) -> Value:
    """The value that wins, `""` for none."""
    found = choose(field, claims)
    return EMPTY if found is None else found.value
