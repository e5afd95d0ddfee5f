"""Invented customers in the shape of Yampi's list, addresses included (connectors/yampi/README.md).

Nobody in it exists: mails lie at example.com, CPFs and phones are made from a counter.
The same number and revision always give the same customer.
"""

import unicodedata
from random import Random
from typing import Any

from connectors.population_documents import cpf, spread
from connectors.population_names import PORTUGUESE

FIRST_ID = 9_000_000
FIRST_DOCUMENT = 1_017
PLACES = (
    ("11", "São Paulo", "SP", "01001"),
    ("21", "Rio de Janeiro", "RJ", "20010"),
    ("31", "Belo Horizonte", "MG", "30110"),
    ("41", "Curitiba", "PR", "80010"),
    ("71", "Salvador", "BA", "40020"),
    ("81", "Recife", "PE", "50010"),
)
STREETS = ("Rua das Acácias", "Avenida Central", "Rua da Praia", "Travessa do Sol")
QUARTERS = ("Centro", "Jardim América", "Boa Vista", "Vila Nova")
CHANGED_SHARE = 0.01
ANOTHER_PHONE = 50_000_000  # so far apart lie a customer's first and second phone


def drawn(rows: int, revision: int) -> frozenset[int]:
    """The numbers of the customers that a revision above 0 changes: one in a hundred, by lot
    over the whole list."""
    if not revision:
        return frozenset()
    return frozenset(Random(revision).sample(range(1, rows + 1), int(rows * CHANGED_SHARE)))


def changes_phone(number: int) -> bool:
    """Whether a revision gives this customer another phone, or else other notes."""
    return number % 2 == 0


def customer(number: int, revision: int = 0) -> dict[str, Any]:
    """The customer with this number (from 1), as a revision that draws it has changed it."""
    dice = Random(number)
    place = dice.choice(PLACES)
    given = dice.choice(dice.choice((PORTUGUESE.female, PORTUGUESE.male)))
    family = f"{dice.choice(PORTUGUESE.family)} {dice.choice(PORTUGUESE.family)}"
    moved = revision if changes_phone(number) else 0
    phone = f"{place[0]}9{spread(number + ANOTHER_PHONE * moved, 10**8):08d}"
    born = f"{dice.randint(1950, 2004)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
    home = _home(number, place, f"{given} {family}", dice)
    return {
        "id": FIRST_ID + number,
        "merchant_id": 77,
        "marketplace_id": 1,
        "active": True,
        "type": "f",
        "cluster_id": dice.randint(1, 5),
        "name": f"{given} {family}",
        "first_name": given,
        "last_name": family,
        "generic_name": f"{given} {family}",
        "cpf": cpf(number + FIRST_DOCUMENT),
        "phone": _phone(phone),
        "razao_social": None,
        "cnpj": None,
        "state_registration": None,
        "email": f"{_plain(given)}.{_plain(family)}.{number}@example.com",
        "birthday": born,
        "newsletter": dice.random() < 0.5,
        "whatsapp": dice.random() < 0.5,
        "social_driver": None,
        "social_id": None,
        "ip": f"203.0.113.{number % 256}",
        "token": f"{dice.getrandbits(128):032x}",
        "utm_source": dice.choice(("mail", "search", None)),
        "utm_campaign": None,
        "notes": f"Revisão {revision}" if revision and not moved else None,
        "login_url": f"https://shop.example.com/login/{number}",
        "anonymized": False,
        "spreadsheet": {"data": _spreadsheet(phone, home, dice)},
        "addresses": {"data": [home]},
    }


def _home(number: int, place: tuple[str, str, str, str], name: str, dice: Random) -> dict[str, Any]:
    _, city, state, zone = place
    street, door = dice.choice(STREETS), str(dice.randint(1, 3_000))
    written = _date(dice)
    return {
        "id": number,
        "customer_id": FIRST_ID + number,
        "receiver": name,
        "zip_code": f"{zone}{dice.randint(0, 999):03d}",
        "street": street,
        "number": door,
        "complement": dice.choice(("", "", "ap 12", "casa 2")),
        "neighborhood": dice.choice(QUARTERS),
        "city": city,
        "uf": state,
        "full_address": f"{street}, {door}",
        "created_at": written,
        "updated_at": written,
    }


def _phone(digits: str) -> dict[str, str]:
    area, number = digits[:2], digits[2:]
    return {
        "area_code": area,
        "full_number": digits,
        "number": number,
        "formated_number": f"({area}) {number[:5]}-{number[5:]}",
        "whatsapp_link": f"https://wa.example.com/55{digits}",
    }


def _spreadsheet(phone: str, home: dict[str, Any], dice: Random) -> dict[str, Any]:
    return {
        "city": home["city"],
        "uf": home["uf"],
        "street": home["street"],
        "number": home["number"],
        "neighborhood": home["neighborhood"],
        "complement": home["complement"],
        "phone": _phone(phone)["formated_number"],
        "phone_code": phone[:2],
        "phone_number": phone[2:],
        "brands": "",
        "purchased_brands": "",
        "categories": "",
        "purchased_categories": "",
        "last_order_value": f"{dice.randint(10, 900)}.{dice.randint(0, 99):02d}",
        "last_order_date": _date(dice),
    }


def _date(dice: Random) -> dict[str, Any]:
    day = f"{dice.randint(2022, 2025)}-{dice.randint(1, 12):02d}-{dice.randint(1, 28):02d}"
    time = f"{dice.randint(0, 23):02d}:{dice.randint(0, 59):02d}:{dice.randint(0, 59):02d}"
    return {
        "date": f"{day} {time}.000000",
        "timezone_type": 3,
        "timezone": "America/Sao_Paulo",
    }


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().replace(" ", ""))
    return "".join(char for char in letters if char.isascii() and char.isalnum())
