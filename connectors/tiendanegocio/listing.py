"""What a page of Tiendanegocio's list says of the next one. Sections: README.md, List."""

from collections.abc import Sequence
from typing import Any

import msgspec

from connectors.declare import Listing, Position
from connectors.fields import count
from connectors.http import decode

Rows = tuple[bytes, ...]


class _List(msgspec.Struct):
    results: list[msgspec.Raw]
    pagination: Any = None


_LIST = msgspec.json.Decoder(_List)
_BARE = msgspec.json.Decoder(list[msgspec.Raw])


def parts(body: bytes) -> tuple[Rows, dict[str, Any]]:
    """The rows and what `pagination` says; a client meets bare lists too."""
    if body.lstrip().startswith(b"["):
        return tuple(bytes(row) for row in decode(body, _BARE)), {}
    found: _List = decode(body, _LIST)
    told = found.pagination if isinstance(found.pagination, dict) else {}
    return tuple(bytes(row) for row in found.results), told


def after_id(rows: Rows, ids: Sequence[Any], told: dict[str, Any], position: Position) -> Listing:
    """Position `{"since_id", "seen", "whole"}`: ids read so far, and the first page's total.

    That `since_id` sorts by id is not stated. An answer that shows that it does not, or an
    end short of the total, sends the scan on by page number, from the first page.
    """
    start = int(position["since_id"])
    # What a later page counts, all rows or those still to come, is not stated.
    total = None if start else count(told.get("total"))
    whole = position.get("whole") if start else total
    if not rows:
        short = whole is not None and position["seen"] < whole
        return Listing((), total, {"page": 1} if short else None)
    known = [number for number in map(count, ids) if number is not None]
    if not known or known[0] <= start or known != sorted(known):
        return Listing((), total, {"page": 1})
    seen = position["seen"] + len(rows)
    return Listing(rows, total, {"since_id": str(known[-1]), "seen": seen, "whole": whole})


def by_page(rows: Rows, ids: Sequence[Any], told: dict[str, Any], position: Position) -> Listing:
    """Position `{"page", "first"}`: the page, and the first id of the one before.

    On the last page `next_page` is absent, null or empty: which of them is not stated, so
    the total has its say too. Where neither is told, an empty page is the end, or one that
    begins like the page before: the vendor takes no notice of the number.
    """
    page, total = position["page"], count(told.get("total"))
    size = count(told.get("per_page")) or len(rows)
    last = -(-total // size) if total and size else None
    first = str(ids[0]) if ids else ""
    if last is None and "next_page" not in told:
        more = first != position.get("first", "")
    else:
        more = bool(told.get("next_page")) or page < (last or 0)
    following = {"page": page + 1, "first": first} if rows and more else None
    return Listing(rows, total, following, last)
