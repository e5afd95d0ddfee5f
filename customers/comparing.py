"""How like two profiles are, field by field, for many pairs at once. Pure.

A pair has the same levels whichever side is left, and in whatever company it is compared.
What levels are worth is for `weighing` to say.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Indel
from rapidfuzz.process import cpdist

from customers.columns import Columns, Ints
from customers.comparing_names import Flags, Level, compare_names
from customers.levels import FIELDS, LEVELS, level

CHUNK: Final = 1 << 14  # pairs that are compared at once

# Bits of `shared`, and of `vetoes`.
DOCUMENT: Final = 1
EMAIL: Final = 2
PHONE: Final = 4
BIRTH_DATE: Final = 8


class Compared(Struct):
    """Pairs and how they compare. `levels`: a row for each pair, a column for each field.
    `shared`: the match keys that both have (DOCUMENT, EMAIL, PHONE). `vetoes`: what forbids
    that they are one person (DOCUMENT, BIRTH_DATE). `family`: the words of the family names
    that are the very same, as numbers in the columns' vocabulary, -1 where there is none."""

    levels: NDArray[np.uint8]
    shared: NDArray[np.uint8]
    vetoes: NDArray[np.uint8]
    family: Ints


def compare(columns: Columns, left: Ints, right: Ints) -> Compared:
    """Compare the rows `left` with the rows `right`, pair by pair. Many pairs are best
    compared CHUNK at a time: each takes about a thousand bytes meanwhile."""
    names = compare_names(columns, left, right)
    shared, vetoes = (np.zeros(len(left), dtype=np.uint8) for _ in range(2))
    found = {
        "given": names.given,
        "family": names.family,
        "generation": _generation(columns, left, right),
        "kind": _plain("kind", columns.kind[left], columns.kind[right]),
        "document": _document(columns, left, right, shared, vetoes),
        "email": _email(columns, left, right, shared),
        "phone": _phone(columns, left, right, shared),
        "birth_date": _birth_date(columns.born[left], columns.born[right], vetoes),
        "street": _street(columns, left, right),
        "place": _place(columns, left, right),
    }
    levels = np.stack([found[field] for field in FIELDS], axis=1)
    return Compared(levels, shared, vetoes, names.family_words)


def _plain(field: str, one: Ints, other: Ints) -> Level:
    """Same or not, of a field with a single value and no level between."""
    said = (one >= 0) & (other >= 0)
    unlike = np.where(one == other, 1, len(LEVELS[field]))
    return np.where(said, unlike, 0).astype(np.uint8)


def _generation(columns: Columns, left: Ints, right: Ints) -> Level:
    """A father is written without, so that one side alone says something too."""
    one, other = columns.generation[left], columns.generation[right]
    found = _plain("generation", one, other)
    named = (columns.given[left, 0] >= 0) & (columns.given[right, 0] >= 0)
    found[((one >= 0) != (other >= 0)) & named] = level("generation", "one has it")
    return found


def _document(columns: Columns, left: Ints, right: Ints, shared: Level, vetoes: Level) -> Level:
    """The best of all pairs of documents of one kind. Proven ones of one kind of which none
    is common forbid."""
    ones, others = columns.papers[left], columns.papers[right]
    kinds, other_kinds = columns.paper_kinds[left], columns.paper_kinds[right]
    found = np.zeros(len(left), dtype=np.uint8)
    for at in range(ones.shape[1]):
        kind = kinds[:, at : at + 1]
        said = (kind >= 0) & (other_kinds >= 0)
        one_kind = said & (kind >> 1 == other_kinds >> 1)
        either = one_kind | said & ((kind | other_kinds) & 1 == 1)
        equal = either & (ones[:, at : at + 1] == others)
        proven = one_kind & ((kind | other_kinds) & 1 == 0)
        _best(found, equal.any(axis=1), 1)
        _best(found, (one_kind & ~equal).any(axis=1), level("document", "differs"))
        shared[(equal & proven).any(axis=1)] |= DOCUMENT
        vetoes[proven.any(axis=1) & ~_common(columns, left, right, at)] |= DOCUMENT
    _slips_of_documents(columns, left, right, found)
    return found


def _common(columns: Columns, left: Ints, right: Ints, at: int) -> Flags:
    """Whether both have a document in common that is of the kind of the left's `at`-th."""
    ones, kinds = columns.papers[left], columns.paper_kinds[left]
    found = np.zeros(len(left), dtype=bool)
    for also in range(ones.shape[1]):
        same_kind = (kinds[:, at] == kinds[:, also]) & (kinds[:, also] >= 0)
        held = (columns.papers[right] == ones[:, also : also + 1]) & (
            columns.paper_kinds[right] == kinds[:, also : also + 1]
        )
        found |= same_kind & held.any(axis=1)
    return found


def _slips_of_documents(columns: Columns, left: Ints, right: Ints, found: Level) -> None:
    """Two numbers that may be of one kind, with one slip between them."""
    rows = np.flatnonzero((found != 1) & (columns.papers[left, 0] >= 0)
                          & (columns.papers[right, 0] >= 0))  # fmt: skip
    for at in range(columns.papers.shape[1]):
        for to in range(columns.papers.shape[1]):
            ones, others = columns.papers[left[rows], at], columns.papers[right[rows], to]
            kinds = columns.paper_kinds[left[rows], at]
            other_kinds = columns.paper_kinds[right[rows], to]
            said = (kinds >= 0) & (other_kinds >= 0)
            said &= (kinds >> 1 == other_kinds >> 1) | ((kinds | other_kinds) & 1 == 1)
            near = _far(columns.texts, ones, others, said, 1) <= 1
            _best_at(found, rows[near & said], level("document", "one slip"))


def _email(columns: Columns, left: Ints, right: Ints, shared: Level) -> Level:
    ones, others = columns.locals[left], columns.locals[right]
    domains, other_domains = columns.domains[left], columns.domains[right]
    found = _several(ones, others, level("email", "differs"))
    for at in range(ones.shape[1]):
        same_name = (ones[:, at : at + 1] == others) & (others >= 0)
        same_domain = domains[:, at : at + 1] == other_domains
        elsewhere = (same_name & ~same_domain).any(axis=1)
        _best(found, elsewhere, level("email", "same name elsewhere"))
        both = (same_name & same_domain).any(axis=1)
        _best(found, both, 1)
        shared[both] |= EMAIL
    rows = np.flatnonzero(found == level("email", "differs"))
    for at in range(ones.shape[1]):
        for to in range(ones.shape[1]):
            one, other = ones[rows, at], others[rows, to]
            said = (one >= 0) & (other >= 0) & (domains[rows, at] == other_domains[rows, to])
            near = (_far(columns.texts, one, other, said, 1) <= 1) & said
            _best_at(found, rows[near], level("email", "one slip"))
    return found


def _several(ones: NDArray[np.int64], others: NDArray[np.int64], differs: int) -> Level:
    """Where both sides have a value at all: that they differ, until more is found."""
    return np.where((ones[:, 0] >= 0) & (others[:, 0] >= 0), differs, 0).astype(np.uint8)


def _best(found: Level, rows: Flags, value: int) -> None:
    found[rows & ((found == 0) | (found > value))] = value


def _best_at(found: Level, rows: NDArray[np.int64], value: int) -> None:
    found[rows] = np.where(found[rows] == 0, value, np.minimum(found[rows], value))


def _far(
    texts: NDArray[np.object_], ones: Ints, others: Ints, said: Flags, most: int
) -> NDArray[np.int64]:
    """How many slips lie between two texts; more than `most` is `most` and one."""
    found = np.full(len(ones), most + 1, dtype=np.int64)
    rows = np.flatnonzero(said)
    if len(rows):
        found[rows] = cpdist(
            texts[ones[rows]], texts[others[rows]], scorer=OSA.distance, score_cutoff=most
        )
    return found


def _phone(columns: Columns, left: Ints, right: Ints, shared: Level) -> Level:
    ones, others = columns.phones[left], columns.phones[right]
    found = _several(ones, others, level("phone", "differs"))
    for at in range(ones.shape[1]):
        for to in range(others.shape[1]):
            one, other = ones[:, at], others[:, to]
            said = (one >= 0) & (other >= 0)
            same = said & (one == other)
            _best(found, same, 1)
            shared[same] |= PHONE
            rows = np.flatnonzero(said & (found != 1))
            near = rows[_digit_apart(one[rows], other[rows])]
            _best_at(found, near, level("phone", "one slip"))
    return found


def _digit_apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> Flags:
    """One digit another, lost or added, or two neighbours exchanged; and numbers that share
    their last eight digits."""
    found: Flags = one % 10**8 == other % 10**8
    low, high = np.minimum(one, other), np.maximum(one, other)
    away = high - low
    for place in range(15):
        power = 10**place
        high_digit, low_digit = high // power % 10, low // power % 10
        found |= away == (high_digit - low_digit) * power
        found |= high // (10 * power) * power + high % power == low
        next_high, next_low = high // (10 * power) % 10, low // (10 * power) % 10
        swapped = (high_digit == next_low) & (next_high == low_digit)
        found |= swapped & (away == (next_high - high_digit) * 9 * power)
    return found


def _birth_date(one: Ints, other: Ints, vetoes: Level) -> Level:
    said = (one >= 0) & (other >= 0)
    found = np.where(said, level("birth_date", "differs"), 0).astype(np.uint8)
    found[said & (one == other)] = 1
    rows = np.flatnonzero(said & (one != other))
    vetoes[rows] |= BIRTH_DATE
    one, other = one[rows], other[rows]
    year, month, day = one // 10000, one // 100 % 100, one % 100
    other_year, other_month, other_day = other // 10000, other // 100 % 100, other % 100
    parts = (year == other_year) * 1 + (month == other_month) + (day == other_day)
    found[rows[parts == 2]] = level("birth_date", "two parts of three")
    turned = (year == other_year) & (day == other_month) & (month == other_day)
    slips = _same_length_slip(one.astype(np.int64), other.astype(np.int64)) | turned
    found[rows[slips]] = level("birth_date", "one slip")
    return found


def _same_length_slip(one: NDArray[np.int64], other: NDArray[np.int64]) -> Flags:
    digits = [(one // 10**place % 10, other // 10**place % 10) for place in range(8)]
    unlike = np.stack([mine != theirs for mine, theirs in digits], axis=1)
    found: Flags = unlike.sum(axis=1) == 1
    for (mine, theirs), (next_mine, next_theirs) in pairwise(digits):
        swapped = (mine == next_theirs) & (next_mine == theirs) & (mine != theirs)
        found |= swapped & (unlike.sum(axis=1) == 2)
    return found


def _street(columns: Columns, left: Ints, right: Ints) -> Level:
    one, other = columns.street[left], columns.street[right]
    number, other_number = columns.number[left], columns.number[right]
    said = (one >= 0) & (other >= 0)
    same = said & (one == other)
    alike = same | _alike(columns, one, other, said & ~same)
    numbered = (number >= 0) & (other_number >= 0)
    same_number = numbered & (number == other_number)
    found = np.where(said, level("street", "differs"), 0).astype(np.uint8)
    found[said & same_number] = level("street", "only the number")
    found[alike] = level("street", "another number")
    found[same & ~numbered] = level("street", "same, no number")
    found[alike & same_number] = level("street", "alike, same number")
    found[same & same_number] = 1
    return found


def _alike(columns: Columns, one: Ints, other: Ints, rows: Flags) -> Flags:
    """Whether two lines of text are alike, a few letters aside."""
    found = np.zeros(len(one), dtype=bool)
    at = np.flatnonzero(rows)
    if len(at):
        likeness = cpdist(
            columns.texts[one[at]],
            columns.texts[other[at]],
            scorer=Indel.normalized_similarity,
            score_cutoff=0.8,
        )
        found[at] = likeness >= 0.8
    return found


def _place(columns: Columns, left: Ints, right: Ints) -> Level:
    city, other_city = columns.city[left], columns.city[right]
    state, other_state = columns.state[left], columns.state[right]
    postal, other_postal = columns.postal[left], columns.postal[right]
    cities, coded = (city >= 0) & (other_city >= 0), (postal >= 0) & (other_postal >= 0)
    stated = (state >= 0) & (other_state >= 0)
    same_city = cities & (city == other_city)
    same_city |= _alike(columns, city, other_city, cities & ~same_city)
    same_code = coded & (postal == other_postal)
    slips = coded & ~same_code
    slips &= _far(columns.texts, postal, other_postal, slips, 1) <= 1
    found = np.where(cities | coded | stated, level("place", "differs"), 0).astype(np.uint8)
    found[stated & (state == other_state)] = level("place", "state")
    found[slips] = level("place", "slip in the postal code")
    found[same_city] = level("place", "city")
    found[slips & same_city] = level("place", "city, slip in the postal code")
    found[same_code] = level("place", "postal code")
    found[same_code & same_city] = 1
    return found
