"""A sixth vendor is one new folder, and nothing else."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
from connectors import registry
from connectors.declare import Scan
from connectors.errors import ConfigurationError, NotFoundError
from tests.connectors.support import Answer, Received, connect, loopback

CONNECTOR = """
from typing import Any, ClassVar

import msgspec

from connectors.base import Connector
from connectors.declare import Capability, Listing, Option, Position, Scan
from connectors.fields import external_id, text
from connectors.http import Request, decode, segment
from connectors.records import CustomerRecord, Name

ROWS = msgspec.json.Decoder(list[msgspec.Raw])


class NewcomerConnector(Connector):
    slug = "newcomer"
    label = "Newcomer"
    region = "CL"
    hosts = ("api.example.com",)
    base_url = "https://api.example.com"
    secrets = (Option("key", "Key", required=True, secret=True),)
    capabilities: ClassVar[dict[str, Capability]] = {
        "list": Capability("documented"),
        "get": Capability("documented"),
    }
    readable = frozenset({"name", "email"})

    def auth_headers(self) -> dict[str, str]:
        return {"x-key": str(self.credentials["key"])}

    def first_position(self, scan: Scan) -> Position:
        return {"page": 1}

    def list_request(self, scan: Scan, position: Position) -> Request:
        return Request("GET", "/people", [("page", str(position["page"]))])

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        rows = tuple(bytes(row) for row in decode(body, ROWS))
        return Listing(rows, next={"page": position["page"] + 1} if rows else None)

    def get_request(self, external_id: str) -> Request:
        return Request("GET", f"/people/{segment(external_id)}")

    def read_one(self, body: bytes) -> bytes:
        return body

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        name = Name(full=text(raw, "name") or "")
        return CustomerRecord(
            external_id=external_id(raw, "id"), name=name, email=text(raw, "email")
        )

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return {}
"""
PEOPLE = [{"id": n, "name": f"Persona {n}", "email": f"p{n}@example.com"} for n in range(5)]


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "newcomer"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "connector.py").write_text(CONNECTOR, encoding="utf-8")
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    registry.vendors.cache_clear()
    yield
    registry.vendors.cache_clear()
    for name in [name for name in sys.modules if name.startswith("connectors.newcomer")]:
        del sys.modules[name]


def answer(request: Received) -> Answer:
    if request.headers.get("x-key") != "key-0123456789":
        return Answer(401, b'{"message": "who are you"}')
    _, _, key = request.path.removeprefix("/people").partition("/")
    if not key:
        start = (int(dict(request.params)["page"]) - 1) * 2
        return Answer(body=json.dumps(PEOPLE[start : start + 2]).encode())
    found = [one for one in PEOPLE if str(one["id"]) == key]
    return Answer(body=json.dumps(found[0]).encode()) if found else Answer(404, b"{}")


@pytest.mark.usefixtures("newcomer")
def test_a_sixth_vendor_is_found_and_read() -> None:
    assert "newcomer" in registry.vendors()
    with loopback(answer) as server:
        connector = connect("newcomer", server)
        connector.check()
        pages = list(connector.pages(Scan()))
        records = [connector.read_row(row)[0] for page in pages for row in page.rows]
        assert [record.external_id for record in records] == ["0", "1", "2", "3", "4"]
        assert connector.read_row(connector.get("3").body)[0] == records[3]
        with pytest.raises(NotFoundError):
            connector.get("9")


@pytest.mark.usefixtures("newcomer")
def test_a_sixth_vendors_errors_are_the_frameworks() -> None:
    with (
        loopback([Answer(401)]) as server,
        pytest.raises(ConfigurationError, match="Newcomer refused"),
    ):
        connect("newcomer", server).check()


def test_it_is_gone_with_its_folder() -> None:
    assert "newcomer" not in registry.vendors()
