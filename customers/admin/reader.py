"""Who reads the page that is being made: what they may see, and by which clock.

Set by the middleware for the time of a request, as Django does with the language, so that no
screen can forget to ask: a value is shown masked unless its reader may see it whole.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from customers.admin.access import SEE_DOCUMENTS

# Cookies: what the person chose, and what their browser says.
CHOSEN_ZONE, BROWSERS_ZONE = "desk_zone", "desk_zone_here"
_reader: ContextVar[Any] = ContextVar("reader", default=None)


def sees_documents() -> bool:
    """Whether numbers of documents are shown whole. Nobody in particular sees them masked."""
    reader = _reader.get()
    return reader is not None and reader.has_perm(SEE_DOCUMENTS)


def zone_of(request: HttpRequest) -> str:
    """The time zone that the person chose, else their browser's (static/customers/frame.js tells
    it); `""` for none, or one that there is not."""
    for cookie in (CHOSEN_ZONE, BROWSERS_ZONE):
        name = request.COOKIES.get(cookie, "").replace("%2F", "/")
        if name in _zones():
            return name
    return ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class ReaderMiddleware:
    """The person who asked is the reader until the answer is made, on their own clock."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _reader.set(request.user)
        zone = zone_of(request)
        try:
            with timezone.override(ZoneInfo(zone) if zone else None):
                return self.get_response(request)
        finally:
            _reader.reset(token)
