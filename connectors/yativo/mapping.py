"""Yativo's customer object to our fields and back."""

from typing import Any

from connectors.errors import UnreadableRecordError
from connectors.fields import external_id, moment, owned, text
from connectors.records import Address, CustomerRecord, Kind, Name
from connectors.yativo.countries import alpha2, alpha3

READABLE = frozenset({"kind", "name", "email", "phone", "address"})
# An address sent with a create is taken by an older generation only (Create).
CREATED = frozenset({"kind", "name", "email", "phone"})
UPDATED = frozenset({"name", "email", "phone", "address"})

_KINDS: dict[str, Kind] = {"individual": "person", "business": "company"}
_TYPES = {ours: theirs for theirs, ours in _KINDS.items()}
_ADDRESS = {
    "street": "street",
    "number": "number",
    "city": "city",
    "state": "state",
    "postal_code": "zipcode",
}
_OWNED = (
    "customer_status",
    "customer_kyc_status",
    "customer_kyc_reject_reason",
    "kyc_verified_date",
    "can_create_vc",
    "can_create_va",
)


def to_record(raw: dict[str, Any]) -> CustomerRecord:
    """Raises UnreadableRecordError."""
    name = text(raw, "customer_name")
    return CustomerRecord(
        external_id=external_id(raw, "customer_id"),
        kind=_KINDS.get((text(raw, "customer_type") or "").lower()),
        name=None if name is None else Name(full=name),
        email=text(raw, "customer_email"),
        phone=text(raw, "customer_phone"),
        address=_address(raw),
        created_at=moment(raw, "created_at"),
        owned=owned(raw, *_OWNED),
    )


def create_body(record: CustomerRecord, default_country: str) -> dict[str, Any]:
    """customer_type is always sent (some versions require it); send_kyc_mail, which mails
    the person a link unless it is false, never asks for that (Create)."""
    country = record.address.country if record.address is not None else ""
    body = {
        "customer_name": record.name.joined if record.name is not None else "",
        "customer_email": record.email or "",
        "customer_phone": record.phone or "",
        "customer_country": alpha3(country) or alpha3(default_country),
        "customer_type": _TYPES[record.kind or "person"],
        "send_kyc_mail": False,
    }
    if record.address is not None and record.address != Address():
        body["customer_address"] = _their_address(record.address)
    return body


def update_body(record: CustomerRecord, current: dict[str, Any]) -> dict[str, Any]:
    """All the fields that one version asks for (Update), the unstated ones as they are."""
    body: dict[str, Any] = {
        key: current[key]
        for key in (
            "customer_id",
            "customer_name",
            "customer_email",
            "customer_phone",
            "customer_country",
            "customer_address",
        )
        if current.get(key) is not None
    }
    if record.name is not None:
        body["customer_name"] = record.name.joined
    if record.email is not None:
        body["customer_email"] = record.email
    if record.phone is not None:
        body["customer_phone"] = record.phone
    if record.address is not None:
        body["customer_address"] = _their_address(record.address)
        country = alpha3(record.address.country)
        body |= {"customer_country": country} if country else {}
    return body


def _address(raw: dict[str, Any]) -> Address | None:
    """The newer generation has no address, only a country (Customer object)."""
    inner = raw.get("customer_address")
    if inner is not None and not isinstance(inner, dict):
        if inner in ([], ""):  # an empty object, as some servers write it
            inner = None
        else:
            raise UnreadableRecordError("customer_address should be an object")
    country = text(raw, "customer_country")
    if inner is None:
        if country:
            return Address(country=alpha2(country))
        said = "customer_address" in raw or country is not None
        return Address() if said else None
    found = {ours: text(inner, theirs) or "" for ours, theirs in _ADDRESS.items()}
    return Address(**found, country=alpha2(text(inner, "country") or country or ""))


def _their_address(address: Address) -> dict[str, str]:
    """Complement and neighbourhood have no place of their own here."""
    extra = (address.street, address.complement, address.neighbourhood)
    return {
        "street": ", ".join(filter(None, extra)),
        "number": address.number,
        "city": address.city,
        "state": address.state,
        "zipcode": address.postal_code,
        "country": alpha3(address.country) or address.country,
    }
