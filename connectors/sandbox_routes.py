"""Which handler answers a call."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from connectors.sandbox_http import Call, Reply

Handler = Callable[[Call], Reply]


class Routes:
    """`"METHOD /path/{part}"` to handlers, tried in their order."""

    def __init__(self, table: Mapping[str, Handler]) -> None:
        self._table = [(name, *_parted(name), handler) for name, handler in table.items()]

    def find(self, call: Call) -> tuple[str, Handler | None]:
        """The route's name and handler; another method's name and None; or `""` and None.

        Fills `call.at` with the path's named parts, decoded.
        """
        other = ""
        for name, method, pattern, handler in self._table:
            match = pattern.fullmatch(call.path)
            if match and method == call.method:
                call.at = {part: unquote(value) for part, value in match.groupdict().items()}
                return name, handler
            other = name if match else other
        return other, None


def _parted(name: str) -> tuple[str, re.Pattern[str]]:
    method, _, path = name.partition(" ")
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    return method, re.compile(pattern)
