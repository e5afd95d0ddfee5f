"""From the hub's values to what a vendor is sent, and whether it took them. Pure."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from connectors.base import Connector
from connectors.errors import UnreadableRecordError
from connectors.http import Request
from connectors.records import Address, CustomerRecord, Document, Name
from connectors.stripping import strip
from customers.normalise import state
from customers.phones import match_form
from customers.values import EMPTY, Value, Values, as_it_came, canonical, same

_PARTED: dict[str, Any] = {"name": Name, "document": Document, "address": Address}


def record_of(values: Mapping[str, Value]) -> CustomerRecord:
    """A record that states exactly these fields; an empty value states that there is none."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name in _PARTED:
            found[name] = _PARTED[name](**(value or {}))
        elif value != EMPTY or name not in ("kind", "accepts_marketing", "accepts_whatsapp"):
            found[name] = value
    return CustomerRecord(external_id="", **found)


def body_text(request: Request, connector: Connector) -> str:
    """The request's body as it is kept: the JSON that is sent, but for what must never be."""
    return "" if request.json is None else as_it_came(strip(request.json, connector.never_store))


def digest(method: str, path: str, body: str) -> str:
    """Tells one request from another."""
    return sha256(f"{method}\n{path}\n{body}".encode()).hexdigest()


def expected(connector: Connector, body: str, current: str, region: str) -> Values:
    """What the vendor will state if it takes the body: its own way to keep a phone, a name
    or an address. Nothing where that cannot be told."""
    try:
        sent: Any = msgspec.json.decode(body or "{}")
        record = connector.would_read(sent, msgspec.json.decode(current or "{}"))
        return state(record, region).values
    except (UnreadableRecordError, msgspec.DecodeError):
        return {}


def taken(field: str, sent: Value, read: Value, before: Value, would: Value) -> bool:
    """Whether the value read back is the one that was sent, reformatted perhaps. `before`:
    what the vendor stated until then; `would`: what it was expected to make of it."""
    if same(field, sent, read):
        return True
    if would is not None and same(field, would, read) and not same(field, would, before):
        return True
    return field == "phone" and _one_number(sent, read)


def _one_number(one: Value, other: Value) -> bool:
    """Mexico's 1 and Brazil's ninth digit, which some vendors put in."""
    found = match_form(canonical("phone", one))
    return found is not None and found == match_form(canonical("phone", other))
