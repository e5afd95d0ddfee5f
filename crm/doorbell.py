"""The broker of an installation without a server of its own: messages are files in a folder.

Celery's own such broker writes into files that others see while they are still empty, and a
worker that reads one in that moment ends. Here a file is whole when it appears, and one that
is not (the power went) is passed over: the database is the queue of record, and the tick rings
again."""

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        _appear(Path(self.data_folder_out) / name, dumps(message))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        while True:
            try:
                return super()._get(queue)
            except ValueError:  # not whole; it was moved away before it was read
                continue

    def _queue_bind(self, exchange: str, *args: Any) -> None:
        """Two that begin at once both make the list of queues; it must never be seen empty."""
        listed = self._exchange_file(exchange)
        if not listed.exists():
            _appear(listed, "[]")
        super()._queue_bind(exchange, *args)


class Transport(filesystem.Transport):
    Channel = Channel


def _appear(path: Path, text: str) -> None:
    part = path.with_name(f"{uuid4()}.part")
    part.write_text(text)
    part.replace(path)
