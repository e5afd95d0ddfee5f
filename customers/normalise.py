"""From what a vendor's record says to what the hub keeps, compares and matches by. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, to_builtins

from connectors.records import CustomerRecord, Document
from customers.documents import classify
from customers.phones import country_of, e164, match_form
from customers.values import EMPTY, Value, Values, digits, fold, joined_name, to_json

MAX_KEY = 200


class Key(Struct, frozen=True, order=True):
    """A normalised e-mail, phone or document by which records are found to be one person's."""

    kind: str
    value: str


class Statement(Struct, frozen=True):
    """A record in the hub's values.

    `values`: field to value, only the fields that the vendor stated. `also`: what is kept
    beside them (further e-mails, phones and documents, the phone as written, flags).
    `keys`: its match keys in sorted order.
    """

    values: Values
    also: dict[str, Any]
    keys: tuple[Key, ...]


Texts = tuple[str, str, str]
"""The JSON texts of a statement's values, of what is kept beside them, and of what is the
vendor's own."""


def state(record: CustomerRecord, region: str) -> Statement:
    """The statement of a record; local phones and documents are read as of `region`."""
    values: Values = {}
    also: dict[str, Any] = {}
    flags: dict[str, str] = {}
    for field in _TEXT:
        value = getattr(record, field)
        if value is not None:
            values[field] = value
    if record.name is not None:
        values["name"] = to_builtins(record.name) or EMPTY
    if record.address is not None:
        values["address"] = to_builtins(record.address) or EMPTY
    if record.email is not None:
        values["email"] = record.email
    keys: set[Key] = set()
    if record.phone is not None:
        values["phone"] = e164(record.phone, region)
        if record.phone != values["phone"]:
            also["phone_as_written"] = record.phone
        keys |= phone_keys(values["phone"])
    if record.document is not None:
        values["document"] = _document(record.document, _homes(values, region), keys, flags)
    keys |= email_keys(record.email or "")
    _further(record, region, values, also, keys)
    if flags:
        also["flags"] = flags
    if nameless(values):
        keys = {key for key in keys if key.kind == "document"}
    return Statement(values, also, tuple(sorted(keys)))


def texts(record: CustomerRecord, statement: Statement) -> Texts:
    """The texts that are stored of a record and its statement, and digested."""
    return to_json(statement.values), to_json(statement.also), to_json(dict(record.owned))


_TEXT = (
    "kind",
    "company_name",
    "state_registration",
    "birth_date",
    "gender",
    "notes",
    "accepts_marketing",
    "accepts_whatsapp",
)


def _homes(values: Values, region: str) -> Iterator[str]:
    """Where the record's documents may come from: the connection's region, and then, for the
    customer from elsewhere, the countries of the address and of the phone."""
    if region:
        yield region
    address = (values.get("address") or {}).get("country", "")
    stated = address.upper() if len(address) == 2 and address.isalpha() else ""
    others = dict.fromkeys((stated, country_of(values.get("phone", ""))))
    yield from (one for one in others if one and one != region)


def _further(
    record: CustomerRecord,
    region: str,
    values: Values,
    also: dict[str, Any],
    keys: set[Key],
) -> None:
    if record.other_emails:
        also["emails"] = list(record.other_emails)
        for email in record.other_emails:
            keys |= email_keys(email)
    if record.other_phones:
        also["phones"] = [e164(phone, region) for phone in record.other_phones]
        for phone in also["phones"]:
            keys |= phone_keys(phone)
    if record.other_documents:
        also["documents"] = [
            _document(document, _homes(values, region), keys, {})
            for document in record.other_documents
            if document.number
        ]


def _document(
    document: Document, homes: Iterator[str], keys: set[Key], flags: dict[str, str]
) -> Value:
    """The document as of the first home in which its number is valid, else of the first."""
    if not document.number:
        return EMPTY
    kind, number, country, verdict = _in_homes(document, homes)
    if verdict == "valid":
        keys.add(document_key(kind, number, country))
    elif verdict == "invalid":
        flags["document"] = "invalid"
    found = {"type": kind, "number": number, "country": country}
    return {part: text for part, text in found.items() if text}


def _in_homes(document: Document, homes: Iterator[str]) -> tuple[str, str, str, str]:
    first = _as_of(document, next(homes, ""))
    if first[3] == "valid":
        return first
    found = (_as_of(document, home) for home in homes)
    return next((one for one in found if one[3] == "valid"), first)


def _as_of(document: Document, home: str) -> tuple[str, str, str, str]:
    return classify(document.type, document.number, document.country, home)


def document_key(kind: str, number: str, country: str) -> Key:
    """The key of a valid document. One national number has several names in places."""
    return Key("document", f"{country}:{_SAME_KIND.get(kind, kind)}:{number}")


_SAME_KIND = {"cuil": "cuit"}


def document_keys(values: Values, also: dict[str, Any]) -> set[Key]:
    """The keys of the valid documents among values that were normalised before."""
    found: set[Key] = set()
    for document in (values.get("document"), *also.get("documents", ())):
        if document:
            country = document.get("country", "")
            kind, number, country, verdict = classify(
                document.get("type", ""), document["number"], country, country
            )
            if verdict == "valid":
                found.add(document_key(kind, number, country))
    return found


def all_keys(values: Values, also: dict[str, Any]) -> tuple[Key, ...]:
    """The match keys of values that were normalised before, in sorted order."""
    found = document_keys(values, also)
    if not nameless(values):
        for email in (values.get("email"), *also.get("emails", ())):
            found |= email_keys(email or "")
        for phone in (values.get("phone"), *also.get("phones", ())):
            found |= phone_keys(phone or "")
    return tuple(sorted(found))


def email_keys(email: str) -> set[Key]:
    email = email.strip().casefold()
    if len(email) > MAX_KEY or not _EMAIL.fullmatch(email):
        return set()
    local, _, domain = email.partition("@")
    if local in _NOBODY or domain in _NOWHERE or len(set(local)) == 1 and len(local) > 2:
        return set()
    return {Key("email", email)}


def phone_keys(phone: str) -> set[Key]:
    found = match_form(phone)
    return {Key("phone", found)} if found else set()


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NOBODY = frozenset(
    "test teste prueba noreply no-reply nomail noemail no-email sinemail sincorreo sin-correo "
    "semail sememail sem-email na n/a none null correo email mail cliente consumidor "
    "consumidorfinal consumidor.final xxx".split()
)
_NOWHERE = frozenset({"test.com", "teste.com", "noemail.com", "sinemail.com", "email.invalid"})


def nameless(values: Values) -> bool:
    """Whether the record's name is a stand-in for nobody in particular (`consumidor final`):
    its e-mail and phone then belong to the till, not to a person."""
    name = values.get("name")
    if not name:
        return False
    text = " ".join(map(str, name.values()))
    first = text.lstrip()[:1]
    if first.isascii() and first.lower() not in _FIRSTS:
        return False
    return fold(text) in _STAND_INS


_STAND_INS = frozenset(
    {
        "consumidor final",
        "consumidor",
        "cliente final",
        "cliente generico",
        "cliente mostrador",
        "cliente balcao",
        "publico general",
        "publico en general",
        "venta mostrador",
        "sin nombre",
        "sem nome",
    }
)
_FIRSTS = frozenset(one[0] for one in _STAND_INS)  # most names begin with another letter


def search_text(values: list[Values], also: list[dict[str, Any]]) -> str:
    """The normalised text that the search reads: names without accents, e-mails, and the
    digits of phones and documents, of every value known of a customer."""
    found: dict[str, None] = {}
    for one in values:
        _search_terms(one, found)
    for more in also:
        for name in more.get("names", ()):
            found[fold(name)] = None
        for email in more.get("emails", ()):
            found[fold(email)] = None
        for phone in more.get("phones", ()):
            found[digits(phone)] = None
        for document in more.get("documents", ()):
            _document_terms(document, found)
        written = more.get("phone_as_written")
        if written:
            found[digits(written)] = None
    found.pop("", None)
    return "\n".join(found)


def _search_terms(values: Values, found: dict[str, None]) -> None:
    name = values.get("name")
    if name:
        found[fold(joined_name(name))] = None
    for field in ("company_name", "email"):
        if values.get(field):
            found[fold(values[field])] = None
    if values.get("phone"):
        found[digits(values["phone"])] = None
    if values.get("document"):
        _document_terms(values["document"], found)


def _document_terms(document: dict[str, str], found: dict[str, None]) -> None:
    number = document.get("number", "")
    plain = number.isascii() and number.isdigit()
    found[number if plain else _NO_SIGN.sub("", fold(number))] = None


_NO_SIGN = re.compile(r"[^0-9a-z]")
