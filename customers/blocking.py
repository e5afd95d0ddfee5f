"""Who is worth comparing with whom. Pure.

A profile gets a few block keys, signed 64-bit numbers that are the same in every process and on
every day. Two profiles are compared if they share one. A block in which more than `MAX_BLOCK`
customers are is no help and is passed over: what it alone would have found is not found.

The narrow keys are kept with every customer, and find the candidates of a record as it comes.
Where a whole table is examined, wide ones (a day of birth alone, a street, a surname) find
those of whom everything else is misspelt; only the smallest of their blocks are looked at.
"""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from customers.names import formal, sound
from customers.profiles import Place, Profile

MAX_BLOCK: Final = 60

# What a key is made of: the lowest four bits of the number.
NARROW: Final = ("document", "email", "phone", "birth", "name", "town", "home", "full")
WIDE: Final = ("day", "code", "street", "word")
KINDS: Final = NARROW + WIDE
KIND_BITS: Final = 15
_DOCUMENT, _EMAIL, _PHONE, _BIRTH, _NAME, _TOWN, _HOME, _FULL = range(len(NARROW))
_DAY, _CODE, _STREET, _WORD = range(len(NARROW), len(KINDS))

_ROLES = frozenset(
    "info contato contacto ventas vendas admin oficina office sales hello hola ola compras "
    "financeiro contabilidad contabilidade atendimento suporte soporte gerencia".split()
)


def block_keys(profile: Profile) -> tuple[int, ...]:
    """The narrow keys of a profile, each once."""
    found: list[tuple[int, str]] = [(_DOCUMENT, paper.number) for paper in profile.documents]
    for email in profile.emails:
        local = local_part(email)
        found.append((_EMAIL, local if local not in _ROLES else email))
    found.extend([(_PHONE, phone[-7:]) for phone in profile.phones])
    _name_keys(profile, profile.place, found)
    return _hashed(found)


def is_role(email: str) -> bool:
    """Whether the address is an office's by its name, and so nobody's own."""
    return local_part(email) in _ROLES


def wide_keys(profile: Profile) -> tuple[int, ...]:
    """The further keys by which a whole table is examined."""
    found = [_wide_number(_WORD, one) for one in _sounds(profile)]
    if profile.born:
        found.append(_wide_number(_DAY, profile.born))
    if profile.place.postal_code:
        found.append(_wide_number(_CODE, profile.place.postal_code))
    if profile.place.street:
        found.append(_wide_number(_STREET, profile.place.street))
    return tuple(dict.fromkeys(found))


def _sounds(profile: Profile) -> list[str]:
    """How the first given and the first family name sound; of a short form, its name."""
    given, family = profile.named.given, profile.named.family
    found = [_formal_sound(given[0])] if given else []
    return [*found, sound(family[0])] if family else found


@lru_cache(maxsize=32768)
def _formal_sound(word: str) -> str:
    found = formal(word)
    return sound(found[1] if len(found) == 2 else word)


def _name_keys(profile: Profile, home: Place, found: list[tuple[int, str]]) -> None:
    """Sounds of names, in an order of their own, so that given and family names that changed
    places meet; with the day of birth any one of them, in one house the first, without either
    two together, or three wherever they live."""
    sounds = _sounds(profile)
    if sounds and home.street and home.number and (home.city or home.postal_code):
        house = f"{home.street} {home.number} {home.city or home.postal_code}"
        found.append((_HOME, f"{house} {sounds[0]}"))
    if profile.born:
        found.extend([(_BIRTH, f"{profile.born} {one}") for one in sounds])
    family = profile.named.family
    if len(family) > 1:
        found.append((_FULL, " ".join(sorted({*sounds, sound(family[1])}))))
    if not family or len(sounds) + len(family) < 3:
        return
    where = home.postal_code or home.city
    if not where:
        return
    kind = _NAME if home.postal_code else _TOWN
    for other in (family[0], family[-1]) if len(family) > 1 else family:
        one, two = sounds[0], sound(other)
        found.append((kind, f"{one} {two} {where}" if one < two else f"{two} {one} {where}"))


def local_part(email: str) -> str:
    """What stands before the `@`, without its dots and what was put behind a plus."""
    local = email.partition("@")[0].partition("+")[0]
    return local if local.isalnum() else _NO_WORD.sub("", local) or local


_NO_WORD = re.compile(r"[\W_]+")


def _hashed(found: list[tuple[int, str]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys([_number(kind, text) for kind, text in found]))


def _number(kind: int, text: str) -> int:
    found = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
    return found & ~KIND_BITS | kind


# What is wide is said again and again.
_wide_number = lru_cache(maxsize=16384)(_number)
