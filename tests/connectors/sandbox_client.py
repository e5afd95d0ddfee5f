"""A plain HTTP client for the sandbox's tests: the fakes are tried without our connectors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.sandbox import VendorSandbox

Query = Mapping[str, Any] | list[tuple[str, Any]]


@dataclass
class Answer:
    status: int
    headers: Message
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Client:
    """Calls one vendor's fake; `headers` go with every call."""

    vendor: VendorSandbox
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Any = None,
        **headers: str,
    ) -> Answer:
        base = urlsplit(self.vendor.base_url)
        connection = HTTPConnection(base.hostname or "", base.port, timeout=10)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        target = f"{base.path}{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, target, data, {**self.headers, **sent})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, query: Query | None = None, **headers: str) -> Answer:
        return self.send("GET", path, query, **headers)

    def numbered(self, path: str, data: str, key: str, **query: Any) -> Iterator[list[Any]]:
        """The ids of page after page, by number, to the first empty one."""
        page = 1
        while rows := self.get(path, {**query, "page": page}).json[data]:
            yield [row[key] for row in rows]
            page += 1
