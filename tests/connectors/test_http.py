"""The one door's guards, each over real sockets."""

import gzip
import itertools
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connectors import http as door
from connectors.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    TemporaryError,
    UnexpectedResponseError,
)
from connectors.guarded import is_public
from connectors.http import Http, Request, decode, segment
from connectors.pacing import Pacer
from tests.connectors.support import Answer, Loopback, loopback, raw_server

GET = Request("GET", "/rows")
POST = Request("POST", "/rows", json={"name": "Ana"})
SECRET = "s3cret-value-of-the-account"


def open_door(server: Loopback, **kwargs: Any) -> Http:
    kwargs.setdefault("secrets", [SECRET])
    return Http(server.url, allowed_hosts=(), extra_hosts=[server.address], **kwargs)


# What leaves


def test_a_request_carries_its_parameters_its_body_and_a_user_agent() -> None:
    with loopback([Answer()]) as server:
        open_door(server).send(
            Request(
                "POST", "/rows", [("sort[0]", "id"), ("q", "a+b@c")], {"n": "é"}, {"api-key": "k"}
            )
        )
        sent = server.received[0]
    assert sent.params == [("sort[0]", "id"), ("q", "a+b@c")]
    assert sent.json == {"n": "é"}
    assert sent.headers["api-key"] == "k"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["user-agent"].startswith("customer-desk/")


def test_calls_that_differ_in_their_query_or_their_headers_each_send_their_own() -> None:
    with loopback([Answer()] * 4) as server:
        http = open_door(server)
        http.send(Request("GET", "/rows", [("page", "1"), ("q", "é &=+/%")], headers={"key": "a"}))
        http.send(Request("GET", "/rows", [("page", "2")], headers={"key": "a"}))
        http.send(Request("GET", "/rows", headers={"key": "b"}))
        http.send(Request("GET", "/other", [("page", "2")], headers={"key": "b"}))
        sent = [(one.params, one.headers["key"]) for one in server.received]
    assert sent == [
        ([("page", "1"), ("q", "é &=+/%")], "a"),
        ([("page", "2")], "a"),
        ([], "b"),
        ([("page", "2")], "b"),
    ]


def test_a_path_segment_cannot_climb() -> None:
    assert segment("a+b@c/d") == "a%2Bb%40c%2Fd"
    assert ".." not in segment("../secrets")
    assert segment(".") == "%2E"


def test_a_redirect_is_not_followed_and_secrets_stay_here() -> None:
    with loopback([Answer()]) as other:
        moved = Answer(302, b"", {"Location": f"{other.url}/rows"})
        with loopback([moved]) as server:
            response = open_door(server).send(
                Request("GET", "/rows", headers={"User-Token": SECRET})
            )
    assert response.status == 302
    assert other.received == []


def test_cookies_are_not_kept() -> None:
    with loopback([Answer(headers={"Set-Cookie": "session=1"})]) as server:
        http = open_door(server)
        http.send(GET)
        http.send(GET)
    assert "cookie" not in server.received[1].headers


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with loopback([Answer()]) as proxy, loopback([Answer(body=b'{"me": 1}')]) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert open_door(server).send(GET).json() == {"me": 1}
    assert proxy.received == []


def test_the_environments_netrc_is_ignored(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ana password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with loopback([Answer()]) as server:
        open_door(server).send(GET)
    assert "authorization" not in server.received[0].headers


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",  # not https
        "http://api.example.com:443/v1",
        "https://evil.example.net/v1",
        "https://api.example.com.evil.example.net/v1",
        "https://api.example.com:8443/v1",
        "https://user:pass@api.example.com/v1",
        "https://api.example.com/v1?x=1",
        "https://api.example.com/v1#x",
        "ftp://api.example.com/v1",
        "https://api.example.com:port/v1",
        "api.example.com/v1",
        "",
    ],
)
def test_a_base_url_off_the_list_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        Http(url, allowed_hosts=("api.example.com",))


def test_a_base_url_on_the_list_is_taken() -> None:
    listed = Http("https://API.example.com/v1/", allowed_hosts=("api.example.com",))
    assert listed.base_url == "https://API.example.com/v1"
    Http("http://localhost:9700/x", allowed_hosts=(), extra_hosts=("localhost:9700",))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a01:203::",
    ],
)  # fmt: skip
def test_inner_addresses_in_every_form_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e", "::ffff:93.184.215.14"],
)
def test_outer_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_listed_host_that_resolves_to_an_inner_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name is the vendor's, the address is ours: nothing is sent."""
    with loopback([Answer()]) as server:
        port = int(server.address.partition(":")[2])
        inner = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: inner)
        http = Http("https://api.example.com/v1", allowed_hosts=("api.example.com",))
        with pytest.raises(ConfigurationError, match="inner address"):
            http.send(GET)
    assert server.received == []


# What comes back


def test_a_body_over_the_cap_is_refused() -> None:
    with (
        loopback([Answer(body=b"x" * 200_000)]) as server,
        pytest.raises(UnexpectedResponseError, match=r"over 100,000 bytes"),
    ):
        open_door(server, max_bytes=100_000).send(GET)


def test_a_body_that_unpacks_over_the_cap_is_refused() -> None:
    bomb = gzip.compress(b"0" * 20_000_000)
    assert len(bomb) < 100_000
    with (
        loopback([Answer(body=bomb, headers={"Content-Encoding": "gzip"})]) as server,
        pytest.raises(UnexpectedResponseError, match="over"),
    ):
        open_door(server, max_bytes=1_000_000).send(GET)


def test_a_packed_body_is_unpacked() -> None:
    packed = gzip.compress(b'{"a": 1}')
    with loopback([Answer(body=packed, headers={"Content-Encoding": "gzip"})]) as server:
        assert open_door(server).send(GET).json() == {"a": 1}


def drip(connection: socket.socket, head: bytes, piece: bytes) -> None:
    connection.sendall(head)
    for _ in range(100):
        time.sleep(0.1)
        connection.sendall(piece)


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "],
    ids=["body", "head"],
)
def test_an_answer_that_drips_is_given_up_at_the_deadline(head: bytes) -> None:
    """No single read times out; the whole does."""
    with raw_server(lambda connection: drip(connection, head, b"x")) as server:
        started = time.monotonic()
        with pytest.raises(TemporaryError):
            open_door(server, deadline=0.6).send(GET)
        assert time.monotonic() - started < 2.5


def test_a_write_whose_answer_drips_may_have_been_carried_out() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with (
        raw_server(lambda connection: drip(connection, head, b"x")) as server,
        pytest.raises(OutcomeUnknownError),
    ):
        open_door(server, deadline=0.6).send(POST)
    assert len(server.received) == 1


CUT = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n"
    + gzip.compress(b"[1, 2]")[:20],
]


@pytest.mark.parametrize("answer", CUT, ids=["length", "chunked", "packed"])
def test_an_answer_that_breaks_off_is_no_shorter_answer(answer: bytes) -> None:
    with (
        raw_server(lambda connection: connection.sendall(answer)) as server,
        pytest.raises(TemporaryError),
    ):
        open_door(server).send(GET)
    assert len(server.received) == door.BODY_TRIES


def test_a_head_that_breaks_off_is_no_empty_answer() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Ty"
    with raw_server(lambda connection: connection.sendall(head)) as server:
        with pytest.raises(TemporaryError, match="broke off in its head"):
            open_door(server).send(GET)
        with pytest.raises(OutcomeUnknownError, match="broke off in its head"):
            open_door(server).send(POST)


def test_an_answer_without_content_is_whole() -> None:
    with raw_server(lambda connection: connection.sendall(b"HTTP/1.1 204 None\r\n\r\n")) as server:
        assert open_door(server).send(Request("DELETE", "/rows/1")).status == 204


def test_an_answer_that_ends_with_the_connection_is_read() -> None:
    whole = b"HTTP/1.0 200 OK\r\n\r\n[1]"
    with raw_server(lambda connection: connection.sendall(whole)) as server:
        assert open_door(server).send(GET).json() == [1]


def test_a_read_that_breaks_off_is_read_again() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n[1, 2]"
    answers = iter([CUT[0], whole])
    with raw_server(lambda connection: connection.sendall(next(answers))) as server:
        http = open_door(server)
        assert http.send(GET).json() == [1, 2]
    assert http.requests == 2


# What is repeated


def test_a_dropped_read_is_repeated() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    answers = iter([b"", whole])
    with raw_server(lambda connection: connection.sendall(next(answers))) as server:
        assert open_door(server).send(GET).status == 200
    assert len(server.received) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_dropped_write_is_sent_once_and_its_outcome_is_unknown(method: str) -> None:
    with raw_server(lambda connection: None) as server, pytest.raises(OutcomeUnknownError):
        open_door(server).send(Request(method, "/rows", json={}))
    assert len(server.received) == 1


@pytest.mark.parametrize("answer", CUT, ids=["length", "chunked", "packed"])
def test_a_write_whose_answer_breaks_off_is_sent_once(answer: bytes) -> None:
    with (
        raw_server(lambda connection: connection.sendall(answer)) as server,
        pytest.raises(OutcomeUnknownError),
    ):
        open_door(server).send(POST)
    assert len(server.received) == 1


def test_a_read_marked_once_is_not_repeated() -> None:
    with raw_server(lambda connection: None) as server, pytest.raises(TemporaryError):
        open_door(server).send(Request("GET", "/rows", once=True))
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_that_fails_for_a_moment_is_repeated(status: int) -> None:
    with loopback([Answer(status, headers={"Retry-After": "0"}), Answer()]) as server:
        http = open_door(server)
        assert http.send(GET).status == 200
    assert http.requests == len(server.received) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_write_that_fails_is_not_repeated(status: int) -> None:
    with loopback([Answer(status, headers={"Retry-After": "0"}), Answer()]) as server:
        assert open_door(server).send(POST).status == status
    assert len(server.received) == 1


def test_retry_after_is_waited_for() -> None:
    with loopback([Answer(429, headers={"Retry-After": "1"}), Answer()]) as server:
        started = time.monotonic()
        assert open_door(server).send(GET).status == 200
        assert time.monotonic() - started >= 0.9


def test_a_long_retry_after_gives_the_answer_back() -> None:
    with loopback([Answer(429, headers={"Retry-After": "31"})]) as server:
        started = time.monotonic()
        assert open_door(server, pacer=Pacer(None, sleep=lambda _: None)).send(GET).status == 429
        assert time.monotonic() - started < 1
    assert len(server.received) == 1


def test_a_retry_after_beyond_the_deadline_gives_the_answer_back() -> None:
    with loopback([Answer(503, headers={"Retry-After": "5"})]) as server:
        started = time.monotonic()
        assert open_door(server, deadline=1).send(GET).status == 503
        assert time.monotonic() - started < 1
    assert len(server.received) == 1


def test_a_host_that_nobody_listens_on_is_a_temporary_error_even_for_a_write() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gone = Loopback(lambda _: Answer(), address=f"127.0.0.1:{port}")
    with pytest.raises(TemporaryError, match="connection failed"):
        open_door(gone).send(POST)


# What is told


def test_the_vendors_clock_and_ours_come_with_the_answer() -> None:
    then = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def respond(connection: socket.socket) -> None:
        date = format_datetime(then, usegmt=True)
        connection.sendall(
            f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
        )

    with raw_server(respond) as server:
        before = datetime.now(UTC)
        response = open_door(server).send(GET)
    assert response.clock == then
    assert before - timedelta(seconds=1) < response.sent_at <= datetime.now(UTC)


@pytest.mark.parametrize("date", ["soon", "", "Fri, 31 Dec 9999 23:59:59 -0500"])
def test_an_unreadable_clock_is_none(date: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with raw_server(lambda connection: connection.sendall(head)) as server:
        assert open_door(server).send(GET).clock is None


def test_what_one_record_holds_does_not_cost_the_page() -> None:
    """A half of a character, no number, another character set, a mark before the text."""
    body = b'\xef\xbb\xbf[{"name": "Ana \\ud83d"}, {"spent": NaN}, {"name": "Mu\xf1oz"}]'
    answer = Answer(body=body, headers={"Content-Type": "application/json; charset=latin-1"})
    with loopback([answer]) as server:
        found = open_door(server).send(GET).json()
    assert found == [{"name": "Ana "}, {"spent": None}, {"name": "Muñoz"}]


def test_no_error_tells_a_secret() -> None:
    with raw_server(lambda connection: None) as server:
        http = open_door(server)
        with pytest.raises(OutcomeUnknownError) as caught:
            http.send(Request("POST", f"/rows/{SECRET}"))
    assert SECRET not in str(caught.value)
    assert "***" in str(caught.value)


def test_a_token_that_was_fetched_is_blotted_out_too() -> None:
    http = Http("https://api.example.com", allowed_hosts=("api.example.com",), secrets=["abcdef"])
    http.hide("abcdef.token")
    assert http.redact("of abcdef.token and abcdef") == "of *** and ***"
    assert len(http.redact("x" * 10_000)) == 500


@pytest.mark.parametrize(
    "body",
    [
        b"<html>", b"", b"{", b'{"a": nan}', b'{"a": NaN', b'"\\u8"', b"\xff", b"[" * 100_000,
        b'{"a": 1e999}',
    ],
)  # fmt: skip
def test_what_is_not_plain_json_is_an_unexpected_response(body: bytes) -> None:
    with pytest.raises(UnexpectedResponseError):
        decode(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the answer is empty"), (b" \n", "the answer is empty"),
        (b"\n<!doctype html>", "a web page came instead of the vendor's data"),
        (b"{", "not the JSON expected"),
    ],
)  # fmt: skip
def test_what_came_instead_of_data_is_said_in_plain_words(body: bytes, words: str) -> None:
    with pytest.raises(UnexpectedResponseError, match=words):
        decode(body)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "the vendor hung up"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "the vendor hung up"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{", "the vendor hung up"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip", "could not be unpacked"),
    ],
)
def test_how_a_connection_failed_is_said_in_plain_words(answer: bytes, words: str) -> None:
    with (
        raw_server(lambda connection: connection.sendall(answer)) as server,
        pytest.raises(TemporaryError, match=words),
    ):
        open_door(server).send(Request("GET", "/rows", once=True))


def test_decode_reads_plain_json() -> None:
    assert decode(json.dumps({"a": [1, None, "é"]}).encode()) == {"a": [1, None, "é"]}


def test_requests_are_counted_with_their_repeats() -> None:
    statuses = itertools.chain([500, 500], itertools.repeat(200))
    with loopback(lambda _: Answer(next(statuses))) as server:
        http = open_door(server)
        http.send(GET)
        http.send(GET)
    assert http.requests == len(server.received) == 4
