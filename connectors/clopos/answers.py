"""Clopos's envelope: what an answer means and holds. Sections: README.md."""

import re
from datetime import datetime
from typing import Any

import msgspec

from connectors.errors import UnexpectedResponseError
from connectors.fields import count, moment
from connectors.http import Response, decode
from connectors.mending import UNREADABLE, read
from connectors.tokens import Token

Rows = tuple[bytes, ...]


class _Status(msgspec.Struct):
    success: Any = None
    error: Any = None
    message: Any = None


class _List(msgspec.Struct):
    data: list[msgspec.Raw]
    total: Any = None
    pagination: Any = None


class _One(msgspec.Struct):
    id: Any = None
    data: msgspec.Raw = msgspec.Raw()


class _Changed(msgspec.Struct):
    updated_at: Any = None


_STATUS = msgspec.json.Decoder(_Status)
_LIST = msgspec.json.Decoder(_List)
_BARE = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(_One)
_CHANGED = msgspec.json.Decoder(_Changed)
_LIFETIME = 3600  # seconds, the documented expires_in of a token (1)


def real_status(response: Response) -> int:
    """Branch on `success` first (4): 200 with success=false is a failure, whose kind its
    error tells: an http_code in a list of errors, or words."""
    if not response.ok or response.body.lstrip()[:1] != b"{":
        return response.status
    try:
        found: _Status = read(response.body, _STATUS)
    except UNREADABLE:
        return response.status
    if found.success is not False:
        return response.status
    first = found.error[0] if isinstance(found.error, list) and found.error else None
    told = count(first.get("http_code")) if isinstance(first, dict) else None
    if told and told >= 400:
        return told
    words = f"{found.error} {found.message}".lower()
    return next((status for pattern, status in _WORDS if re.search(pattern, words)), 400)


_WORDS = (
    (r"invalid token|token expired|headers are missing|integrator_id|test.mode", 401),
    (r"duplicate_", 409),
    (r"not.found|no query results", 404),
)


def field_errors(body: bytes, words: str) -> dict[str, str]:
    try:
        error = read(body, _STATUS).error
    except UNREADABLE:
        return {}
    named = re.search(_FIELDS, error.lower()) if isinstance(error, str) else None
    return {named[1]: words} if named else {}


_FIELDS = r"(?:\b|_)(name|email|phone|code|cid|description|group_id|gender|date_of_birth)\b"


def token(body: bytes) -> Token:
    found = decode(body)
    if not isinstance(found, dict) or not isinstance(found.get("token"), str):
        raise UnexpectedResponseError("the answer to /auth holds no token")
    return Token(found["token"], count(found.get("expires_in")) or _LIFETIME)


def rows(body: bytes) -> tuple[Rows, int | None]:
    """The rows and the total: {data, total}, {data, pagination} or a bare list (2.2)."""
    if body.lstrip().startswith(b"["):
        return tuple(bytes(row) for row in decode(body, _BARE)), None
    found: _List = decode(body, _LIST)
    told = found.pagination if isinstance(found.pagination, dict) else {}
    total = count(found.total if found.total is not None else told.get("total"))
    return tuple(bytes(row) for row in found.data), total


def reaches(found: Rows, since: datetime) -> bool:
    """Whether the page, sorted by updated_at with the newest first, ends before `since`.
    False where a time is missing or the order is another: the scan then goes on."""
    times = [_changed(row) for row in found]
    known = [time for time in times if time is not None]
    in_order = bool(known) and len(known) == len(times) and known == sorted(known, reverse=True)
    return in_order and known[-1] < since


def _changed(row: bytes) -> datetime | None:
    try:
        return moment({"updated_at": _CHANGED.decode(row).updated_at}, "updated_at")
    except UNREADABLE:
        return None


def one(body: bytes) -> bytes:
    """{data: {...}}, or a bare object (2.2)."""
    found: _One = decode(body, _ONE)
    data = bytes(found.data)
    if data.startswith(b"{"):
        return data
    if found.id is None:
        raise UnexpectedResponseError("the answer holds no customer")
    return body
