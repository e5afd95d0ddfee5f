"""What each vendor knows of an invented person: partly, in its own spelling, sometimes wrongly.

Two vendors' sightings of a person differ as two clerks' would; a person's own words are
the truth by which matching is measured.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from connectors.population import Home, Person, plain
from connectors.population_names import COUNTRIES, NICKNAMES

Gender = Literal["female", "male", ""]

_HOW_MANY = ((1, 2, 3, 4, 5), (43, 33, 16, 6, 2))  # vendors that know a person
_FIRST_DAY = datetime(2021, 1, 1, tzinfo=UTC)
_LAST_DAY = datetime(2025, 12, 31, tzinfo=UTC)
PLACEHOLDER_PHONE = "9999999999"
PLACEHOLDER_EMAIL = "noemail@example.com"


class Sighting(msgspec.Struct, frozen=True):
    """A person as one vendor met them; `""` or None for what it never learnt.

    `phone` is in international form, but for placeholders and lost digits. `first_seen` and
    `last_seen` are when the vendor's row came and last changed. `rng` is the row's own, for
    what the vendor makes up (money spent, groups).
    """

    person: Person
    given: str
    family: str
    company: str
    email: str
    phone: str
    document_type: str
    document_number: str
    born: str
    gender: Gender
    home: Home | None
    first_seen: datetime
    last_seen: datetime
    rng: Random

    @property
    def name(self) -> str:
        """The name in one string; a company's own."""
        return self.company or f"{self.given} {self.family}".strip()

    @property
    def phone_digits(self) -> str:
        return self.phone.removeprefix("+")

    @property
    def phone_national(self) -> str:
        """The digits without the country's code."""
        return self.phone.removeprefix(f"+{COUNTRIES[self.person.country].calling}")

    def alone(self) -> "Sighting":
        """The same with an e-mail and a phone that nobody shares."""
        return msgspec.structs.replace(
            self,
            email=self.person.own_email if self.email else "",
            phone=self.person.own_phone if self.phone else "",
        )


class Acquaintances:
    """Which vendors know whom, and how. `homes`: by vendor, its weight in each country."""

    def __init__(self, seed: int, homes: Mapping[str, Mapping[str, float]]) -> None:
        self._seed = seed
        self._homes = dict(sorted(homes.items()))

    def vendors_of(self, person: Person) -> list[str]:
        """One vendor or more; about 55 in 100 people are known to several."""
        rng = self._rng(person, "known")
        count = 1 if person.placeholder else rng.choices(*_HOW_MANY)[0]
        drawn = [
            (rng.random() ** (1 / weight), slug)
            for slug, home in self._homes.items()
            if (weight := home.get(person.country, 0)) > 0
        ]
        return [slug for _, slug in sorted(drawn, reverse=True)[:count]]

    def sighting(self, person: Person, slug: str) -> Sighting:
        rng = self._rng(person, slug)
        if person.placeholder:
            return _nobody(rng, person)
        first_seen = _FIRST_DAY + timedelta(seconds=rng.randrange(130_000_000))
        lasted = (_LAST_DAY - first_seen) / timedelta(seconds=1)
        email, phone = _contacts(rng, person)
        kind, number = _document(rng, person)
        is_company = person.kind == "company"
        born, gender = _born(rng, person), _gender(rng, person)
        given, family = ("", "") if is_company else _names(rng, person)
        return Sighting(
            person=person,
            given=given,
            family=family,
            company=_company(rng, person.company) if is_company else "",
            email=email,
            phone=phone,
            document_type=kind,
            document_number=number,
            born="" if is_company else born,
            gender="" if is_company else gender,
            home=_home(rng, person),
            first_seen=first_seen,
            last_seen=first_seen + timedelta(seconds=int(lasted * rng.random() ** 2)),
            rng=rng,
        )

    def _rng(self, person: Person, purpose: str) -> Random:
        return Random(f"{self._seed}/{person.id}/{purpose}")  # noqa: S311  (not secrets)


def _nobody(rng: Random, person: Person) -> Sighting:
    """The row a till needs for those who give no name."""
    seen = _FIRST_DAY + timedelta(seconds=rng.randrange(130_000_000))
    return Sighting(
        person=person, given="CONSUMIDOR", family="FINAL", company="", email="",
        phone=rng.choice(("", PLACEHOLDER_PHONE)), document_type="", document_number="9999999999",
        born="", gender="", home=None, first_seen=seen, last_seen=seen, rng=rng,
    )  # fmt: skip


def _names(rng: Random, person: Person) -> tuple[str, str]:
    given, family = _shorter_given(rng, person.given), _shorter_family(rng, person)
    if rng.random() < 0.01:
        given, family = family, given
    if rng.random() < 0.03:
        family = _typo(rng, family)
    return _written(rng, given, family)


def _shorter_given(rng: Random, given: str) -> str:
    first, _, second = given.partition(" ")
    roll = rng.random()
    if roll < 0.04 and first in NICKNAMES:
        return NICKNAMES[first]
    if roll < 0.06:
        return f"{first[0]}."
    if second and roll < 0.14:
        return f"{first} {second[0]}."
    return first if second and roll < 0.45 else given


def _shorter_family(rng: Random, person: Person) -> str:
    one, *rest = person.family
    roll = rng.random()
    if len(person.family) == 2 and COUNTRIES[person.country].tongue == "es":
        if roll < 0.05:
            return f"{one} {rest[0][0]}."
        return one if roll < 0.33 else f"{one} {rest[0]}"
    words = " ".join(person.family)
    if roll < 0.25:
        words = " ".join(word for word in words.split() if not word.islower())
    return rest[-1] if len(person.family) == 2 and roll > 0.85 else words


def _written(rng: Random, *parts: str) -> tuple[str, str]:
    """As a form was filled in: accents, capitals."""
    roll = rng.random()
    if rng.random() < 0.3:
        parts = tuple(plain(part) for part in parts)
    if roll < 0.1:
        parts = tuple(part.upper() for part in parts)
    elif roll < 0.14:
        parts = tuple(part.lower() for part in parts)
    return parts[0], parts[-1]


def _typo(rng: Random, text: str) -> str:
    """Two letters exchanged, or one lost."""
    if len(text) < 5:
        return text
    place = rng.randrange(1, len(text) - 2)
    if rng.random() < 0.5:
        return text[:place] + text[place + 1 :]
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _company(rng: Random, name: str) -> str:
    if rng.random() < 0.25:
        name = name.rpartition(" ")[0]
    if rng.random() < 0.15:
        name = name.replace(".", "")
    return _written(rng, name)[0]


def _contacts(rng: Random, person: Person) -> tuple[str, str]:
    """An e-mail and a phone. Who gives one alone gives their usual one; a few give neither."""
    emails, phones = rng.random(), rng.random()
    email = person.other_email if 0.1 < emails < 0.16 and phones > 0.12 else person.email
    phone = person.other_phone if 0.12 < phones < 0.17 and emails > 0.1 else person.phone
    if emails < 0.1:
        email = PLACEHOLDER_EMAIL if emails < 0.008 else ""
    if phones < 0.12 and (emails > 0.1 or rng.random() < 0.2):
        phone = PLACEHOLDER_PHONE if phones < 0.006 else ""
    return email.upper() if emails > 0.96 else email, _respelt_phone(rng, person, phone)


def _respelt_phone(rng: Random, person: Person, phone: str) -> str:
    if not phone.startswith("+"):
        return phone
    roll = rng.random()
    if person.country == "BR" and roll < 0.07:
        return f"{phone[:5]}{phone[6:]}"  # the ninth digit, which old numbers had not
    if person.country == "MX" and roll < 0.12:
        return f"+521{phone[3:]}"
    if person.country == "AR" and roll < 0.15:
        return phone.replace("+549", "+54", 1)
    return phone


def _document(rng: Random, person: Person) -> tuple[str, str]:
    kind, number = person.document
    roll = rng.random()
    if roll < 0.18:
        return "", ""
    if roll < 0.188:
        return kind, number[:-2] + number[:-3:-1]  # the last two exchanged
    return kind, punctuated(kind, number) if roll < 0.45 else number


def punctuated(kind: str, number: str) -> str:
    """A document with the dots and dashes that people put into it."""
    if kind == "cpf":
        return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"
    if kind == "cnpj":
        return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"
    if kind == "cuit":
        return f"{number[:2]}-{number[2:10]}-{number[10:]}"
    if kind == "rut" and len(number) == 9:
        return f"{number[:2]}.{number[2:5]}.{number[5:8]}-{number[8:]}"
    if kind == "dni":
        return f"{number[:-6]}.{number[-6:-3]}.{number[-3:]}"
    return number


def _born(rng: Random, person: Person) -> str:
    roll = rng.random()
    if roll < 0.35:
        return ""
    if roll < 0.355 and person.born.day <= 12:
        return person.born.replace(month=person.born.day, day=person.born.month).isoformat()
    return person.born.isoformat()


def _gender(rng: Random, person: Person) -> Gender:
    if rng.random() < 0.2:
        return ""
    return "female" if person.female else "male"


def _home(rng: Random, person: Person) -> Home | None:
    roll = rng.random()
    if roll < 0.25:
        return None
    home = person.old_home if roll < 0.36 else person.home
    street, changes = home.street, {}
    if rng.random() < 0.2:
        street = _respelt(street, (("Av.", "Avenida"), ("Rua", "R."), ("Calle", "C.")))
    if rng.random() < 0.3:
        street = plain(street)
        changes["city"] = plain(home.city)
    if rng.random() < 0.2:
        changes["postal_code"] = ""
    return msgspec.structs.replace(home, street=street, **changes)


def _respelt(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    for one, other in pairs:
        if text.startswith(one):
            return text.replace(one, other, 1)
    return text
