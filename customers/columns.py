"""Profiles as columns of numbers: what comparing many pairs at once needs. Pure.

Texts become their place in a vocabulary; -1 stands for none. A thousand profiles take
about a hundredth of what they take as objects.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customers.blocking import local_part
from customers.names import MAX_FORMAL, MAX_GIVEN, formal
from customers.profiles import Paper, Profile

Ints = NDArray[np.signedinteger[Any]]
KIND_CODES = {"": -1, "person": 0, "company": 1}


class Vocabulary:
    """Texts by number. The empty text is -1."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        if not text:
            return -1
        return self._codes.setdefault(text, len(self._codes))

    def texts(self) -> NDArray[np.object_]:
        found = np.empty(len(self._codes) + 1, dtype=object)
        found[:-1] = list(self._codes)
        found[-1] = ""  # what -1 finds
        return found


class Words:
    """The words of names, with what telling them apart takes: length, letters, formal names."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        words: list[str] = list(vocabulary.texts()[:-1])
        forms = [formal(word) for word in words]
        own = len(words)
        codes = {word: at for at, word in enumerate(words)}
        self.formal = np.full((own + 1, MAX_FORMAL), -1, dtype=np.int32)
        for at, form in enumerate(forms):
            if len(form) > 1:
                # A formal name that nobody here bears gets a number behind the words' own.
                self.formal[at, : len(form)] = [codes.setdefault(f, len(codes)) for f in form]
        plain = np.flatnonzero(self.formal[:own, 0] < 0)
        self.formal[plain, 0] = plain
        self.texts = vocabulary.texts()
        self.length = np.array([len(word) for word in words] + [0], dtype=np.int32)
        self.letters = np.array([letters(word) for word in words] + [0], dtype=np.uint32)
        self.first = np.array([ord(word[0]) for word in words] + [0], dtype=np.int32)


def letters(word: str) -> int:
    """The letters that a word has, a bit each; what is no letter shares the upper bits."""
    found = 0
    for char in word:
        found |= 1 << (ord(char) - 97 if "a" <= char <= "z" else 26 + ord(char) % 6)
    return found


class _Several:
    """A column of which a profile may have any number of values."""

    def __init__(self, typecode: str) -> None:
        self.typecode = typecode
        self.counts = array("i")
        self.values = array(typecode)

    def add(self, values: list[int]) -> None:
        self.counts.append(len(values))
        self.values.extend(values)

    def padded(self) -> NDArray[np.int64]:
        kind = np.int64 if self.typecode == "q" else np.int32
        counts = np.frombuffer(self.counts, dtype=np.int32)
        return padded(counts, np.frombuffer(self.values, dtype=kind), -1)


def padded(counts: Ints, values: NDArray[Any], nothing: int = 0) -> NDArray[Any]:
    """Values that belong to rows, so many each, as a table of rows filled up with `nothing`."""
    width = max(int(counts.max(initial=0)), 1)
    found = np.full((len(counts), width), nothing, dtype=values.dtype)
    found[np.arange(width) < counts[:, None]] = values
    return found


class Columns:
    """The columns of some profiles, one row each, in their order."""

    def __init__(self, maker: "Maker") -> None:
        fixed = np.frombuffer(maker.fixed, dtype=np.int32).reshape(-1, _FIXED)
        self.size = len(fixed)
        (self.kind, self.generation, self.born, self.street, self.number, self.city,
         self.state, self.postal) = (fixed[:, at].copy() for at in range(_FIXED))  # fmt: skip
        given = np.frombuffer(maker.given, dtype=np.int32).reshape(-1, MAX_GIVEN)
        self.given = given.copy()
        self.family = maker.family.padded()
        self.papers = maker.papers.padded()
        self.paper_kinds = maker.paper_kinds.padded()
        self.locals = maker.locals.padded()
        self.domains = maker.domains.padded()
        self.phones = maker.phones.padded()
        self.words = Words(maker.words)
        self.texts = maker.texts.texts()


_FIXED = 8


def columns_of(profiles: Iterable[Profile]) -> Columns:
    maker = Maker()
    for one in profiles:
        maker.add(one)
    return maker.made()


def columns_for(profiles: Sequence[Profile], left: Ints, right: Ints) -> tuple[Columns, Ints, Ints]:
    """Columns of those profiles alone that are in a pair, and the pairs' places in them."""
    named, places = np.unique(np.concatenate((left, right)), return_inverse=True)
    columns = columns_of(profiles[at] for at in named.tolist())
    return columns, places[: len(left)], places[len(left) :]


class Maker:
    """Takes profiles one by one, and makes columns of them."""

    def __init__(self) -> None:
        self.words, self.texts = Vocabulary(), Vocabulary()
        self.fixed, self.given = array("i"), array("i")
        self.family, self.papers, self.paper_kinds = _Several("i"), _Several("i"), _Several("i")
        self.locals, self.domains, self.phones = _Several("i"), _Several("i"), _Several("q")

    def add(self, one: Profile) -> None:
        text, home, name = self.texts.code, one.place, one.named
        self.fixed.extend(
            (
                KIND_CODES.get(one.kind, -1),
                text(name.generation),
                int(one.born) if one.born else -1,
                text(home.street),
                text(home.number),
                text(home.city),
                text(home.state),
                text(home.postal_code),
            )
        )
        word = self.words.code
        given = [word(part) for part in name.given[:MAX_GIVEN]]
        self.given.extend(given + [-1] * (MAX_GIVEN - len(given)))
        self.family.add([word(part) for part in name.family])
        self.papers.add([text(paper.number) for paper in one.documents])
        self.paper_kinds.add([self._paper_kind(paper) for paper in one.documents])
        self.locals.add([text(local_part(email)) for email in one.emails])
        self.domains.add([text(email.rpartition("@")[2]) for email in one.emails])
        self.phones.add([int(phone[1:]) for phone in one.phones])

    def made(self) -> Columns:
        return Columns(self)

    def _paper_kind(self, paper: Paper) -> int:
        """Even: proven. The kinds of two documents are the same if they differ in the last
        bit at most."""
        return self.texts.code(f"kind {paper.kind}") * 2 + (not paper.proven)
