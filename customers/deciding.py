"""What follows from evidence: link, ask or leave apart. Pure.

A valid document in common links at once; so does an e-mail or a phone whose bearers' names
agree, or are not both known; so does evidence of `link` bits. What forbids (different valid
documents of one kind, different birth dates) turns any of these into a question. Between
`ask` and `link` bits a person is asked; below, two people stay apart.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from customers.columns import columns_for
from customers.comparing import DOCUMENT, EMAIL, PHONE, Compared
from customers.comparing_names import Flags
from customers.levels import FIELDS, level
from customers.profiles import Profile
from customers.weighing import Bits, Weights, weigh

APART: Final = 0
ASK: Final = 1
LINK: Final = 2
MAX_QUESTIONS: Final = 10
FAR: Final = -40.0  # bits; no evidence is kept as less

Outcomes = NDArray[np.uint8]


def outcomes(compared: Compared, weight: Bits, weights: Weights) -> Outcomes:
    """APART, ASK or LINK for each pair."""
    sure = sure_of(compared)
    vetoed = compared.vetoes > 0
    found = np.where(weight >= weights.ask, ASK, APART).astype(np.uint8)
    found[weight >= weights.link] = LINK
    found[sure] = LINK
    found[(found == LINK) & vetoed] = ASK
    return found


def sure_of(compared: Compared) -> Flags:
    """Whether a key in common is enough by itself."""
    document = compared.shared & DOCUMENT > 0
    contact = compared.shared & (EMAIL | PHONE) > 0
    found: Flags = document | contact & names_agree(compared)
    return found


def odd_of(compared: Compared) -> Flags:
    """Whether two have an e-mail or a phone in common, and no name: a family that shares one
    shares the surname too."""
    family = compared.levels[:, FIELDS.index("family")]
    given = compared.levels[:, FIELDS.index("given")]
    contact = compared.shared & (EMAIL | PHONE) > 0
    strangers = (family == level("family", "differs")) | (family == 0)
    found: Flags = contact & strangers & (given != level("given", "same")) & ~names_agree(compared)
    return found


def names_agree(compared: Compared) -> Flags:
    """Whether two names could be one person's; a missing one agrees with all."""
    given = compared.levels[:, FIELDS.index("given")]
    family = compared.levels[:, FIELDS.index("family")]
    generation = compared.levels[:, FIELDS.index("generation")]
    found: Flags = (
        (given < level("given", "alike"))
        & (family < level("family", "one of two"))
        & (generation < level("generation", "one has it"))
    )
    return found


class Known(Struct, frozen=True):
    """How a record compares with a customer, or with a record that was linked to it since.
    `customer`: its id in the caller's terms. `shared`, `vetoes`: bits of `comparing`. `odd`: an
    e-mail or a phone in common, and no name."""

    customer: int
    weight: float
    outcome: int
    shared: int
    vetoes: int
    odd: bool = False


class Verdict(Struct, frozen=True):
    """`best`: what the record is to be linked by (None: it is somebody new). `asked`: the
    customers that a person must decide about, one each, the likeliest first."""

    best: Known | None
    asked: tuple[Known, ...]


def meet(
    profiles: Sequence[Profile], pairs: Sequence[tuple[int, int, int]], weights: Weights
) -> list[Known]:
    """How records compare with what is known, for a whole page at once. `pairs`: the places in
    `profiles` of a record and of what it is compared with, and whose that is."""
    if not pairs:
        return []
    left, right, customers = (
        np.array([pair[at] for pair in pairs], dtype=np.int64) for at in range(3)
    )
    columns, left, right = columns_for(profiles, left, right)
    compared, weight = weigh(columns, weights, left, right)
    outcome = outcomes(compared, weight, weights)
    odd = odd_of(compared)
    told = (customers, weight, outcome, compared.shared, compared.vetoes, odd)
    return [Known(*one) for one in zip(*(part.tolist() for part in told), strict=True)]


def decide(found: Sequence[Known]) -> Verdict:
    """Link a record to one customer at most. A customer that any of its own forbids is asked
    about. Among several, one with a document in common comes first, then one with another
    key, then the weightiest, then the oldest; the others become questions."""
    by_customer: dict[int, list[Known]] = {}
    for one in found:
        by_customer.setdefault(one.customer, []).append(one)
    able: list[Known] = []
    asked: list[Known] = []
    for several in by_customer.values():
        best = min(several, key=_order)
        if best.outcome == LINK and not any(one.vetoes for one in several):
            able.append(best)
        elif best.outcome != APART:
            asked.append(best)
    able.sort(key=_order)
    asked.extend(able[1:])
    asked.sort(key=lambda one: (-one.weight, one.customer))
    return Verdict(able[0] if able else None, tuple(asked[:MAX_QUESTIONS]))


def _order(one: Known) -> tuple[int, int, float, int]:
    return (-one.outcome, -_rank(one.shared), -one.weight, one.customer)


def _rank(shared: int) -> int:
    return 2 if shared & DOCUMENT else 1 if shared else 0
