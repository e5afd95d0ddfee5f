"""Why two are one person, or not: a small table, and a sentence. Pure."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct

from customers.columns import columns_for
from customers.comparing import BIRTH_DATE, DOCUMENT, EMAIL, PHONE, Compared, compare
from customers.deciding import names_agree, outcomes
from customers.levels import FIELDS, LEVELS
from customers.profiles import Profile
from customers.weighing import Scale, Weights

# The fields as people know them, and what is compared of each.
SHOWN: Final[dict[str, tuple[str, ...]]] = {
    "name": ("given", "family", "generation"),
    "kind": ("kind",),
    "document": ("document",),
    "email": ("email",),
    "phone": ("phone",),
    "birth_date": ("birth_date",),
    "address": ("street", "place"),
}
WORDS: Final = {
    "name": "name", "kind": "kind", "document": "document", "email": "e-mail",
    "phone": "phone", "birth_date": "birth date", "address": "address",
}  # fmt: skip
PRIOR: Final = "prior"
HOUSEHOLD: Final = "household"
TELLING: Final = 2.0  # bits; a field of so many is named in the sentence


class Line(Struct, frozen=True):
    """`field`: one of SHOWN, or PRIOR (what any two have against them), or HOUSEHOLD (what
    relatives have in common as well). `how`: the levels in words. `weight` in bits."""

    field: str
    left: str
    right: str
    how: str
    weight: float


class Evidence(Struct, frozen=True):
    """`weight` is the sum of the lines'. `outcome`: LINK, ASK or APART, of `deciding`."""

    weight: float
    lines: tuple[Line, ...]
    reason: str
    outcome: int


def evidence(one: Profile, other: Profile, weights: Weights) -> Evidence:
    return evidences((one, other), [(0, 1)], weights)[0]


def evidences(
    profiles: Sequence[Profile], pairs: Sequence[tuple[int, int]], weights: Weights
) -> list[Evidence]:
    """The evidence for several pairs, each the places of two in `profiles`."""
    if not pairs:
        return []
    left, right = (np.array([pair[at] for pair in pairs], dtype=np.int32) for at in range(2))
    columns, left, right = columns_for(profiles, left, right)
    compared = compare(columns, left, right)
    scale = Scale(columns, weights)
    strangers, home = scale.sides(left, right, compared)
    total = scale.allowed_for(strangers, home)
    household = total - strangers - weights.prior
    bits, outcome = scale.bits(left, right, compared), outcomes(compared, total, weights)
    agree = names_agree(compared).tolist()
    found = []
    for at, (one, other) in enumerate(pairs):
        lines = _lines(profiles[one], profiles[other], bits[at].tolist(), compared, at)
        reason = _sentence(compared, at, lines, agree[at])
        lines.append(Line(PRIOR, "", "", "", weights.prior))
        lines.append(Line(HOUSEHOLD, "", "", "", float(household[at])))
        found.append(Evidence(float(total[at]), tuple(lines), reason, int(outcome[at])))
    return found


def _lines(
    one: Profile, other: Profile, bits: list[float], compared: Compared, at: int
) -> list[Line]:
    levels = dict(zip(FIELDS, compared.levels[at].tolist(), strict=True))
    worth = dict(zip(FIELDS, bits, strict=True))
    found = (_line(field, one, other, worth, levels) for field in SHOWN)
    return [line for line in found if line is not None]


def _line(
    field: str, one: Profile, other: Profile, bits: dict[str, float], levels: dict[str, int]
) -> Line | None:
    parts = [(part, found) for part in SHOWN[field] if (found := levels[part])]
    if not parts:
        return None
    how = "; ".join(dict.fromkeys(LEVELS[part][found - 1] for part, found in parts))
    weight = sum(bits[part] for part, _ in parts)
    return Line(field, text(field, one), text(field, other), how, weight)


def text(field: str, profile: Profile) -> str:
    """What a profile says in a field, for people."""
    if field == "document":
        return ", ".join(paper.number for paper in profile.documents)
    if field == "birth_date":
        born = profile.born
        return f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else ""
    said = {
        "name": profile.name,
        "kind": profile.kind,
        "email": ", ".join(profile.emails),
        "phone": ", ".join(profile.phones),
        "address": profile.address,
    }
    return said[field]


def _sentence(compared: Compared, at: int, lines: list[Line], names: bool) -> str:
    """A pair in words: what speaks for it, and what against; `names`: whether they agree."""
    shared = [
        WORDS[field]
        for bit, field in ((DOCUMENT, "document"), (EMAIL, "email"), (PHONE, "phone"))
        if compared.shared[at] & bit
    ]
    also = [
        WORDS[line.field]
        for line in lines
        if line.weight >= TELLING and WORDS[line.field] not in shared
    ]
    said = [f"the same {' and '.join(shared)}"] if shared else []
    if also:
        said.append(f"alike in {' and '.join(also)}")
    found = ", ".join(said) or "little in common"
    against = _against(compared, at, names)
    return f"{found[0].upper()}{found[1:]}{f', but {against}' if against else ''}"


def _against(compared: Compared, at: int, names: bool) -> str:
    if compared.vetoes[at] & DOCUMENT:
        return "their documents differ"
    if compared.vetoes[at] & BIRTH_DATE:
        return "their birth dates differ"
    return "" if names else "the names differ"
