"""The embedded broker: a message is there whole, or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from django.conf import settings
from kombu.connection import Connection
from kombu.transport.virtual import BrokerState

from crm import doorbell, servers
from crm.celery import app


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    monkeypatch.setattr(doorbell.Transport, "global_state", BrokerState())  # a process of its own
    options = servers.broker_options("filesystem://", folder=tmp_path, lease_seconds=30)
    url, transport = "filesystem://localhost", settings.CELERY_BROKER_TRANSPORT
    with Connection(url, transport=transport, transport_options=options) as made:
        yield made


def test_it_is_what_an_installation_begins_with() -> None:
    with app.connection_for_write() as found:
        assert isinstance(found.transport, doorbell.Transport)


def test_what_is_put_is_got_once(broker: Connection) -> None:
    with broker.SimpleQueue("bell") as bell:
        bell.put({"id": 7})
        message = bell.get(timeout=5)
        assert message.payload == {"id": 7}
        message.ack()
        with pytest.raises(Empty):
            bell.get_nowait()


@pytest.mark.parametrize("torn", ["", '{"body": "eyJp'])
def test_a_message_that_is_not_whole_is_passed_over(
    broker: Connection, tmp_path: Path, torn: str
) -> None:
    with broker.SimpleQueue("bell") as bell:
        (tmp_path / "queue" / "0_first.bell.msg").write_text(torn)
        bell.put({"id": 7})
        assert bell.get(timeout=5).payload == {"id": 7}


def test_no_file_is_seen_before_it_is_whole(
    broker: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment before it gets its name, nobody sees it and all of it is written."""
    appearing: list[Any] = []
    replace = Path.replace

    def seen(part: Path, whole: Path) -> Path:
        assert not whole.exists()
        appearing.append((whole.parent.name, json.loads(part.read_text())))
        return replace(part, whole)

    monkeypatch.setattr(Path, "replace", seen)
    with broker.SimpleQueue("bell") as bell:
        bell.put({"id": 7})
        assert list(map(str, (tmp_path / "queue").glob("*.part"))) == []
    assert [folder for folder, _ in appearing] == ["control", "queue"]
    assert appearing[0][1] == []
    assert "body" in appearing[1][1]
