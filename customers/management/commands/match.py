"""`manage.py match [--dry-run] [--json] [--learn]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.leases import LeaseLostError
from customers.rematching import MatchBusyError, Result, match
from customers.surveying import Step
from customers.terminal import bars, table


class Command(BaseCommand):
    help = "Examine all customers again: merge those that are one person, ask about the doubtful."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would change")
        parser.add_argument("--json", action="store_true", help="one object a step, then the sum")
        parser.add_argument(
            "--learn", action="store_true", help="learn the weights from what vendors say first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        def tell(what: str, step: Step) -> None:
            if options["json"]:
                said = {"step": what, "one": step.one, "other": step.other, "weight": step.weight}
                self.stdout.write(json.dumps(said))

        with bars() as shown:
            try:
                found = match(
                    dry=options["dry_run"], learn=options["learn"], progress=shown.update, tell=tell
                )
            except (MatchBusyError, LeaseLostError) as error:
                raise CommandError(str(error)) from None
        columns = list(Result.__struct_fields__)
        if options["json"]:
            self.stdout.write(json.dumps({name: getattr(found, name) for name in columns}))
        else:
            table(self.stdout, columns, [[getattr(found, name) for name in columns]])
        if found.state != "complete":
            raise CommandError("it is not complete yet: run it again to go on")
