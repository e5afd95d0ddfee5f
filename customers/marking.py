"""Which characters of two texts differ, for people who compare them. Pure."""

from difflib import SequenceMatcher

from msgspec import Struct

LONGEST = 2_000  # characters; longer texts are shown as they are


class Part(Struct, frozen=True):
    """A piece of a text; `differs` where the other text has something else, or nothing."""

    text: str
    differs: bool


Parts = list[Part]


def marked(one: str, other: str) -> tuple[Parts, Parts]:
    """Both texts in parts. The parts of each, joined, are the text itself."""
    if max(len(one), len(other)) > LONGEST or not one or not other:
        return _whole(one), _whole(other)
    ones: Parts = []
    others: Parts = []
    found = SequenceMatcher(None, one, other, autojunk=False)
    for what, start, end, other_start, other_end in found.get_opcodes():
        differs = what != "equal"
        ones += [Part(one[start:end], differs)] if end > start else []
        others += [Part(other[other_start:other_end], differs)] if other_end > other_start else []
    return ones, others


def _whole(text: str) -> Parts:
    return [Part(text, False)] if text else []
