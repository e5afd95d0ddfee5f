"""How like two people can be, field by field. Pure.

A level is a small number: 0 where either side says nothing, 1 for the most alike, and upwards
the less alike they are.
"""

from typing import Final

MISSING: Final = 0

LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "given": (
        "same", "swapped", "short form", "one slip", "another of theirs", "initial", "alike",
        "differs",
    ),
    "family": (
        "two the same", "same", "swapped", "one slip", "initial", "one of two", "alike", "differs",
    ),
    "generation": ("same", "one has it", "differs"),
    "kind": ("same", "differs"),
    "document": ("same", "one slip", "differs"),
    "email": ("same", "same name elsewhere", "one slip", "differs"),
    "phone": ("same", "one slip", "differs"),
    "birth_date": ("same", "one slip", "two parts of three", "differs"),
    "street": (
        "same", "alike, same number", "same, no number", "another number", "only the number",
        "differs",
    ),
    "place": (
        "same", "city, slip in the postal code", "postal code", "city", "slip in the postal code",
        "state", "differs",
    ),
}  # fmt: skip
FIELDS: Final = tuple(LEVELS)


def level(field: str, name: str) -> int:
    return LEVELS[field].index(name) + 1
