"""Who a record or a customer is, in the form in which people are compared. Pure.

Made once, from the values (a record's, or a customer's golden ones) and from the match keys
(a record's, or all that a customer's links hold). E-mails, phones and valid documents come
from the keys alone: what is no key (a placeholder, a key that too many people carry) is no
evidence either.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from customers.names import Named, named, plain
from customers.normalise import Key, Statement, nameless
from customers.values import Values, digits

COMPARED = ("kind", "name", "company_name", "document", "birth_date", "address")
"""The fields that a profile is made of, beside the match keys."""

MAX_VALUES = 8  # e-mails, phones or documents of one customer that are compared
SHORTEST_CODE = 5  # digits of a postal code; a house's number has fewer


class Place(Struct, frozen=True, gc=False):
    """An address, folded. `street` is without its kind (`Av.`, `Rua`)."""

    street: str = ""
    number: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


NOWHERE = Place()


class Paper(Struct, frozen=True, gc=False, order=True):
    """An identity document. `proven`: its check digits hold, so that it is a match key."""

    kind: str
    number: str
    proven: bool = True


class Profile(Struct, frozen=True, gc=False):
    """`born` is `YYYYMMDD`, or `""`. `name` and `address` are as written, for people to read;
    the rest is what is compared."""

    kind: str = ""
    name: str = ""
    named: Named = Named()
    documents: tuple[Paper, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    born: str = ""
    place: Place = NOWHERE
    address: str = ""


EMPTY_PROFILE = Profile()


def of_statement(statement: Statement, retired: Iterable[Key] = ()) -> Profile:
    """A record's profile, for matching it as it is pulled. `retired` keys do not count."""
    keys = statement.keys
    if retired:
        keys = tuple(key for key in keys if key not in set(retired))
    return profile(statement.values, keys)


def profile(values: Values, keys: Iterable[Key]) -> Profile:
    """A profile of values and of the match keys that go with them: a customer's golden
    values and every key that its links hold and that has not retired."""
    if nameless(values):
        return EMPTY_PROFILE
    papers: list[Paper] = []
    emails: list[str] = []
    phones: list[str] = []
    for key in keys:
        if key.kind == "email":
            emails.append(key.value)
        elif key.kind == "phone":
            phones.append(key.value)
        else:
            kind, _, number = key.value.rpartition(":")
            papers.append(Paper(kind, number))
    stated = values.get("document")
    if stated:
        _unproven(stated, papers)
    name = values.get("name") or {}
    company = values.get("company_name") or ""
    parts, kind = named(name, company, values.get("kind") or "")
    address = values.get("address")
    return Profile(
        kind,
        _written(name, company, kind),
        parts,
        tuple(sorted(papers)[:MAX_VALUES]) if len(papers) > 1 else tuple(papers),
        tuple(sorted(set(emails))[:MAX_VALUES]) if len(emails) > 1 else tuple(emails),
        tuple(sorted(set(phones))[:MAX_VALUES]) if len(phones) > 1 else tuple(phones),
        _eight_digits(values.get("birth_date") or ""),
        place(address) if address else NOWHERE,
        _line(address) if address else "",
    )


def _written(name: Mapping[str, str], company: str, kind: str) -> str:
    if kind == "company" and company:
        return company
    full = name.get("full")
    return full or f"{name.get('given') or ''} {name.get('family') or ''}".strip()


def _unproven(stated: Mapping[str, str], papers: list[Paper]) -> None:
    """A stated document whose number proves nothing (a passport, a slip of the pen) is compared
    too, but neither links nor forbids by itself."""
    number = _number(stated.get("number") or "")
    if len(number) > 4 and len(set(number)) > 1 and all(number != one.number for one in papers):
        country = stated.get("country") or ""
        papers.append(Paper(f"{country}:{stated.get('type') or ''}", number, proven=False))


def _number(text: str) -> str:
    return text if text.isdigit() else _NO_SIGN.sub("", text.upper())


_NO_SIGN = re.compile(r"[^0-9A-Z]")


def _eight_digits(date: str) -> str:
    found = date.replace("-", "")
    return found if len(found) == 8 and found.isdigit() and found.isascii() else ""


def place(address: Mapping[str, str]) -> Place:
    said = address.get("street") or ""
    line = _in_one_line(said) if "," in said else _Line(said)
    street, inside = _street(line.street)
    number = digits(address.get("number") or "").lstrip("0") or inside or line.number
    postal = _NO_SIGN.sub("", (address.get("postal_code") or line.postal_code).upper())
    city, state = address.get("city") or line.city, address.get("state") or ""
    return Place(street, number, _folded(city), _folded(state), postal)


class _Line(NamedTuple):
    """What a whole address in one line says."""

    street: str
    number: str = ""
    city: str = ""
    postal_code: str = ""


@lru_cache(maxsize=8192)
def _in_one_line(text: str) -> _Line:
    """Cut at the commas: the street is first; of the rest, a short number is the house's, a
    longer one the postal code, and the last part in words alone the city."""
    street, *rest = (part.strip() for part in text.split(","))
    number = city = postal_code = ""
    for part in rest:
        signs = _NO_SIGN.sub("", part.upper())
        if signs.isdigit():
            if len(signs) < SHORTEST_CODE:
                number = number or signs.lstrip("0")
            else:
                postal_code = signs
        elif part and not any(char.isdigit() for char in part):
            city = part
    return _Line(street, number, city, postal_code)


@lru_cache(maxsize=8192)
def _folded(text: str) -> str:
    return plain(text)


@lru_cache(maxsize=8192)
def _street(text: str) -> tuple[str, str]:
    """A street's telling words, and the number at its end where there is one."""
    words = _NO_WORD.sub(" ", plain(text)).split()
    number = ""
    if len(words) > 1 and words[-1].isdigit():
        number = words.pop().lstrip("0")
    telling = [word for word in words if word not in _STREETS]
    return " ".join(telling or words), number


_NO_WORD = re.compile(r"[^\w]|_")
_STREETS = frozenset(
    "av avda ave avenida rua r calle c cl carrera cra cr kra travessa tv trav alameda al pasaje "
    "pje praca pca plaza estrada est rodovia rod jiron jr street st road rd avenue lane ln drive "
    "dr place pl court ct crescent cres circuit close way terrace tce kucesi pr de da do das dos "
    "del la las los e y no nro num numero n".split()
)


def _line(address: Mapping[str, str]) -> str:
    found = (address.get(part) for part in ("street", "number", "postal_code", "city", "state"))
    return ", ".join(part for part in found if part)
