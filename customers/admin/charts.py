"""Pictures of figures, drawn on the server: numbers in, shapes out. Pure.

A picture stands beside a table of the same figures, so it is for the eye alone; its colours are
the stylesheet's. Lengths are in the SVG's own units.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Bar(NamedTuple):
    """A bar from left to right, or one piece of a column."""

    x: float
    y: float
    width: float
    height: float
    colour: int = 0


class Dot(NamedTuple):
    x: float
    y: float
    filled: bool


class Row(NamedTuple):
    """A set of vendors: a dot for each vendor, and a bar for how many customers."""

    y: float
    dots: list[Dot]
    bar: Bar


class Column(NamedTuple):
    """A day: its pieces from the ground up, and where its name stands."""

    pieces: list[Bar]
    middle: float
    label: str


def rows(
    members: Sequence[Sequence[bool]], numbers: Sequence[int], *, step: float, bar_from: float,
    width: float, height: float,
) -> list[Row]:  # fmt: skip
    """One row a set; `members` says for each vendor whether it belongs."""
    most = max(numbers, default=0) or 1
    return [
        Row(
            number * height,
            [
                Dot((place + 0.5) * step, (number + 0.5) * height, inside)
                for place, inside in enumerate(inside_of)
            ],
            Bar(
                bar_from,
                number * height + height * 0.2,
                max(2.0, width * count / most),
                height * 0.6,
            ),
        )
        for number, (inside_of, count) in enumerate(zip(members, numbers, strict=True))
    ]


def columns(
    stacks: Sequence[Sequence[int]], labels: Sequence[str], *, width: float, height: float,
    gap: float = 0.25,
) -> list[Column]:  # fmt: skip
    """One column a day, its pieces in the order given; the highest fills the height."""
    most = max((sum(stack) for stack in stacks), default=0) or 1
    step = width / max(1, len(stacks))
    found = []
    for number, (stack, label) in enumerate(zip(stacks, labels, strict=True)):
        left, ground, pieces = number * step + step * gap / 2, height, []
        for colour, value in enumerate(stack):
            tall = height * value / most
            ground -= tall
            if value:
                pieces.append(Bar(left, ground, step * (1 - gap), tall, colour))
        found.append(Column(pieces, (number + 0.5) * step, label))
    return found
