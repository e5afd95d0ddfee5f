"""What every vendor's fake shares: keeping rows, standing on its own, misbehaving."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from pathlib import Path

import pytest

import connectors
from connectors.registry import vendor, vendors
from connectors.sandbox import SandboxServer, find, serve
from tests.connectors.sandbox_client import Client

SLUGS = sorted(find())


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with serve() as running:
        yield running


@pytest.fixture
def shop(server: SandboxServer) -> Client:
    """Tiendanegocio's: the plainest of the APIs."""
    fake = server.vendor("tiendanegocio")
    return Client(fake, {"Authorization": fake.credentials["access_token"]})


def test_every_vendor_has_a_fake_that_fits_its_connector(server: SandboxServer) -> None:
    assert sorted(vendors()) == SLUGS
    for slug, fake in server.vendors.items():
        kind = vendor(slug)
        assert set(fake.credentials) == {option.key for option in kind.secrets}
        assert set(fake.options) <= {option.key for option in kind.all_options()}
        assert fake.id_key == kind.id_key
        kind(fake.credentials, fake.options, extra_hosts=[server.address]).check()


def test_a_vendor_of_its_own_folder_is_found(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "sixth"
    folder.mkdir()
    (folder / "__init__.py").touch()
    source = Path(connectors.__file__).with_name("mercately") / "sandbox.py"
    text = source.read_text(encoding="utf-8").replace('"mercately"', '"sixth"')
    (folder / "sandbox.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])
    with serve(people=60) as server:
        assert server.vendor("sixth").rows
        assert server.base_url("sixth").endswith("/sixth/retailers/api/v1")


@pytest.mark.parametrize("slug", SLUGS)
def test_filling_adds_exactly_so_many_rows(slug: str, server: SandboxServer) -> None:
    fake = server.vendor(slug)
    fake.fill(130)
    fake.fill(1)
    assert len(fake.rows) == 131
    assert set(server.truth()) == {(slug, key) for key in fake.rows}
    assert len(set(server.truth().values())) == 131


def test_the_same_seed_gives_the_same_rows() -> None:
    with serve(seed=3, people=150) as one, serve(seed=3, people=150) as other:
        for slug in SLUGS:
            assert one.vendor(slug).rows == other.vendor(slug).rows
        assert one.truth() == other.truth()
    with serve(seed=4, people=150) as third:
        assert third.truth() != one.truth()


def test_a_demonstrations_population_has_something_of_everything() -> None:
    with serve(people=1200) as server:
        sizes = {slug: len(fake.rows) for slug, fake in server.vendors.items()}
        assert min(sizes.values()) > 250, sizes
        known = Counter(server.truth().values())
        assert 0.5 < sum(count > 1 for count in known.values()) / len(known) < 0.6
        erased = [row for row in server.vendor("yampi").rows.values() if row["anonymized"]]
        assert len(erased) == 1
        unreadable = 0
        for slug, fake in server.vendors.items():
            reader = vendor(slug)(fake.credentials, fake.options, extra_hosts=[server.address])
            for row in fake.rows.values():
                try:
                    reader.to_record(fake.shown(row))
                except connectors.errors.UnreadableRecordError:
                    unreadable += 1
        assert 1 <= unreadable <= 3


def test_twenty_thousand_people_are_there_in_seconds(tmp_path: Path) -> None:
    began = time.monotonic()
    with serve(people=20_000, state=tmp_path / "state") as server:
        assert sum(len(fake.rows) for fake in server.vendors.values()) > 30_000
        first = time.monotonic() - began
        fake = server.vendor("mercately")
        began = time.monotonic()
        for number in range(50):
            fake.add(first_name="Ana", phone=f"+59399{number:07d}")
        writes = time.monotonic() - began
    began = time.monotonic()
    with serve(state=tmp_path / "state"):
        again = time.monotonic() - began
    assert first < 40
    assert again < 10
    assert writes < 2.5


class TestState:
    def test_a_second_run_serves_the_same(self, tmp_path: Path) -> None:
        with serve(people=100, state=tmp_path / "state") as server:
            fake = server.vendor("clopos")
            key = fake.add(name="Ana Teste")
            fake.edit(key, description="changed")
            gone = next(iter(fake.rows))
            fake.remove(gone)
            before = {slug: dict(one.rows) for slug, one in server.vendors.items()}
            truth = server.truth()
        with serve(seed=9, people=500, state=tmp_path / "state") as server:
            assert {slug: one.rows for slug, one in server.vendors.items()} == before
            assert server.truth() == truth
            fake = server.vendor("clopos")
            assert fake.rows[key]["description"] == "changed"
            assert gone not in fake.rows
            assert int(fake.add(name="Later")) > int(key)

    def test_what_was_answered_survives_a_kill(self, tmp_path: Path) -> None:
        with serve(state=tmp_path / "state") as server:
            fake = server.vendor("tiendanegocio")
            shop = Client(fake, {"Authorization": fake.credentials["access_token"]})
            answer = shop.send("POST", "/customers", body={"name": "Ana"})
            with sqlite3.connect(tmp_path / "state") as other:  # as after a kill: no closing
                (found,) = other.execute("SELECT id FROM row").fetchall()
            assert found == (str(answer.json["id"]),)

    def test_the_order_of_rows_survives(self, tmp_path: Path) -> None:
        with serve(state=tmp_path / "state") as server:
            fake = server.vendor("mercately")
            fake.fill(5)
            first = next(iter(fake.rows))
            fake.edit(first, notes="called")
            order = list(fake.rows)
            assert order[-1] == first
        with serve(state=tmp_path / "state") as server:
            assert list(server.vendor("mercately").rows) == order


class TestServer:
    def test_connections_are_kept_alive(self, shop: Client) -> None:
        connection = HTTPConnection(shop.vendor.base_url.split("/")[2], timeout=5)
        for _ in range(3):
            connection.request("GET", "/tiendanegocio/v1/customers", headers=shop.headers)
            answer = connection.getresponse()
            answer.read()
            assert not answer.will_close
        connection.close()

    def test_other_paths_are_nobodys(self, server: SandboxServer, shop: Client) -> None:
        assert shop.get("/nowhere").status == 404
        assert shop.send("PATCH", "/customers").status == 405
        connection = HTTPConnection(server.address, timeout=5)
        connection.request("GET", "/unknown/v1")
        assert connection.getresponse().status == 404
        connection.close()
        assert [call.path for call in server.strays] == ["/unknown/v1"]

    def test_calls_and_writes_are_kept(self, shop: Client) -> None:
        shop.get("/customers", {"page": 1})
        shop.send("POST", "/customers", body={"name": "Ana"}, X_Mark="1")
        assert shop.vendor.requests == [("GET", "/customers"), ("POST", "/customers")]
        assert shop.vendor.calls[0].params == {"page": "1"}
        ((method, path, body, headers),) = shop.vendor.writes
        assert (method, path, body) == ("POST", "/customers", {"name": "Ana"})
        assert headers["X-Mark"] == "1"

    def test_latency_is_added(self, server: SandboxServer, shop: Client) -> None:
        server.latency = 0.1
        began = time.monotonic()
        shop.get("/customers")
        assert time.monotonic() - began >= 0.1

    @pytest.mark.parametrize("slug", SLUGS)
    def test_changed_credentials_are_refused(self, slug: str, server: SandboxServer) -> None:
        fake = server.vendor(slug)
        old = dict(fake.credentials)
        fake.rotate_credentials()
        kind = vendor(slug)
        kind(fake.credentials, fake.options, extra_hosts=[server.address]).check()
        with pytest.raises(connectors.errors.ConfigurationError):
            kind(old, fake.options, extra_hosts=[server.address]).check()

    def test_limits_refuse_only_where_they_are_on(self, shop: Client) -> None:
        shop.vendor.clock = lambda: 1_800_000_000.0
        limit = shop.vendor.rate_limit
        assert limit is not None
        limit.limit = 2
        assert {shop.get("/customers").status for _ in range(4)} == {200}
        limit.on = True
        assert shop.get("/customers").status == 429


class TestMisbehaviour:
    def test_it_answers_429_and_500_so_often(self, shop: Client) -> None:
        shop.vendor.misbehave("429", retry_after=7)
        shop.vendor.misbehave("500", times=2)
        answers = [shop.get("/customers") for _ in range(4)]
        assert [answer.status for answer in answers] == [429, 500, 500, 200]
        assert answers[0].headers["Retry-After"] == "7"

    def test_it_hits_only_what_it_is_told_to(self, shop: Client) -> None:
        shop.vendor.misbehave("500", method="POST", path="customers")
        assert shop.get("/customers").status == 200
        assert shop.send("POST", "/customers", body={"name": "Ana"}).status == 500
        assert not shop.vendor.rows

    def test_a_dropped_request_is_not_carried_out(self, shop: Client) -> None:
        shop.vendor.misbehave("drop")
        with pytest.raises(RemoteDisconnected):
            shop.send("POST", "/customers", body={"name": "Ana"})
        assert not shop.vendor.rows
        assert len(shop.vendor.writes) == 1

    def test_a_dropped_answer_is(self, shop: Client) -> None:
        shop.vendor.misbehave("drop_after")
        with pytest.raises(RemoteDisconnected):
            shop.send("POST", "/customers", body={"name": "Ana"})
        assert len(shop.vendor.rows) == 1
        shop.vendor.misbehave("500_after")
        assert shop.send("POST", "/customers", body={"name": "Eva"}).status == 500
        assert len(shop.vendor.rows) == 2

    def test_a_late_write_comes_later(self, shop: Client) -> None:
        shop.vendor.misbehave("late", seconds=0.3)
        with pytest.raises(RemoteDisconnected):
            shop.send("POST", "/customers", body={"name": "Ana"})
        assert not shop.vendor.rows
        until = time.monotonic() + 10
        while not shop.vendor.rows and time.monotonic() < until:
            time.sleep(0.02)
        assert [row["name"] for row in shop.vendor.rows.values()] == ["Ana"]

    def test_slow_and_dripping_answers_are_whole(self, shop: Client) -> None:
        shop.vendor.fill(3)
        for kind in ("slow", "drip"):
            shop.vendor.misbehave(kind, seconds=0.3)
            began = time.monotonic()
            assert len(shop.get("/customers").json["results"]) == 3
            assert time.monotonic() - began >= 0.25

    def test_a_truncated_answer_breaks_off(self, shop: Client) -> None:
        shop.vendor.fill(3)
        shop.vendor.misbehave("truncate")
        with pytest.raises(IncompleteRead):
            shop.get("/customers")

    def test_a_page_of_html_and_a_redirect(self, server: SandboxServer, shop: Client) -> None:
        shop.vendor.misbehave("html")
        answer = shop.get("/customers")
        assert answer.status == 200
        assert answer.content.startswith(b"<!doctype html>")
        shop.vendor.misbehave("redirect", location=f"http://{server.address}/elsewhere")
        answer = shop.get("/customers")
        assert answer.status == 302
        assert answer.headers["Location"].endswith("/elsewhere")

    def test_rows_shift_between_pages(self, shop: Client) -> None:
        shop.vendor.fill(30)
        shop.vendor.misbehave("shift")
        pages = list(shop.numbered("/customers", "results", "id", per_page=10))
        met = [key for page in pages for key in page]
        assert len(met) == 30
        assert len(set(met)) == 29
        assert pages[1][0] == pages[0][-1]

    def test_one_row_is_garbage(self, shop: Client) -> None:
        shop.vendor.fill(5)
        shop.vendor.misbehave("garbage_row")
        rows = shop.get("/customers").json["results"]
        assert sum(isinstance(row["name"], list) for row in rows) == 1
        shop.vendor.misbehave("garbage_row", row="no customer")
        assert "no customer" in shop.get("/customers").json["results"]
        assert all(isinstance(row, dict) for row in shop.get("/customers").json["results"])

    def test_there_is_no_other_kind(self, shop: Client) -> None:
        with pytest.raises(ValueError, match="unknown kind"):
            shop.vendor.misbehave("explode")


def test_many_clients_at_once_make_different_rows(shop: Client) -> None:
    def work() -> None:
        for _ in range(10):
            shop.send("POST", "/customers", body={"name": "Ana"})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shop.vendor.rows) == 40
