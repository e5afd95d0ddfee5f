"""Yampi's envelope: what an answer holds. Sections: README.md."""

from typing import Any

import msgspec

from connectors.declare import Listing, Position
from connectors.errors import UnexpectedResponseError
from connectors.fields import count
from connectors.http import decode


class _List(msgspec.Struct):
    data: list[msgspec.Raw]
    meta: Any = None
    scroll_id: Any = None


class _One(msgspec.Struct):
    data: msgspec.Raw


_LIST = msgspec.json.Decoder(_List)
_ONE = msgspec.json.Decoder(_One)
_MANY = msgspec.json.Decoder(list[msgspec.Raw])


def listing(body: bytes, position: Position) -> Listing:
    found: _List = decode(body, _LIST)
    rows = tuple(bytes(row) for row in found.data)
    pages = _pagination(found.meta)
    total = count(pages.get("total"))
    if "scroll" in position and (found.scroll_id or position["scroll"]):
        # The end of a scroll is an empty page (2.1); the id may not be repeated.
        scroll = str(found.scroll_id or position["scroll"])
        return Listing(rows, total, {"scroll": scroll} if rows else None)
    page = position.get("page", 1)
    last = count(pages.get("total_pages"))
    more = bool(rows) and (last is None or page < last)
    return Listing(rows, total, {"page": page + 1} if more else None, last)


def one(body: bytes) -> bytes:
    """The page shows a one-element list for get-one; clients meet an object (2.2)."""
    data = bytes(decode(body, _ONE).data)
    if data.lstrip().startswith(b"["):
        rows = decode(data, _MANY)
        if len(rows) != 1:
            raise UnexpectedResponseError(f"one customer was expected, {len(rows)} came")
        return bytes(rows[0])
    if not data.lstrip().startswith(b"{"):
        raise UnexpectedResponseError("the answer holds no customer")
    return data


def _pagination(meta: Any) -> dict[str, Any]:
    """Counters that may come as text; an empty list stands for an empty object (2.2)."""
    found = meta.get("pagination") if isinstance(meta, dict) else None
    return found if isinstance(found, dict) else {}
