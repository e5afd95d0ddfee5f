"""`manage.py pull [NAME ...] [--full] [--dry-run] [--json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.leases import BusyError, LeaseLostError
from customers.models import Connection
from customers.pulling import pull
from customers.running import Result
from customers.terminal import bars, table


class Command(BaseCommand):
    help = "Pull customers from vendors, now, without a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="default: all that are enabled"
        )
        parser.add_argument("--full", action="store_true", help="scan everything")
        parser.add_argument("--dry-run", action="store_true", help="store nothing")
        parser.add_argument("--json", action="store_true", help="one object a connection")

    def handle(self, *args: Any, **options: Any) -> None:
        results = []
        with bars() as shown:
            for connection in _chosen(options["names"]):
                found = _pull(connection, options, shown.run)
                results.append(found)
                if options["json"]:
                    self.stdout.write(json.dumps(found.as_json()))
                    self.stdout.flush()
        if not options["json"]:
            columns = [name for name in Result.__slots__ if name != "note"]
            table(self.stdout, columns, [[getattr(r, c) for c in columns] for r in results])
        bad = [one for one in results if one.state != "complete"]
        if bad:
            raise CommandError(
                "\n".join(f"{one.connection}: {one.state}: {one.note}" for one in bad)
            )


def _chosen(names: list[str]) -> list[Connection]:
    if not names:
        found = list(Connection.present.filter(enabled=True))
        if not found:
            raise CommandError("there is no enabled connection: manage.py connections add")
        return found
    known = {one.name: one for one in Connection.present.filter(name__in=names)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CommandError(f"there is no connection named {', '.join(map(repr, unknown))}")
    return [known[name] for name in names]


def _pull(connection: Connection, options: dict[str, Any], progress: Any) -> Result:
    try:
        return pull(connection.pk, full=options["full"], dry=options["dry_run"], progress=progress)
    except (BusyError, LeaseLostError) as error:
        return Result(connection.name, "failed", note=str(error))
