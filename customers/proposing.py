"""Which of several customers' values a merge would take, field by field, and why. Pure.

Pinned, then typed by a person (the newest), then what survivorship says of the vendors'.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from customers.survivorship import Claim, choose
from customers.values import Value, canonical, plain

ONLY = "only one has it"
SAME = "they agree"
PINNED = "pinned"
TYPED = "typed by a person"
TYPED_LATER = "typed by a person later"
TRUSTED = "from the vendor that is trusted more"
NEWER = "changed more recently"
LONGER = "the longer one"
FIRST = "the survivor's own"


class Offer(Struct, frozen=True):
    """A customer's value of a field. `trust` and `at`: of the connection that it came from,
    and when it changed there or was typed."""

    customer: int
    value: Value
    pinned: bool = False
    typed: bool = False
    trust: int = 0
    at: datetime | None = None


class Proposal(Struct, frozen=True):
    """The customer whose value to take, and the reason in words; None where nobody has one."""

    customer: int | None
    reason: str = ""


def propose(field: str, offers: Sequence[Offer]) -> Proposal:
    """The first offer is the survivor's: it is kept where all are as good."""
    able = [one for one in offers if canonical(field, one.value)]
    if not able:
        return Proposal(None)
    if len(able) == 1:
        return Proposal(able[0].customer, ONLY)
    pinned = [one for one in able if one.pinned]
    if pinned:
        return Proposal(pinned[0].customer, PINNED)
    if len({canonical(field, one.value) for one in able}) == 1:
        return Proposal(able[0].customer, SAME)
    typed = [one for one in able if one.typed]
    if typed:
        newest = max(typed, key=_moment)
        return Proposal(newest.customer, TYPED_LATER if len(typed) > 1 else TYPED)
    return _by_survivorship(field, able)


def _by_survivorship(field: str, able: Sequence[Offer]) -> Proposal:
    claims = [Claim(place, one.value, one.trust, one.at) for place, one in enumerate(able)]
    won = choose(field, claims)
    if won is None:
        return Proposal(None)
    best = able[won.link]
    rest = [one for one in able if one is not best]
    return Proposal(best.customer, _reason(field, best, rest))


def _reason(field: str, best: Offer, rest: Sequence[Offer]) -> str:
    rivals = [one for one in rest if one.trust == best.trust]
    if not rivals:
        return TRUSTED
    rivals = [one for one in rivals if _moment(one) == _moment(best)]
    if not rivals:
        return NEWER
    longest = all(len(plain(field, one.value)) < len(plain(field, best.value)) for one in rivals)
    return LONGER if longest else FIRST


def _moment(offer: Offer) -> float:
    return offer.at.timestamp() if offer.at else 0.0
