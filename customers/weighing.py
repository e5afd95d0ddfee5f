"""What likeness is worth: evidence in bits, as Fellegi and Sunter weigh it. Pure.

A level of a field is worth log2(m/u): `m`, how often it occurs between two records of one
person, `u`, between two of any others. What is not said is worth nothing. A name that is the
same is worth the more the rarer it is. To the sum comes the prior: what two records picked by
lot have in favour of being one person, which is little.

Whoever lives together shares surname and address, and often an e-mail or a phone. So the
evidence is weighed a second time, against the other people of one household (`home`), and
what counts is what is left when both explanations are allowed for.
"""

from collections.abc import Iterable
from functools import cached_property
from math import log2
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from customers.columns import Columns, Ints, columns_of
from customers.comparing import CHUNK, Compared, compare
from customers.levels import FIELDS, level
from customers.profiles import Profile

Bits = NDArray[np.float64]

MOST_GIVEN: Final = 9.0
MOST_FAMILY: Final = 17.0
LEAST: Final = 0.5  # a name that is the same is worth this at least, however common


class Shares(Struct, frozen=True):
    """How common names are: a word's share of all people, `rare` for one that is not listed."""

    words: dict[str, float]
    rare: float


class Weights(Struct, frozen=True):
    """`levels`: of each field, (m, u) of each of its levels in their order. `home`: the same
    in bits, against the people of one household. At `link` bits a pair is linked at once, at
    `ask` it is asked about. `learnt_from`: the records that they were learnt from, 0 for the
    defaults."""

    levels: dict[str, tuple[tuple[float, float], ...]]
    home: dict[str, tuple[float, ...]]
    given: Shares
    family: Shares
    prior: float
    home_prior: float
    link: float
    ask: float
    learnt_from: int = 0


class Scale:
    """Weights made ready for the profiles in some columns."""

    def __init__(self, columns: Columns, weights: Weights) -> None:
        self.columns, self.weights = columns, weights
        width = 1 + max(len(found) for found in weights.levels.values())
        self._bits, self._home = (np.zeros((len(FIELDS), width)) for _ in range(2))
        for at, field in enumerate(FIELDS):
            worth = [log2(m / u) for m, u in weights.levels[field]]
            self._bits[at, 1 : 1 + len(worth)] = worth
            home = weights.home[field]
            self._home[at, 1 : 1 + len(home)] = home

    @cached_property
    def _given(self) -> Bits:
        """By word: what it is worth that it is the same."""
        return _rarity(self.columns, self.weights.given)

    @cached_property
    def _family(self) -> Bits:
        return _rarity(self.columns, self.weights.family)

    @cached_property
    def _own_given(self) -> Bits:
        """By row: what the whole given name is worth when it is the same."""
        m = log2(self.weights.levels["given"][0][0])
        return _kept(m + self._given[self.columns.given[:, 0]], MOST_GIVEN)

    @cached_property
    def _own_family(self) -> Bits:
        words = self.columns.family.copy()
        lone = words[:, 0] < 0  # a name of one word may be a family name
        words[lone, 0] = self.columns.given[lone, 0]
        return self._family_bits(words)

    def _family_bits(self, words: Ints) -> Bits:
        """What it is worth that these words of family names are the same."""
        rarity = np.sort(np.where(words >= 0, self._family[words], 0.0), axis=1)
        levels = self.weights.levels["family"]
        two = (words >= 0).sum(axis=1) > 1
        m = np.where(two, log2(levels[0][0]), log2(levels[1][0]))
        return _kept(m + rarity.sum(axis=1), MOST_FAMILY)

    def bits(self, left: Ints, right: Ints, compared: Compared) -> Bits:
        """What each field says for or against: a row for each pair."""
        found: Bits = self._bits[np.arange(len(FIELDS)), compared.levels]
        given, family = FIELDS.index("given"), FIELDS.index("family")
        for at, own in ((given, self._own_given), (family, self._own_family)):
            most = np.minimum(own[left], own[right])
            if at == family:
                exact = compared.levels[:, at] <= level("family", "same")
                worth = self._family_bits(compared.family)
            else:
                exact, worth = compared.levels[:, at] == level("given", "same"), most
            found[:, at] = np.where(exact, worth, found[:, at])
            # A likeness is never worth more than the name itself is.
            found[:, at] = np.minimum(found[:, at], most)
            found[:, at] *= compared.levels[:, at] > 0
        return found

    def weigh(self, left: Ints, right: Ints, compared: Compared) -> Bits:
        """The whole evidence for each pair, in bits: 0 is as likely as not."""
        return self.allowed_for(*self.sides(left, right, compared))

    def sides(self, left: Ints, right: Ints, compared: Compared) -> tuple[Bits, Bits]:
        """The evidence of the fields alone: against two strangers, and against two people of
        one household."""
        home: Bits = self._home[np.arange(len(FIELDS)), compared.levels].sum(axis=1)
        return self.bits(left, right, compared).sum(axis=1), home

    def allowed_for(self, strangers: Bits, home: Bits) -> Bits:
        """What is left of evidence when both explanations are allowed for."""
        found: Bits = -np.logaddexp2(
            -(strangers + self.weights.prior), -(home + self.weights.home_prior)
        )
        return found


def _rarity(columns: Columns, shares: Shares) -> Bits:
    known, rare = shares.words, shares.rare
    return np.array([-log2(known.get(word, rare)) for word in columns.words.texts])


def _kept(bits: Bits, most: float) -> Bits:
    found: Bits = np.clip(bits, LEAST, most)
    return found


def weigh(columns: Columns, weights: Weights, left: Ints, right: Ints) -> tuple[Compared, Bits]:
    """Compare and weigh pairs of rows: the one way, for a page and for a whole table."""
    compared = compare(columns, left, right)
    return compared, Scale(columns, weights).weigh(left, right, compared)


def weight(one: Profile, other: Profile, weights: Weights) -> float:
    """The weight of a single pair."""
    columns = columns_of((one, other))
    left, right = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    return float(weigh(columns, weights, left, right)[1][0])


def chunks(left: Ints, right: Ints) -> Iterable[tuple[Ints, Ints]]:
    """Pairs, as many at a time as are compared at once."""
    for start in range(0, len(left), CHUNK):
        yield left[start : start + CHUNK], right[start : start + CHUNK]
