"""The flow that all connectors share, on a vendor made for this test."""

import json
import threading
import time
from typing import Any

import pytest

from connectors.base import Connector
from connectors.declare import Capability, Listing, Option, Position, Scan
from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    NotSupportedError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
    UnreadableRecordError,
)
from connectors.fields import external_id, text
from connectors.http import Request, decode
from connectors.records import CustomerRecord
from connectors.stripping import strip, stripped
from connectors.tokens import Token
from connectors.words import field_words, words_in
from tests.connectors.support import Answer, Loopback, Received, loopback

ANA = CustomerRecord(external_id="", email="ana@example.com")


class Plain(Connector):
    slug = label = "plain"
    region = "EC"
    hosts = ("api.example.com",)
    base_url = "https://api.example.com"
    secrets = (Option("key", "Key", required=True, secret=True),)
    options = (Option("allow_update", "Update", default=False),)
    capabilities = {
        "list": Capability("documented"),
        "get": Capability("documented"),
        "create": Capability(
            "documented", fields=frozenset({"email"}), required=frozenset({"email"})
        ),
        "update": Capability("likely", option="allow_update", fields=frozenset({"email"})),
        "delete": Capability("documented"),
    }
    readable = frozenset({"email"})

    def auth_headers(self) -> dict[str, str]:
        return {"api-key": str(self.credentials["key"])}

    def first_position(self, scan: Scan) -> Position:
        return {"page": 1}

    def list_request(self, scan: Scan, position: Position) -> Request:
        return Request("GET", "/rows", [("page", str(position["page"]))])

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        found = decode(body)
        return Listing(tuple(json.dumps(row).encode() for row in found["rows"]), found["total"])

    def get_request(self, external_id: str) -> Request:
        return Request("GET", f"/rows/{external_id}")

    def read_one(self, body: bytes) -> bytes:
        if not isinstance(decode(body), dict):
            raise UnexpectedResponseError("no row")
        return body

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        return CustomerRecord(external_id=external_id(raw, "id"), email=text(raw, "email"))

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return {**(current or {}), "email": record.email}

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        return Request("POST", "/rows", json=body)

    def update_request(self, external_id: str, body: dict[str, Any], key: str) -> Request:
        return Request("PUT", f"/rows/{external_id}", json=body)

    def delete_request(self, external_id: str) -> Request:
        return Request("DELETE", f"/rows/{external_id}")


class Tokened(Plain):
    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens.value()}"}

    def token_request(self) -> Request:
        return Request("POST", "/login", json={"key": self.credentials["key"]})

    def read_token(self, body: bytes) -> Token:
        return Token(decode(body)["token"], 600)


def connect(server: Loopback, kind: type[Plain] = Plain, **options: Any) -> Plain:
    options["base_url"] = server.url
    return kind({"key": "k-0123456789"}, options, extra_hosts=[server.address], deadline=5)


# Declarations


def test_a_missing_credential_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="key is missing"):
        Plain({})


def test_an_unknown_option_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="unknown key: colour"):
        Plain({"key": "k"}, {"colour": "red"})


def test_an_option_of_the_wrong_kind_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="allow_update must be true or false"):
        Plain({"key": "k"}, {"allow_update": "perhaps"})


def test_a_page_has_at_least_one_row_and_no_more_than_the_vendor_gives() -> None:
    sizes = [Plain({"key": "k"}, page_size=size).rows_per_page for size in (None, 7, 5000, -1)]
    assert sizes == [100, 7, 100, 1]


def test_a_likely_capability_is_off_until_its_option_is_on() -> None:
    off, on = Plain({"key": "k"}), Plain({"key": "k"}, {"allow_update": "yes"})
    assert not off.can("update")
    assert off.writable("update") == frozenset()
    with pytest.raises(NotSupportedError, match="option allow_update turns it on"):
        off.update("1", ANA, b"{}")
    assert on.can("update")
    assert on.writable("update") == {"email"}


def test_an_absent_capability_is_not_supported() -> None:
    with pytest.raises(NotSupportedError, match="no documented way to search"):
        Plain({"key": "k"}).demand("search")


# Calls

STATUSES: list[tuple[int, bytes, type[Exception], type[Exception]]] = [
    (400, b'{"message": "bad"}', UnexpectedResponseError, RejectedError),
    (401, b"{}", ConfigurationError, ConfigurationError),
    # Of one record, it may mean that record alone.
    (403, b"{}", UnexpectedResponseError, RejectedError),
    (404, b"<html>proxy</html>", UnexpectedResponseError, RejectedError),
    (404, b'{"message": "no row"}', NotFoundError, NotFoundError),
    (408, b"{}", TemporaryError, OutcomeUnknownError),
    (422, b'{"errors": {"email": ["taken"]}}', UnexpectedResponseError, RejectedError),
    (429, b"{}", TemporaryError, TemporaryError),
    (500, b"{}", TemporaryError, OutcomeUnknownError),
    (504, b"{}", TemporaryError, OutcomeUnknownError),
    (302, b"", UnexpectedResponseError, UnexpectedResponseError),
]


@pytest.mark.parametrize(("status", "body", "reading", "writing"), STATUSES)
def test_each_refusal_says_what_happens_next(
    status: int, body: bytes, reading: type[Exception], writing: type[Exception]
) -> None:
    headers = {"Retry-After": "40"} if status >= 400 else {"Location": "/elsewhere"}
    with loopback([Answer(status, body, headers)]) as server:
        with pytest.raises(reading):
            connect(server).get("1")
        with pytest.raises(writing):
            connect(server, allow_update=True).update("1", ANA, b"{}")


def test_a_missing_list_is_not_a_missing_record() -> None:
    with (
        loopback([Answer(404, b'{"message": "no such page"}')]) as server,
        pytest.raises(UnexpectedResponseError),
    ):
        connect(server).check()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"message": "Forbidden"}', ConfigurationError),
        (b"<html>Checking your browser</html>", UnexpectedResponseError),
    ],
)
def test_a_proxys_no_is_not_the_vendors(body: bytes, error: type[Exception]) -> None:
    with loopback([Answer(403, body)]) as server, pytest.raises(error) as caught:
        connect(server).check()
    assert ("a web page came" in str(caught.value)) is (error is UnexpectedResponseError)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"El correo\n ya existe", "PUT /rows/1: 409 El correo ya existe"),
        (b'{"message": "inv\xe1lido"}', 'PUT /rows/1: 409 {"message": "inv\ufffdlido"}'),
        (b"", "PUT /rows/1: 409"), (b"{}", "PUT /rows/1: 409"),
    ],
)  # fmt: skip
def test_words_that_are_no_json_are_told_too(body: bytes, words: str) -> None:
    with loopback([Answer(409, body)]) as server, pytest.raises(RejectedError) as caught:
        connect(server, allow_update=True).update("1", ANA, b"{}")
    assert str(caught.value) == words


def test_a_long_wait_is_told_to_the_caller() -> None:
    with (
        loopback([Answer(429, b"{}", {"Retry-After": "90"})]) as server,
        pytest.raises(TemporaryError) as caught,
    ):
        connect(server).get("1")
    assert caught.value.retry_after == 90


def test_a_refusal_brings_the_vendors_words() -> None:
    body = b'{"message": "Invalid", "errors": {"email": ["is taken", "is odd"]}}'
    with (
        loopback([Answer(422, body)]) as server,
        pytest.raises(RejectedError, match="Invalid") as caught,
    ):
        connect(server).create(ANA, "key")
    assert caught.value.fields == {"email": "is taken; is odd"}


def test_words_that_echo_a_credential_are_blotted_out() -> None:
    with (
        loopback([Answer(401, b'{"message": "unknown key k-0123456789"}')]) as server,
        pytest.raises(ConfigurationError, match=r"unknown key \*\*\*"),
    ):
        connect(server).get("1")


def test_a_create_without_a_required_field_is_not_sent() -> None:
    with loopback([Answer()]) as server:
        for email in (None, ""):
            with pytest.raises(RejectedError, match="without: email"):
                connect(server).create(CustomerRecord(external_id="", email=email), "key")
    assert server.received == []


def test_a_create_answered_without_a_record_is_unknown() -> None:
    with loopback([Answer(body=b'{"ok": true}')]) as server, pytest.raises(OutcomeUnknownError):
        connect(server).create(ANA, "key")


def test_an_update_answered_without_a_record_is_to_be_read_again() -> None:
    with loopback([Answer(body=b"")]) as server:
        written = connect(server, allow_update=True).update("7", ANA, b'{"id": 7}')
    assert (written.external_id, written.body) == ("7", None)
    assert server.received[0].json == {"id": 7, "email": "ana@example.com"}


def test_a_delete_of_what_is_gone_is_not_found() -> None:
    with (
        loopback([Answer(404, b'{"error": "gone"}')]) as server,
        pytest.raises(NotFoundError, match="gone"),
    ):
        connect(server).delete("7")


# Tokens


class Guarded:
    """Gives tokens t1, t2, ..., and accepts only the last; `expire` ends it."""

    def __init__(self) -> None:
        self.issued = 0
        self.good = ""
        self.lock = threading.Lock()

    def expire(self) -> None:
        self.good = ""

    def __call__(self, request: Received) -> Answer:
        if request.path == "/login":
            with self.lock:
                self.issued += 1
                self.good = f"token-{self.issued}"
                return Answer(body=json.dumps({"token": self.good}).encode())
        if request.headers["authorization"] != f"Bearer {self.good}":
            return Answer(401, b'{"message": "expired"}')
        time.sleep(0.01)
        return Answer(body=b'{"id": 1, "rows": [], "total": 0}')


def test_an_expired_token_is_renewed_once() -> None:
    guard = Guarded()
    with loopback(guard) as server:
        connector = connect(server, Tokened)
        connector.get("1")
        guard.expire()
        connector.get("1")
    assert server.calls == [
        "POST /login",
        "GET /rows/1",
        "GET /rows/1",
        "POST /login",
        "GET /rows/1",
    ]


def test_pages_in_flight_survive_an_expired_token_together() -> None:
    guard = Guarded()
    with loopback(guard) as server:
        connector = connect(server, Tokened)
        connector.get("1")
        guard.expire()
        failures: list[Exception] = []

        def read() -> None:
            try:
                connector.get("1")
            except Exception as error:  # in a thread, where the test would not see it
                failures.append(error)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    assert guard.issued == 2


def test_a_refused_new_token_is_a_configuration_error() -> None:
    with loopback(
        lambda request: Answer(200 if request.path == "/login" else 401, b'{"token": "t"}')
    ) as server:
        with pytest.raises(ConfigurationError):
            connect(server, Tokened).get("1")
        assert server.calls.count("POST /login") == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ConfigurationError), (401, ConfigurationError), (422, ConfigurationError),
        (500, TemporaryError), (429, TemporaryError),
    ],
)  # fmt: skip
def test_a_login_that_fails_is_never_an_unknown_write(status: int, error: type[Exception]) -> None:
    with loopback([Answer(status)]) as server, pytest.raises(error):
        connect(server, Tokened).create(ANA, "key")
    assert server.calls == ["POST /login"]


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_a_proxys_page_at_the_login_is_temporary(status: int) -> None:
    with (
        loopback([Answer(status, b"<html>Checking your browser</html>")]) as server,
        pytest.raises(TemporaryError, match=r"a web page came|redirects"),
    ):
        connect(server, Tokened).create(ANA, "key")


def test_words_that_echo_a_token_are_blotted_out() -> None:
    def echo(request: Received) -> Answer:
        if request.path == "/login":
            return Answer(body=b'{"token": "token-0123456789"}')
        return Answer(403, b'{"message": "token-0123456789 may not"}')

    with loopback(echo) as server, pytest.raises(UnexpectedResponseError, match=r"\*\*\* may not"):
        connect(server, Tokened).get("1")


# Records


def test_a_row_that_cannot_be_read_says_why() -> None:
    connector = Plain({"key": "k"})
    for row in (b"[1]", b'{"id": null}', b'{"id": 1, "email": []}', b'{"id": 1e999}', b"{"):
        with pytest.raises(UnreadableRecordError):
            connector.read_row(row)
    for row in (b"[1]", b"{}", b'{"id": []}', b'{"id": ""}', b"nonsense", b"[" * 100_000):
        with pytest.raises(UnreadableRecordError):
            connector.row_id(row)


def test_a_row_is_kept_without_what_must_never_be_stored() -> None:
    row = b'{"id": 0, "password": "p", "Token": "t", "a": [{"ip": "1", "b": 1}], "login_url": "u"}'
    record, kept = Plain({"key": "k"}).read_row(row)
    assert record.external_id == "0"
    assert kept == {"id": 0, "a": [{"b": 1}]}


def test_a_row_is_kept_without_nul_characters() -> None:
    _, kept = Plain({"key": "k"}).read_row(
        b'{"id": 1, "a\\u0000": ["b\\u0000c", {"d": "\\u0000"}]}'
    )
    assert kept == {"id": 1, "a": ["bc", {"d": ""}]}


def test_strip_reaches_any_depth_and_changes_nothing_else() -> None:
    raw = {"a": {"token": 1, "b": [{"token": 2}, 3]}}
    assert strip(raw, frozenset({"token"})) == {"a": {"b": [{}, 3]}}
    assert raw["a"]["token"] == 1
    assert stripped(raw, frozenset({"token"})) is raw
    assert raw == {"a": {"b": [{}, 3]}}
    assert stripped(3, frozenset({"token"})) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "Bad"}', "Bad"),
        (b'{"message": ["one", "two"]}', "one; two"),
        (b'{"error": [{"message": "none such", "http_code": 404}]}', "none such"),
        (b'{"message": "m", "error": "e"}', "m; e"),
        (b'{"message": "Failed", "data": {"error": "why"}}', "Failed; why"),
        (b'{"errors": {"email": ["taken"]}}', "email: taken"),
        (b'{"data": {"access_token": "eyJ0", "why": "late"}}', "why: late"),
        (b"<html>", ""),
        (b"", ""),
        (b"[]", ""),
    ],
)
def test_the_vendors_words_are_found_in_many_shapes(body: bytes, words: str) -> None:
    assert words_in(body) == words


def test_field_words_are_found_only_where_they_are() -> None:
    assert field_words(b'{"errors": {"a": ["x"], "b": "y", "c": []}}', "errors") == {
        "a": "x",
        "b": "y",
    }
    assert field_words(b'{"errors": ["x"]}', "errors") == {}
    assert field_words(b"<html>", "errors") == {}
