"""Reads JSON strictly, and what a vendor wrote that is not quite JSON after mending it, so that
what one record holds does not cost the page, nor a mark before the text the whole scan."""

import codecs
import re
from typing import Any

import msgspec

MAX_DEPTH = 100  # no field that is read lies so deep; readers give up at some hundreds

UNREADABLE = (ValueError, RecursionError)
"""What reading JSON raises: it is none, it is not in UTF-8, it is nested too deep."""

_LONE = re.compile(
    rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(?P<lone>u[dD][89a-fA-F]..)|.)", re.DOTALL
)
# A text, or one that is cut off; what it has taken it does not give back, so that a body of any
# size is gone through once.
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_BRACKET = re.compile(_TEXT + rb"|(?P<opens>[\[{])|(?P<closes>[\]}])", re.DOTALL)
_NO_NUMBER = re.compile(_TEXT + rb"|(?P<word>-?\b(?:NaN|Infinity)\b)", re.DOTALL)

ANYTHING: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder()
_WHOLE = msgspec.json.Decoder(msgspec.Raw)  # what it takes, a record is read from


def read(body: bytes, decoder: "msgspec.json.Decoder[Any]" = ANYTHING) -> Any:
    """JSON to data. Only what cannot be read as it is is looked through for what to mend.
    Raises UNREADABLE."""
    try:
        return decoder.decode(body)
    except UNREADABLE:
        better = mended(body)
        if better == body:
            raise
    return decoder.decode(better)


def readable(body: bytes) -> bytes:
    """The same bytes where they can be read as they are, else mended ones."""
    try:
        _WHOLE.decode(body)
    except UNREADABLE:
        return mended(body)
    return body


def mended(body: bytes) -> bytes:
    """The same JSON without halves of surrogate pairs (RFC 8259, 8.2), and null for NaN and the
    infinities, which JSON cannot say, and for what lies deeper than MAX_DEPTH."""
    if b"\\ud" in body or b"\\uD" in body:
        body = _LONE.sub(lambda found: b"" if found["lone"] else found[0], body)
    if b"NaN" in body or b"Infinity" in body:
        body = _NO_NUMBER.sub(lambda found: b"null" if found["word"] else found[0], body)
    return _shallow(body) if body.count(b"[") + body.count(b"{") > MAX_DEPTH else body


def _shallow(body: bytes) -> bytes:
    kept, depth, since = [], 0, 0
    for found in _BRACKET.finditer(body):
        depth += bool(found["opens"])
        if depth == MAX_DEPTH + 1 and found["opens"]:
            kept.append(body[since : found.start()])
        elif depth == MAX_DEPTH + 1 and found["closes"]:
            kept.append(b"null")
            since = found.end()
        depth -= bool(found["closes"])
    return b"".join([*kept, body[since:]])


def in_utf8(body: bytes, content_type: str = "") -> bytes:
    """The same text without a byte order mark, in UTF-8 (RFC 8259, 8.1). What is UTF-8 is left
    alone, whatever the header says."""
    body = body.removeprefix(codecs.BOM_UTF8)
    if "charset=" not in content_type.lower():
        return body
    try:
        body.decode()
        return body
    except UnicodeDecodeError:
        told = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    try:
        return body.decode(told).encode()
    except (LookupError, ValueError):
        return body
