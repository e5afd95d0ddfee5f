"""Yativo's envelope: what an answer means and holds. Sections: README.md."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from connectors.declare import Listing, Position
from connectors.errors import UnexpectedResponseError
from connectors.fields import count
from connectors.http import Response, decode
from connectors.mending import UNREADABLE, read
from connectors.tokens import Token

BAGGAGE = frozenset(
    "customer_deposit customer_deposits customer_payouts customer_swaps customer_virtualaccounts "
    "customer_virtual_cards customer_crypto_wallets virtual_accounts virtual_cards cards "
    "transactions wallets kyc_link tos_link".split()
)


class _Status(msgspec.Struct):
    status: Any = None
    status_code: Any = None
    error: Any = None


class _List(msgspec.Struct):
    data: list[msgspec.Raw] | None
    pagination: Any = None


class _One(msgspec.Struct):
    data: msgspec.Raw


class _Nested(msgspec.Struct):
    customer_id: Any = None
    customer: msgspec.Raw = msgspec.Raw()


_STATUS = msgspec.json.Decoder(_Status)
_LIST = msgspec.json.Decoder(_List)
_ONE = msgspec.json.Decoder(_One)
_NESTED = msgspec.json.Decoder(_Nested)
_MANY = msgspec.json.Decoder(list[msgspec.Raw])
_LIFETIME = 600  # seconds, documented for a token (Authentication)


def real_status(response: Response) -> int:
    """2xx means success only where the body says so too (Envelope): the HTTP status and
    the body's `status_code` may differ."""
    if not response.ok:
        return response.status
    try:
        found: _Status = read(response.body, _STATUS)
    except UNREADABLE:
        return response.status
    if found.status == "success" or (found.status is None and not found.error):
        return response.status
    told = count(found.status_code)
    return told if told and told >= 400 else 400


def token(body: bytes) -> Token:
    """`data.access_token` and `data.expires_in`, in seconds (Authentication)."""
    found = decode(body)
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, dict) or not isinstance(data.get("access_token"), str):
        raise UnexpectedResponseError("the answer to the login holds no access_token")
    return Token(data["access_token"], count(data.get("expires_in")) or _LIFETIME)


def listing(body: bytes, position: Position, size: int) -> Listing:
    found: _List = decode(body, _LIST)
    rows = tuple(bytes(row) for row in found.data or ())
    told = found.pagination if isinstance(found.pagination, dict) else {}
    page, last = position.get("page", 0), count(told.get("last_page"))
    following = _following(told.get("next_page_url"), position)
    if following is None and last is not None and page < last:
        following = {**position, "page": page + 1}
    if last is None and "next_page_url" not in told:
        # Nothing says where the end is: an empty page, or one that comes again.
        following = {**position, "page": page + 1}
    return Listing(rows, count(told.get("total")), following if rows else None, last)


def _following(url: Any, position: Position) -> Position | None:
    """The next address is data: its query alone is used (List). One that leads back to a
    page already read is no next page."""
    if not isinstance(url, str) or not url:
        return None
    told: Position = dict(parse_qsl(urlsplit(url).query))
    told.pop("per_page", None)
    page = count(told.get("page"))
    if page is None:
        return told if told and told != position else None
    return {**told, "page": page} if page > position.get("page", 0) else None


def one(body: bytes) -> bytes:
    """An object, an object beside accounts and cards, or a list of one (Get one)."""
    data = bytes(decode(body, _ONE).data)
    if data.startswith(b"["):
        rows = decode(data, _MANY)
        if len(rows) != 1:
            raise UnexpectedResponseError(f"one customer was expected, {len(rows)} came")
        data = bytes(rows[0])
    if not data.startswith(b"{"):
        raise UnexpectedResponseError("the answer holds no customer")
    found: _Nested = decode(data, _NESTED)
    inner = bytes(found.customer)
    return inner if found.customer_id is None and inner.startswith(b"{") else data


def is_kyc_link(body: bytes) -> bool:
    found = decode(body)
    data = found.get("data") if isinstance(found, dict) else None
    return isinstance(data, dict) and "kyc_link" in data and "customer_name" not in data
