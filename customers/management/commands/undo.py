"""`manage.py undo RUN [--tell-back] [--dry-run] [--json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from msgspec import to_builtins

from customers import undoing
from customers.models import Run
from customers.putting_back import Field, Undone
from customers.terminal import table
from customers.values import plain


class Command(BaseCommand):
    help = "Put back what a run changed and nobody touched since; list the rest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="the run's number")
        parser.add_argument(
            "--tell-back",
            action="store_true",
            help="plan writes for the vendors that were told what is put back",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")
        parser.add_argument("--json", action="store_true", help="one object")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run.objects.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"there is no run {options['run']}")
        try:
            found, undo_id = _undo(run, options)
        except undoing.RefusedError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps({"run": run.pk, "undo": undo_id, **to_builtins(found)}))
        else:
            self._show(found, options["dry_run"])

    def _show(self, found: Undone, dry: bool) -> None:
        done = "would be put back" if dry else "put back"
        columns = ["customer", "field", "now" if dry else "was", "before", "what"]
        table(self.stdout, columns, [_row(one, done) for one in [*found.back, *found.left]])
        for one in found.told:
            self.stdout.write(
                f"Customer {one.customer_id}: connection {one.connection_id} was told {one.name}; "
                "with --tell-back it is told the value from before."
            )
        self.stdout.write(f"Made by the run, and left as they are: {len(found.made)}")


def _row(one: Field, done: str) -> list[Any]:
    sides = [plain(one.name, value) for value in (one.now, one.back)]
    return [one.customer_id, one.name, *sides, one.why or done]


def _undo(run: Run, options: dict[str, Any]) -> tuple[Undone, int | None]:
    if options["dry_run"]:
        why = undoing.refusal(run)
        if why:
            raise undoing.RefusedError(why)
        return undoing.preview(run), None
    undo = undoing.start(run.pk, None, tell=options["tell_back"])
    return undoing.go_on(undo.pk), undo.pk
