"""Yampi's customer object as its fake keeps it. Sections are those of the contract in README.md."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.population_names import COUNTRIES
from connectors.population_sightings import Sighting
from connectors.sandbox_rows import Row, only_digits

BRASILIA = ZoneInfo("America/Sao_Paulo")


def from_sighting(sighting: Sighting) -> Row:
    person, rng = sighting.person, sighting.rng
    phone = phone_object(sighting.phone_national)
    row = named({}, {"first_name": sighting.given, "last_name": sighting.family})
    row |= {"email": sighting.email or None, "phone": phone, "birthday": sighting.born or None}
    row |= {"newsletter": person.wants_mail, "whatsapp": person.wants_whatsapp}
    if sighting.company:
        row |= named({}, {"name": sighting.company})
        row |= {"type": "company", "razao_social": sighting.company}
    if sighting.document_type in ("cpf", "cnpj"):
        row[sighting.document_type] = sighting.document_number
    if rng.random() < 0.1:
        row["notes"] = rng.choice(("Cliente VIP", "Prefere retirar na loja", "Presente"))
    return row | _places(sighting)


def _places(sighting: Sighting) -> Row:
    home, rng = sighting.home, sighting.rng
    spent = {"last_order_value": f"{rng.randrange(2000, 90000) / 100:.2f}"}
    sheet: Row = {"last_order_date": moment(sighting.last_seen), **spent}
    if home is None:
        return {"spreadsheet": {"data": sheet}}
    sheet |= {"city": home.city, "uf": home.state, "street": home.street, "number": home.number}
    address = {
        "id": int(sighting.person.id[1:]) + 1,
        "receiver": sighting.name,
        "zip_code": home.postal_code,
        "street": home.street,
        "number": home.number,
        "complement": home.complement,
        "neighborhood": home.neighbourhood,
        "city": home.city,
        "uf": home.state,
        "full_address": f"{home.street}, {home.number}",
        "created_at": moment(sighting.first_seen),
        "updated_at": moment(sighting.last_seen),
    }
    return {"spreadsheet": {"data": sheet}, "addresses": {"data": [address]}}


def phone_object(national: str) -> Row:
    """Section 3: digits without the country's code, in pieces; `formated` as they spell it."""
    digits = only_digits(national)
    area, number = digits[:2], digits[2:]
    link = f"https://example.invalid/wa/{digits}"
    return {
        "area_code": area,
        "full_number": digits,
        "number": number,
        "formated_number": f"({area}) {number[:-4]}-{number[-4:]}" if number else "",
        "whatsapp_link": link if digits else "",
    }


def moment(when: datetime) -> Row:
    """A date object (section 3), here with microseconds, in the shop's zone."""
    local = when.astimezone(BRASILIA)
    return {
        "date": local.strftime("%Y-%m-%d %H:%M:%S.%f"),
        "timezone_type": 3,
        "timezone": "America/Sao_Paulo",
    }


def named(row: Row, given: Row) -> Row:
    """The four names from the ones that were given."""
    if not {"name", "first_name", "last_name"} & set(given):
        return {}
    first, last = (given.get(part, row.get(part)) for part in ("first_name", "last_name"))
    if "first_name" not in given and given.get("name"):
        first, _, last = str(given["name"]).partition(" ")
    whole = f"{first or ''} {last or ''}".strip()
    return {"name": whole, "first_name": first, "last_name": last, "generic_name": whole}


def written_phone(value: Any) -> str:
    """The object or a text; the country's code is dropped."""
    if isinstance(value, dict):
        value = value.get("full_number") or f"{value.get('area_code', '')}{value.get('number', '')}"
    digits = only_digits(value)
    return re.sub(rf"^{COUNTRIES['BR'].calling}(?=\d{{10,11}}$)", "", digits)
