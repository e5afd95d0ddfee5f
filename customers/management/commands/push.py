"""`manage.py push [NAME ...] [--dry-run [--plan]] [--approve PLAN] [--json]`."""

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.errors import ConfigurationError
from customers import plans
from customers.connecting import connect
from customers.leases import BusyError, LeaseLostError, claim
from customers.models import Connection, Plan
from customers.plans import Line
from customers.pushing import Pushed, push
from customers.secrets import UnreadableSecretsError
from customers.terminal import bars, table

COLUMNS = [name for name in Pushed.__slots__ if name != "note"]


class Command(BaseCommand):
    help = "Send what is planned to vendors, now, without a worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="default: all that are written to"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print each write as it would be sent"
        )
        parser.add_argument(
            "--plan", action="store_true", help="with --dry-run: keep it, to be approved"
        )
        parser.add_argument(
            "--approve", type=int, metavar="PLAN", help="approve a plan and send it as it was"
        )
        parser.add_argument("--json", action="store_true", help="one object a connection")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] and not options["dry_run"]:
            raise CommandError("--plan goes with --dry-run")
        if options["approve"] is not None:
            if options["names"] or options["dry_run"]:
                raise CommandError("--approve goes alone: the plan says what is sent, and where")
            results = [self._approve(options["approve"])]
        elif options["dry_run"]:
            results = [self._show(one, options) for one in _chosen(options["names"])]
        else:
            with bars() as shown:
                results = [_push(one, shown) for one in _chosen(options["names"])]
        self._report(results, options)

    def _report(self, results: list[Pushed], options: dict[str, Any]) -> None:
        if not options["dry_run"]:
            if options["json"]:
                for found in results:
                    self.stdout.write(json.dumps(found.as_json()))
            else:
                table(self.stdout, COLUMNS, [[getattr(r, c) for c in COLUMNS] for r in results])
        bad = [one for one in results if not one.well]
        if bad:
            raise CommandError("\n".join(f"{one.connection}: {_why(one)}" for one in bad))

    # Shown, stored, approved

    def _show(self, connection: Connection, options: dict[str, Any]) -> Pushed:
        result = Pushed(connection.name, "complete")
        began = time.monotonic()
        lease = claim(connection.pk, retry=False)
        if lease is None:
            result.state, result.note = "failed", "another worker is talking to this connection"
            return result
        try:
            found = _lines(connection, result)
        finally:
            lease.release()
        result.planned = len(found)
        result.seconds = time.monotonic() - began
        plan = plans.keep(connection, found, None) if options["plan"] and found else None
        if options["json"]:
            more = {"writes": [asdict(one) for one in found], "plan": plan.pk if plan else None}
            self.stdout.write(json.dumps(result.as_json() | more))
        else:
            self._print(connection, found, plan)
        return result

    def _print(self, connection: Connection, found: list[Line], plan: Plan | None) -> None:
        self.stdout.write(f"{connection.name}: {len(found):,} planned")
        for one in found:
            said = f"{one.method} {one.path} {one.body}".rstrip() if one.method else one.note
            self.stdout.write(f"  customer {one.customer}: {said}")
        if plan is not None:
            self.stdout.write(f"  kept as plan {plan.pk}: manage.py push --approve {plan.pk}")

    def _approve(self, plan_id: int) -> Pushed:
        try:
            plan = plans.approve(plan_id, None)
        except Plan.DoesNotExist:
            raise CommandError(f"there is no plan {plan_id}") from None
        result = _push(plan.connection, plan_id=plan.pk)
        waiting = plan.writes.filter(state="planned", digest="").count()
        if waiting and result.state == "complete":
            words = f"{waiting} of its writes would say something else now: plan them again"
            result.state, result.note = "partial", words
        return result


def _lines(connection: Connection, result: Pushed) -> list[Line]:
    try:
        connector = connect(connection)
    except (ConfigurationError, UnreadableSecretsError) as error:
        result.state, result.note = "failed", str(error)
        return []
    try:
        return plans.lines(connection, connector)
    finally:
        result.requests = connector.http.requests
        connector.http.close()


def _push(connection: Connection, shown: Any = None, plan_id: int | None = None) -> Pushed:
    def progress(found: Pushed) -> None:
        if shown is not None:
            shown.update(found.connection, found.sent, found.planned)

    try:
        return push(connection.pk, plan_id=plan_id, progress=progress)
    except (BusyError, LeaseLostError) as error:
        return Pushed(connection.name, "failed", note=str(error))


def _why(one: Pushed) -> str:
    if one.state != "complete":
        return f"{one.state}: {one.note}"
    told = [(one.refused, "refused"), (one.not_taken, "not taken"), (one.unknown, "unknown")]
    return ", ".join(f"{number} {words}" for number, words in told if number)


def _chosen(names: list[str]) -> list[Connection]:
    if not names:
        found = list(Connection.present.filter(enabled=True, writes=True))
        if not found:
            raise CommandError("no connection is written to: switch it on in the admin")
        return found
    known = {one.name: one for one in Connection.present.filter(name__in=names)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CommandError(f"there is no connection named {', '.join(map(repr, unknown))}")
    return [known[name] for name in names]
