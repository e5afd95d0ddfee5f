"""Tables and progress for people; plain text when the output is not a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from customers.models import Run


def table(stream: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under headings."""
    shown = Table(show_edge=False, pad_edge=False)
    for column in columns:
        number = bool(rows) and all(isinstance(row[columns.index(column)], int) for row in rows)
        shown.add_column(column.replace("_", " "), justify="right" if number else "left")
    for row in rows:
        shown.add_row(*[_cell(value) for value in row])
    Console(file=stream, width=None if stream.isatty() else 120).print(shown)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.1f}"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else str(value or "")


class Bars:
    """A bar a connection; nothing where the output is not a terminal."""

    def __init__(self, shown: Progress | None) -> None:
        self._shown = shown
        self._tasks: dict[str, Any] = {}

    def update(self, name: str, done: int, total: int | None) -> None:
        if self._shown is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._shown.add_task(name, total=None)
        self._shown.update(self._tasks[name], completed=done, total=total or None)

    def run(self, run: Run) -> None:
        """Show a run's place; the form of `pulling.Progress`."""
        self.update(str(run.connection), run.seen, run.total_first)


@contextmanager
def bars() -> Iterator[Bars]:
    """Progress bars on standard error while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Bars(None)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
        console=console,
    ) as shown:
        yield Bars(shown)
