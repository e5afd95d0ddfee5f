"""Invented people and companies of Latin America (and a few of Azerbaijan).

Nobody in it exists: e-mails lie at example.com, .org and .net, phones all in one block of
their country's numbers, documents are made from a counter (their check digits hold).
Families share an e-mail or a phone, offices one e-mail, fathers and sons a name.
"""

import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Literal

import msgspec

from connectors.population_documents import Document, of_company, of_person, spread
from connectors.population_names import (
    COUNTRIES,
    MARKS,
    NAMES,
    NEIGHBOURHOODS,
    STREETS,
    TRADES,
    Country,
    Place,
)

BLOCK = 40  # people are invented so many at a time, with what ties them
OFFICE_EVERY = 12  # one block in so many has an office whose people share its e-mail
COMPANY_SHARE = 0.07
_FIRST_NUMBER = 1_017  # of the counter that documents and phones are made from
_CODES = tuple(COUNTRIES)
_SHARES = tuple(accumulate(country.share for country in COUNTRIES.values()))
_DOMAINS = ("example.com", "example.com", "example.org", "example.net")


class Home(msgspec.Struct, frozen=True):
    """Where somebody lives."""

    street: str
    number: str
    complement: str
    neighbourhood: str
    city: str
    state: str
    postal_code: str


class Person(msgspec.Struct, frozen=True):
    """Somebody as they are, whatever vendors make of them.

    `family` holds both surnames where people have two. `phone` is E.164. `email` and
    `phone` may be shared with others; `own_email` and `own_phone` never are, nor is
    `document`. A `placeholder` is a row that stands for nobody (`consumidor final`).
    """

    id: str
    country: str
    kind: Literal["person", "company"]
    given: str
    family: tuple[str, ...]
    company: str
    email: str
    own_email: str
    other_email: str
    phone: str
    own_phone: str
    other_phone: str
    document: Document
    born: date
    female: bool
    home: Home
    old_home: Home
    wants_mail: bool
    wants_whatsapp: bool
    placeholder: bool = False

    @property
    def name(self) -> str:
        return " ".join((self.given, *self.family)) if self.kind == "person" else self.company


def people(seed: int, count: int, start: int = 0) -> Iterator[Person]:
    """People `start` to `start + count` of those that `seed` gives, always the same ones."""
    for number in range(start // BLOCK, -(-(start + count) // BLOCK)):
        first = number * BLOCK
        yield from _block(seed, number)[max(0, start - first) : start + count - first]


@lru_cache(maxsize=4)
def _block(seed: int, number: int) -> tuple[Person, ...]:
    rng = Random(f"{seed}/{number}")  # noqa: S311  (invented people, not secrets)
    found = [_someone(rng, number * BLOCK + place) for place in range(BLOCK)]
    _tie(rng, found)
    if number % OFFICE_EVERY == 0:
        _open_office(rng, found, number)
    return tuple(found)


def _someone(rng: Random, number: int) -> Person:
    code = rng.choices(_CODES, cum_weights=_SHARES)[0]
    country = COUNTRIES[code]
    place = rng.choice(country.places)
    female = rng.random() < 0.52
    given, family = _given(rng, country, female), _family(rng, country, female)
    company = _company(rng, code, number) if rng.random() < COMPANY_SHARE else ""
    born = date(1945, 1, 1) + timedelta(days=rng.randrange(22_000))
    phone, other_phone = _phones(country, place, number)
    called = family[-1] if code == "BR" else family[0]
    local = _local_part(rng, company.rpartition(" ")[0] or f"{given} {called}")
    email = f"{local}{number}@{rng.choice(_DOMAINS)}"
    return Person(
        id=f"p{number}",
        country=code,
        kind="company" if company else "person",
        given=given,
        family=family,
        company=company,
        email=email,
        own_email=email,
        other_email=f"{local[:3]}.x{number}@{rng.choice(_DOMAINS)}".replace("..", "."),
        phone=phone,
        own_phone=phone,
        other_phone=other_phone,
        document=_document(code, number, place, company, given, family, born, female),
        born=born,
        female=female,
        home=_home(rng, country, place),
        old_home=_home(rng, country, rng.choice(country.places)),
        wants_mail=rng.random() < 0.6,
        wants_whatsapp=rng.random() < 0.7,
    )


def _pick(rng: Random, names: tuple[str, ...]) -> str:
    """The first ones oftener."""
    return names[int(len(names) * rng.random() ** 1.7)]


def _given(rng: Random, country: Country, female: bool) -> str:
    names = NAMES[country.tongue]
    pool = names.female if female else names.male
    first = _pick(rng, pool)
    if country.tongue == "az" or rng.random() < 0.5:
        return first
    second = _pick(rng, pool)
    return first if second == first else f"{first} {second}"


def _family(rng: Random, country: Country, female: bool) -> tuple[str, ...]:
    pool = NAMES[country.tongue].family
    if country.tongue == "az":
        return (_pick(rng, pool) + ("ova" if female else "ov"),)
    one, two = _pick(rng, pool), _pick(rng, pool)
    if country.tongue == "es":
        return (one, two)
    particle = rng.choices(("", "da", "de", "dos"), (6, 2, 1, 1))[0]
    one = f"{particle} {one}".strip()
    return (one, two) if rng.random() < 0.7 else (one,)


def _company(rng: Random, code: str, number: int) -> str:
    ending = {"BR": "Ltda.", "MX": "S.A. de C.V.", "AR": "S.R.L.", "CL": "SpA", "CO": "S.A.S."}
    tail = ending.get(code, "S.A.")
    trade, mark = rng.choice(TRADES[COUNTRIES[code].tongue]), MARKS[number % len(MARKS)]
    return f"{trade} {mark} {rng.choice(MARKS)} {tail}"


def _phones(country: Country, place: Place, number: int) -> tuple[str, str]:
    """Two mobile numbers in E.164 that nobody else has (among the first 400,000 people)."""
    start = f"+{country.calling}{country.mobile.format(area=place.area)}"
    one, other = (spread(2 * (_FIRST_NUMBER + number) + more, 10**6) for more in (0, 1))
    return f"{start}{one:06d}", f"{start}{other:06d}"


def plain(text: str) -> str:
    """Without accents."""
    if text.isascii():
        return text
    text = text.replace("ə", "e").replace("Ə", "E").replace("ı", "i")
    parted = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parted if not unicodedata.combining(char))


def _local_part(rng: Random, name: str) -> str:
    words = ["".join(c for c in word if c.isalnum()) for word in plain(name).lower().split()]
    words = [word for word in words if len(word) > 1] or ["cliente"]
    ways = (".".join, "_".join, "".join, lambda parts: parts[0][:1] + parts[-1])
    return rng.choice(ways)([words[0], words[-1]])


def _document(
    code: str, number: int, place: Place, company: str, given: str, family: tuple[str, ...],
    born: date, female: bool,
) -> Document:  # fmt: skip
    number += _FIRST_NUMBER
    if company:
        return of_company(code, number, place.postal)
    return of_person(code, number, place.postal, _letters(given, family), born, female)


def _letters(given: str, family: tuple[str, ...]) -> str:
    """The four letters of a CURP: two of the first surname, one of the second, one given."""
    first, second = plain(family[0]).upper(), plain(family[-1]).upper()
    vowel = next((char for char in first[1:] if char in "AEIOU"), "X")
    return f"{first[0]}{vowel}{second[0]}{plain(given)[0].upper()}"


def _home(rng: Random, country: Country, place: Place) -> Home:
    tongue = country.tongue
    flat = rng.random()
    return Home(
        street=rng.choice(STREETS[tongue]),
        number=str(rng.randrange(1, 3000)),
        complement=f"Apto {rng.randrange(1, 99)}" if flat < 0.25 else "",
        neighbourhood=rng.choice(NEIGHBOURHOODS[tongue]),
        city=place.city,
        state=place.state,
        postal_code=place.postal
        + "".join(rng.choices("0123456789", k=country.postal_digits - len(place.postal))),
    )


def _tie(rng: Random, found: list[Person]) -> None:
    """What makes people of a block look like one another."""
    replace = msgspec.structs.replace
    persons = [place for place, one in enumerate(found) if one.kind == "person"]
    for tie in (_family_ties, _namesakes, _father_and_son):
        one, other = rng.sample(persons, 2)
        if rng.random() < 0.4:
            found[other] = tie(rng, found[one], found[other])
    if rng.random() < 0.1:
        nobody = rng.choice(persons)
        found[nobody] = replace(found[nobody], placeholder=True)


def _family_ties(rng: Random, one: Person, other: Person) -> Person:
    """They live together, and share an e-mail or a phone."""
    shared = {"email": one.email} if rng.random() < 0.5 else {"phone": one.phone}
    return msgspec.structs.replace(_moved(one, other), family=one.family, **shared)


def _namesakes(rng: Random, one: Person, other: Person) -> Person:
    """The same name, and nothing else in common."""
    return msgspec.structs.replace(other, given=one.given, family=one.family, female=one.female)


def _father_and_son(rng: Random, one: Person, other: Person) -> Person:
    """The same name at the same address, with another day of birth."""
    ending = {"pt": rng.choice(("Filho", "Júnior", "Neto")), "es": "hijo", "az": ""}
    son = _moved(one, _namesakes(rng, one, other))
    if one.female:
        return son
    tail = ending[COUNTRIES[one.country].tongue]
    return msgspec.structs.replace(son, family=(*one.family, tail)) if tail else son


def _moved(one: Person, other: Person) -> Person:
    """`other` to where `one` lives, papers, phones and all, if in another country."""
    if one.country == other.country:
        return msgspec.structs.replace(other, home=one.home)
    number = int(other.id[1:])
    country = COUNTRIES[one.country]
    place = next(place for place in country.places if place.city == one.home.city)
    phone, other_phone = _phones(country, place, number)
    return msgspec.structs.replace(
        other,
        country=one.country,
        home=one.home,
        phone=phone,
        own_phone=phone,
        other_phone=other_phone,
        document=_document(
            one.country, number, place, "", one.given, one.family, other.born, other.female
        ),
    )


def _open_office(rng: Random, found: list[Person], number: int) -> None:
    for place in rng.sample(range(BLOCK), 10):
        found[place] = msgspec.structs.replace(found[place], email=f"oficina{number}@example.org")
