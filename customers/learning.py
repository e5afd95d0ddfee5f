"""Learns what likeness is worth from the records themselves, without being told who is who.

Every pair that is compared belongs to one of three: one person, two of one household, two
strangers. Expectation maximisation finds how often each level occurs in each (`m` of one
person; `u` of strangers, from pairs picked by lot) and how many pairs there are of each.
What is known beforehand (the default weights) counts as some pairs more, so that little
data changes little; and no estimate turns an agreement into evidence against, or lets a
worse level be worth more than a better one. Pure.
"""

from collections.abc import Iterable
from math import log2
from typing import Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from customers.blocking import KINDS
from customers.columns import Columns, Ints
from customers.comparing import compare
from customers.levels import FIELDS, LEVELS
from customers.weighing import Shares, Weights, chunks

Floats = NDArray[np.float64]

ROUNDS: Final = 12
BY_LOT: Final = 200_000  # pairs picked by lot
FEWEST: Final = 200  # records from which something can be learnt
M_STRENGTH: Final = 20.0  # pairs that the defaults count for
U_STRENGTH: Final = 50.0
HOUSEHOLDS: Final = 5.0  # pairs of relatives that are always allowed for
# One in so many records is of somebody who has another, even where none was found yet: the
# first vendor of a hub knows nobody twice, the second everybody again.
TWICE_AT_LEAST: Final = 10
MOST_WORDS: Final = 3000
CARRIERS: Final = 20  # people; a name that fewer carry is not kept
MOST_BITS: Final = 17.0
MOST_AGAINST: Final = 10.0
FEW: Final = 5.0  # pairs with a level, below which the default counts for more

# What the blocks of a kind have in common by their making says nothing about how often one
# person's records agree in it.
_MADE_OF: Final = {
    "document": ("document",), "email": ("email",), "phone": ("phone",), "birth": ("birth_date",),
    "name": ("given", "family", "place"), "town": ("given", "family", "place"),
    "home": ("street", "place", "given"), "full": ("given", "family"), "day": ("birth_date",),
    "code": ("place",), "street": ("street",), "word": ("given", "family"),
}  # fmt: skip
_BITS: Final = 4  # of a level in a pattern
_KINDS_AT: Final = _BITS * len(FIELDS)


class Patterns(Struct):
    """Pairs summed up: the levels of each kind of pair, the blocks they shared (as bits), and
    how many there are of it."""

    levels: NDArray[np.int64]
    kinds: NDArray[np.int64]
    counts: Floats


class Tally:
    """Sums pairs up as they come. What it holds does not grow with their number."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, levels: NDArray[np.uint8], kinds: NDArray[np.uint16] | int = 0) -> None:
        code = np.zeros(len(levels), dtype=np.int64)
        for at in range(len(FIELDS)):
            code |= levels[:, at].astype(np.int64) << (_BITS * at)
        code |= np.asarray(kinds, dtype=np.int64) << _KINDS_AT
        for one, count in zip(*(x.tolist() for x in np.unique(code, return_counts=True)),
                              strict=True):  # fmt: skip
            self._counts[one] = self._counts.get(one, 0) + count

    def patterns(self) -> Patterns:
        codes = np.fromiter(self._counts, dtype=np.int64, count=len(self._counts))
        counts = np.fromiter(self._counts.values(), dtype=np.float64, count=len(codes))
        levels = codes[:, None] >> (_BITS * np.arange(len(FIELDS))) & (2**_BITS - 1)
        return Patterns(levels, codes >> _KINDS_AT, counts)


def learn(columns: Columns, blocked: Patterns, defaults: Weights) -> Weights:
    """Weights for the records in `columns`. `blocked`: how the pairs compare that share a
    block. With too few records the defaults come back as they are."""
    if columns.size < FEWEST:
        return defaults
    strangers = _by_lot(columns)
    model = _Model(defaults, columns.size)
    for _ in range(ROUNDS):
        model.improve(blocked, strangers)
    return structs.replace(
        model.weights(),
        given=shares(columns.words.texts, columns.given[:, :1]),
        family=shares(columns.words.texts, columns.family),
        learnt_from=columns.size,
    )


def _by_lot(columns: Columns) -> Patterns:
    """Pairs picked by lot, always the same ones."""
    dice = np.random.default_rng(columns.size)
    count = min(BY_LOT, columns.size * (columns.size - 1) // 2)
    left = dice.integers(0, columns.size, count, dtype=np.int32)
    apart = dice.integers(1, columns.size, count, dtype=np.int32)
    tally = Tally()
    for ones, others in chunks(left, (left + apart) % columns.size):
        tally.add(compare(columns, ones, others).levels)
    return tally.patterns()


def shares(texts: NDArray[np.object_], words: Ints) -> Shares:
    """How common the words are: the commonest by name, all others as one."""
    said = words[words >= 0]
    bearers = max(int((words[:, 0] >= 0).sum()), 1)
    counts = np.bincount(said, minlength=1)
    order = np.argsort(-counts, kind="stable")[:MOST_WORDS]
    kept = order[counts[order] > 2]
    listed = {str(texts[at]): round(float(counts[at] / bearers), 7) for at in kept}
    return Shares(listed, rare=max(2.0 / bearers, 1e-6))


def discreet(weights: Weights) -> Weights:
    """The same, to be kept: without names that only a few people carry, who could be told by
    them. They count as about as rare as each other."""
    if not weights.learnt_from:
        return weights
    least = CARRIERS / weights.learnt_from

    def without(names: Shares) -> Shares:
        common = {word: share for word, share in names.words.items() if share >= least}
        return Shares(common, rare=max(names.rare, least / 4))

    return structs.replace(weights, given=without(weights.given), family=without(weights.family))


class _Model:
    """What is believed so far. `m`, `u`, `home`: by field, how often each level occurs in pairs
    of each of the three (place 0, not said, is 1: it says nothing)."""

    def __init__(self, defaults: Weights, size: int) -> None:
        self.defaults = defaults
        self.pairs = size * (size - 1) / 2
        self.least = size / TWICE_AT_LEAST
        self.one = 2.0**defaults.prior
        self.household = 2.0 ** (defaults.prior - defaults.home_prior)
        self.seen = {field: np.zeros(len(LEVELS[field])) for field in FIELDS}
        self.m = {field: _column(defaults.levels[field], 0) for field in FIELDS}
        self.u = {field: _column(defaults.levels[field], 1) for field in FIELDS}
        self.home = {
            field: self.m[field] / np.exp2([0.0, *defaults.home[field]]) for field in FIELDS
        }

    def _explained(self, patterns: Patterns) -> tuple[Floats, Floats, Floats]:
        """How likely the pairs of each pattern are one person's, relatives', strangers'."""
        likely = [
            np.prod([of[f][patterns.levels[:, at]] for at, f in enumerate(FIELDS)], axis=0)
            for of in (self.m, self._relatives(), self.u)
        ]
        rest = max(1.0 - self.one - self.household, 0.5)
        weighed = [likely[0] * self.one, likely[1] * self.household, likely[2] * rest]
        total = np.maximum(sum(weighed), 1e-300)
        one, home, stranger = (part / total for part in weighed)
        return one, home, stranger

    def _relatives(self) -> dict[str, Floats]:
        """In what a household has in common its people are as alike as a person to itself."""
        return {
            field: self.home[field] if any(self.defaults.home[field]) else self.m[field]
            for field in FIELDS
        }

    def improve(self, blocked: Patterns, strangers: Patterns) -> None:
        one, home, _ = self._explained(blocked)
        _, _, by_lot = self._explained(strangers)
        self.one = max(float(one @ blocked.counts), self.least) / self.pairs
        self.household = max(float(home @ blocked.counts), HOUSEHOLDS) / self.pairs
        for at, field in enumerate(FIELDS):
            fair = np.isin(blocked.kinds, _fair_kinds(field, blocked.kinds))
            seen = _counted(blocked.levels[fair, at], (one * blocked.counts)[fair], field)
            self.seen[field] = seen
            self.m[field][1:] = _share(seen, self.defaults.levels[field], 0, M_STRENGTH)
            seen = _counted(strangers.levels[:, at], by_lot * strangers.counts, field)
            self.u[field][1:] = _share(seen, self.defaults.levels[field], 1, U_STRENGTH)

    def weights(self) -> Weights:
        levels, home = {}, {}
        relatives = self._relatives()
        for field in FIELDS:
            m, u = self.m[field][1:], self.u[field][1:]
            usual = np.array([log2(m / u) for m, u in self.defaults.levels[field]])
            bits = _trusted(np.log2(m / u), self.seen[field], usual)
            levels[field] = tuple(
                (float(one), float(one / 2**worth)) for one, worth in zip(m, bits, strict=True)
            )
            usual = np.array(self.defaults.home[field])
            against = np.log2(m / relatives[field][1:])
            home[field] = tuple(_trusted(against, self.seen[field], usual).tolist())
        return structs.replace(
            self.defaults,
            levels=levels,
            home=home,
            prior=log2(self.one),
            home_prior=log2(self.one / self.household),
        )


def _column(levels: Iterable[tuple[float, float]], which: int) -> Floats:
    return np.array([1.0, *(level[which] for level in levels)])


def _fair_kinds(field: str, kinds: NDArray[np.int64]) -> list[int]:
    """Those sets of blocks of which one at least is not made of the field itself."""
    free = sum(1 << at for at, kind in enumerate(KINDS) if field not in _MADE_OF[kind])
    return [int(kind) for kind in np.unique(kinds) if int(kind) & free]


def _counted(levels: NDArray[np.int64], counts: Floats, field: str) -> Floats:
    """How many pairs have each level of a field, those left out that do not say."""
    found = np.bincount(levels, weights=counts, minlength=len(LEVELS[field]) + 1)
    return found[1:].astype(np.float64)


def _share(
    seen: Floats, default: tuple[tuple[float, float], ...], which: int, strength: float
) -> Floats:
    before = np.array([level[which] for level in default])
    before = before / before.sum()
    found: Floats = (seen + strength * before) / (seen.sum() + strength)
    return np.maximum(found, 1e-7)


def _trusted(bits: Floats, seen: Floats, default: Floats) -> Floats:
    """What levels are worth: as estimated where they were seen often in one person's pairs, as
    by default where they were not; none with another sign than by default, none worth more
    than the first or less than the last."""
    found = (bits * seen + default * FEW) / (seen + FEW)
    found = np.where(default > 0, np.maximum(found, 0.0), np.minimum(found, 0.0))
    found = np.clip(found, found[-1], found[0]) * (default != 0)
    kept: Floats = np.clip(found, -MOST_AGAINST, MOST_BITS)
    return kept
