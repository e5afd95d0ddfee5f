"""Who is worth comparing with whom. Pure.

A profile gets a few block keys, signed 64-bit numbers that are the same in every process and on
every day. Two profiles are compared if they share one. A block in which more than `MAX_BLOCK`
customers are is no help and is passed over: what it alone would have found is not found.
"""

from hashlib import blake2b
from typing import Final

from customers.names import formal, sound
from customers.profiles import Profile

MAX_BLOCK: Final = 60

# What a key is made of: the lowest three bits of the number.
KINDS: Final = ("document", "email", "phone", "birth", "name", "town", "home")
_DOCUMENT, _EMAIL, _PHONE, _BIRTH, _NAME, _TOWN, _HOME = range(len(KINDS))
KIND_BITS: Final = 7

_ROLES = frozenset(
    "info contato contacto ventas vendas admin oficina office sales hello hola ola compras "
    "financeiro contabilidad contabilidade atendimento suporte soporte gerencia".split()
)


def kind_of(block: int) -> int:
    """The place in KINDS of what a key was made of."""
    return block & KIND_BITS


def block_keys(profile: Profile) -> tuple[int, ...]:
    """The keys of a profile, each once."""
    found: list[tuple[int, str]] = [(_DOCUMENT, paper.number) for paper in profile.documents]
    for email in profile.emails:
        local = local_part(email)
        found.append((_EMAIL, local if local not in _ROLES else email))
    found.extend((_PHONE, phone[-7:]) for phone in profile.phones)
    _name_keys(profile, found)
    home = profile.place
    if home.street and home.number and (home.city or home.postal_code):
        found.append((_HOME, f"{home.street} {home.number} {home.city or home.postal_code}"))
    return tuple({_hashed(kind, text): None for kind, text in found})


def _name_keys(profile: Profile, found: list[tuple[int, str]]) -> None:
    """Sounds of names, in an order of their own, so that given and family names that changed
    places meet; with the day of birth any one of them, without it two together."""
    given, family = profile.named.given, profile.named.family
    sounds = [sound(formal(given[0])[-1 if len(formal(given[0])) == 2 else 0])] if given else []
    first = family[0] if family else ""
    last = family[-1] if len(family) > 1 else ""
    if first:
        sounds.append(sound(first))
    if profile.born:
        found.extend((_BIRTH, f"{profile.born} {one}") for one in sounds)
    if len(sounds) < 2 and not last:
        return
    city, postal = profile.place.city, profile.place.postal_code
    for other in (first, last):
        if other:
            pair = " ".join(sorted((sounds[0], sound(other))))
            if postal:
                found.append((_NAME, f"{pair} {postal}"))
            elif city:
                found.append((_TOWN, f"{pair} {city}"))


def local_part(email: str) -> str:
    """What stands before the `@`, without its dots and what was put behind a plus."""
    local = email.partition("@")[0].partition("+")[0]
    return local if local.isalnum() else "".join(c for c in local if c.isalnum()) or local


def _hashed(kind: int, text: str) -> int:
    found = blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(found, "little", signed=True) & ~KIND_BITS | kind
