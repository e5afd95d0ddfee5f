"""How like two names are, for many pairs at once. Pure.

Words are compared with words: the very same, a short form, a slip of the pen, an initial.
Their order within given and within family names does not count; a given and a family name
that changed places is a level of its own.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from customers.columns import Columns, Ints, Words
from customers.levels import LEVELS, level
from customers.names import of_two_genders

Flags = NDArray[np.bool_]
Level = NDArray[np.uint8]

ALIKE: Final = 0.86  # by Jaro and Winkler: a worse spelling than one slip
_GIVEN = {name: level("given", name) for name in LEVELS["given"]}
_FAMILY = {name: level("family", name) for name in LEVELS["family"]}


class Names(Struct):
    """Levels, and the family words that are the very same (-1: none), whose rarity counts."""

    given: Level
    family: Level
    family_words: Ints


def compare_names(columns: Columns, left: Ints, right: Ints) -> Names:
    words = columns.words
    ones, others = columns.given[left], columns.given[right]
    families, other_families = columns.family[left], columns.family[right]
    given = _given(words, ones, others)
    family, family_words = _family(
        words,
        _without_given(families, other_families, others),
        _without_given(other_families, families, ones),
    )
    for mine, theirs, sided in (
        (ones, other_families, families), (others, families, other_families),
    ):  # fmt: skip
        _lone_surnames(given, family, mine, theirs, sided, family_words)
    doubtful = np.flatnonzero(given >= _GIVEN["alike"])
    if len(doubtful):
        swapped = doubtful[
            _crossed(words, ones[doubtful], other_families[doubtful])
            + _crossed(words, others[doubtful], families[doubtful])
            > _HALF_CROSSED
        ]
        given[swapped], family[swapped] = _GIVEN["swapped"], _FAMILY["swapped"]
        family_words[swapped] = -1
    return Names(given, family, family_words)


def _without_given(families: Ints, others: Ints, their_given: Ints) -> Ints:
    """Family names without what is a given name on the other side: of a name in one string
    nobody can tell where the second given name ends."""
    taken = np.zeros(families.shape, dtype=bool)
    for at in range(families.shape[1]):
        word = families[:, at : at + 1]
        elsewhere = (word == their_given).any(axis=1) & ~(word == others).any(axis=1)
        taken[:, at] = elsewhere & (word[:, 0] >= 0)
    taken[taken.sum(axis=1) == (families >= 0).sum(axis=1)] = False
    return np.where(taken, -1, families)


def _lone_surnames(
    given: Level, family: Level, ones: Ints, families: Ints, own_families: Ints, same: Ints
) -> None:
    """A name of one word, which was taken for a given name, is a family name where the other
    side has it as one."""
    lone = (given >= _GIVEN["alike"]) & (family == 0) & (own_families[:, 0] < 0)
    rows = np.flatnonzero(lone & (ones[:, 0] >= 0))
    rows = rows[(ones[rows, :1] == families[rows]).any(axis=1)]
    given[rows], family[rows] = 0, _FAMILY["same"]
    same[rows, 0] = ones[rows, 0]


def _given(words: Words, ones: Ints, others: Ints) -> Level:
    one, other = ones[:, 0], others[:, 0]
    said = (one >= 0) & (other >= 0)
    found = np.where(said, _GIVEN["differs"], 0).astype(np.uint8)
    same = said & (one == other)
    found[same] = _GIVEN["same"]
    rest = np.flatnonzero(said & ~same)
    if len(rest):
        found[rest] = _unequal_given(words, ones[rest], others[rest])
    return found


def _unequal_given(words: Words, ones: Ints, others: Ints) -> Level:
    """The level of given names of which the first ones are not the very same; the later a
    line below, the more it counts."""
    one, other = ones[:, 0], others[:, 0]
    found = np.full(len(one), _GIVEN["differs"], dtype=np.uint8)
    slips, alike = slip(words, one, other)
    same_gender = ~_two_genders(words, one, other, slips | alike)
    found[alike & same_gender] = _GIVEN["alike"]
    found[_initial(words, one, other)] = _GIVEN["initial"]
    found[slips & same_gender] = _GIVEN["one slip"]
    found[_equal_any(ones, others)] = _GIVEN["another of theirs"]
    found[_formal(words, one, other)] = _GIVEN["short form"]
    return found


def _equal_any(ones: Ints, others: Ints) -> Flags:
    found: Flags = np.zeros(len(ones), dtype=bool)
    for at in range(ones.shape[1]):
        found |= ((ones[:, at : at + 1] == others) & (others >= 0)).any(axis=1)
    return found


def _formal(words: Words, one: Ints, other: Ints) -> Flags:
    """Whether two given names can stand for the same one: Pepe and José, Beto and Roberto."""
    found = np.zeros(len(one), dtype=bool)
    told = (words.formal[one, 1] >= 0) | (words.formal[other, 1] >= 0)
    rest = np.flatnonzero(told & (one >= 0) & (other >= 0))
    forms, other_forms = words.formal[one[rest]], words.formal[other[rest]]
    found[rest] = _equal_any(forms, other_forms)
    return found


def _initial(words: Words, one: Ints, other: Ints) -> Flags:
    """Whether one word is the other's first letter. A digit is nobody's."""
    short = (words.length[one] == 1) | (words.length[other] == 1)
    lettered = words.first[one] >= ord("a")
    same = lettered & (words.first[one] == words.first[other])
    found: Flags = short & same & (one >= 0) & (other >= 0)
    return found


def slip(words: Words, one: Ints, other: Ints) -> tuple[Flags, Flags]:
    """Whether words are a slip of the pen apart (two in a long word), and whether they are at
    least alike. Words of other lengths or other letters are not looked at: they cannot be."""
    slips, alike = np.zeros(len(one), dtype=bool), np.zeros(len(one), dtype=bool)
    lengths, other_lengths = words.length[one], words.length[other]
    apart = np.bitwise_count(words.letters[one] ^ words.letters[other])
    near = (np.minimum(lengths, other_lengths) >= 3) & (np.abs(lengths - other_lengths) <= 3)
    rest = np.flatnonzero(near & (apart <= 5) & (one >= 0) & (other >= 0))
    if len(rest):
        texts, other_texts = words.texts[one[rest]], words.texts[other[rest]]
        short = np.minimum(lengths[rest], other_lengths[rest])
        far = cpdist(texts, other_texts, scorer=OSA.distance, score_cutoff=2)
        slips[rest] = (far <= 1) & (short >= 4) | (far <= 2) & (short >= 8)
        near_by = cpdist(texts, other_texts, scorer=JaroWinkler.similarity, score_cutoff=ALIKE)
        alike[rest] = (near_by >= ALIKE) | (far <= 1)
    return slips, alike


def _two_genders(words: Words, one: Ints, other: Ints, among: Flags) -> Flags:
    found = np.zeros(len(one), dtype=bool)
    for at in np.flatnonzero(among):
        found[at] = of_two_genders(words.texts[one[at]], words.texts[other[at]])
    return found


def _family(words: Words, ones: Ints, others: Ints) -> tuple[Level, Ints]:
    count, other_count = (ones >= 0).sum(axis=1), (others >= 0).sum(axis=1)
    said = (count > 0) & (other_count > 0)
    matched = np.stack(
        [((ones[:, at : at + 1] == others) & (others >= 0)).any(axis=1)
         for at in range(ones.shape[1])], axis=1,
    )  # fmt: skip
    same = matched.sum(axis=1)
    shorter = np.minimum(count, other_count)
    found = np.where(said, _FAMILY["differs"], 0).astype(np.uint8)
    found[said & (same > 0)] = _FAMILY["one of two"]
    whole = said & (same == shorter)
    found[whole] = _FAMILY["same"]
    found[whole & (same > 1)] = _FAMILY["two the same"]
    rest = np.flatnonzero(said & ~whole)
    if len(rest):
        found[rest] = _unequal_family(
            words, ones[rest], others[rest], matched[rest], shorter[rest] - same[rest]
        )
        rest = rest[found[rest] >= _FAMILY["one of two"]]
        found[rest[_cut_otherwise(words, ones[rest], others[rest])]] = _FAMILY["one slip"]
    return found, np.where(matched, ones, -1).astype(np.int32)


def _cut_otherwise(words: Words, ones: Ints, others: Ints) -> NDArray[np.int64]:
    """The rows in which both sides are the same letters, the spaces between them aside."""
    lengths, other_lengths = (words.length[side].sum(axis=1) for side in (ones, others))
    letters, other_letters = (
        np.bitwise_or.reduce(words.letters[side], axis=1) for side in (ones, others)
    )
    rows = np.flatnonzero((lengths == other_lengths) & (letters == other_letters))
    mine, theirs = (words.texts[side[rows]].sum(axis=1) for side in (ones, others))
    found: NDArray[np.int64] = rows[mine == theirs]
    return found


def _unequal_family(
    words: Words, ones: Ints, others: Ints, matched: Flags, wanting: NDArray[np.int64]
) -> Level:
    """The level of family names where some words of the shorter, `wanting`, are not in the
    longer as they are."""
    matched_other = np.stack(
        [((others[:, at : at + 1] == ones) & (ones >= 0)).any(axis=1)
         for at in range(others.shape[1])], axis=1,
    )  # fmt: skip
    slips, alike, initials = (_Pairing(ones.shape, others.shape) for _ in range(3))
    for at in range(ones.shape[1]):
        for to in range(others.shape[1]):
            open_ = (ones[:, at] >= 0) & ~matched[:, at] & (others[:, to] >= 0)
            rows = np.flatnonzero(open_ & ~matched_other[:, to])
            if len(rows):
                one, other = ones[rows, at], others[rows, to]
                near, like = slip(words, one, other)
                slips.mark(rows[near], at, to)
                alike.mark(rows[like], at, to)
                initials.mark(rows[_initial(words, one, other)], at, to)
    some, wrong = matched.any(axis=1), slips.count() > 0
    whole = slips.count() + initials.count() >= wanting
    found = np.where(some, _FAMILY["one of two"], _FAMILY["differs"]).astype(np.uint8)
    found[~some & (alike.count() > 0)] = _FAMILY["alike"]
    found[some & (alike.count() >= wanting)] = _FAMILY["one slip"]
    found[whole & ~wrong] = np.where(some, _FAMILY["same"], _FAMILY["initial"])[whole & ~wrong]
    found[whole & wrong] = _FAMILY["one slip"]
    return found


class _Pairing:
    """Which words of one side have a like on the other."""

    def __init__(self, shape: tuple[int, ...], other_shape: tuple[int, ...]) -> None:
        self.one, self.other = np.zeros(shape, dtype=bool), np.zeros(other_shape, dtype=bool)

    def mark(self, rows: Ints | NDArray[np.int64], at: int, to: int) -> None:
        self.one[rows, at] = True
        self.other[rows, to] = True

    def count(self) -> NDArray[np.int64]:
        """How many pairs of like words there are, each word in one."""
        found: NDArray[np.int64] = np.minimum(self.one.sum(axis=1), self.other.sum(axis=1))
        return found


_HALF_CROSSED: Final = 2


def _crossed(words: Words, given: Ints, family: Ints) -> NDArray[np.int64]:
    """Whether a given name of one side is among the family names of the other: 2 if it is
    there, but for a slip, 1 if only an initial of it is, -9 if not."""
    found = np.full(len(given), -9, dtype=np.int64)
    for at in range(given.shape[1]):
        for to in range(family.shape[1]):
            one, other = given[:, at], family[:, to]
            rows = np.flatnonzero((one >= 0) & (other >= 0) & (found < _HALF_CROSSED))
            one, other = one[rows], other[rows]
            slips, _ = slip(words, one, other)
            found[rows[(one == other) | slips]] = _HALF_CROSSED
            initials = rows[_initial(words, one, other)]
            found[initials] = np.maximum(found[initials], 1)
    return found
