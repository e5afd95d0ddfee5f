"""Who reads the page that is being made: what they may see.

Set by the middleware for the time of a request, as Django does with the language, so that no
screen can forget to ask: a value is shown masked unless its reader may see it whole.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

from customers.admin.access import SEE_DOCUMENTS

_reader: ContextVar[Any] = ContextVar("reader", default=None)


def sees_documents() -> bool:
    """Whether numbers of documents are shown whole. Nobody in particular sees them masked."""
    reader = _reader.get()
    return reader is not None and reader.has_perm(SEE_DOCUMENTS)


class ReaderMiddleware:
    """The person who asked is the reader until the answer is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _reader.set(request.user)
        try:
            return self.get_response(request)
        finally:
            _reader.reset(token)
