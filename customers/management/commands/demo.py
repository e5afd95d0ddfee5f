"""`manage.py demo`: the whole product on one machine, with the sandbox's vendors."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q
from django.utils import timezone

from connectors.sandbox import SandboxServer, serve
from customers import accounts, switching
from customers.models import UNFINISHED, Conflict, Connection, Customer, Run, RunState
from customers.scheduling import ask_for_pull
from customers.terminal import Bars, bars, table

SANDBOX_PORT = 9700
ADMIN_PORT = 8000
LONGEST = 180.0
USER = "demo"


class Command(BaseCommand):
    help = "Pull five sandbox vendors with a real worker, then serve the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="stop after the table")
        parser.add_argument("--people", type=int, default=1200, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: in order
        try:
            with ExitStack() as stack:
                self._run(stack, options)
        except KeyboardInterrupt:
            if options["no_serve"]:
                raise CommandError("stopped before the end", returncode=130) from None
            self.stdout.write("\nStopped. `make demo` goes on where this left off.")

    def _run(self, stack: ExitStack, options: dict[str, Any]) -> None:
        call_command("migrate", verbosity=0)
        state = Path(settings.VAR_DIR) / "sandbox.sqlite3"
        vendors = stack.enter_context(
            serve(people=options["people"], state=state, port=_free(SANDBOX_PORT))
        )
        self.stdout.write(f"Sandbox vendors answer at http://{vendors.address}")
        settings.EXTRA_VENDOR_HOSTS = [*settings.EXTRA_VENDOR_HOSTS, vendors.address]
        connections = [_connection(vendors, slug) for slug in vendors.vendors]
        began = timezone.now()
        for connection in connections:
            ask_for_pull(connection.pk, full=True)
        for words in (
            ("worker", "--concurrency", "2", "--loglevel", "WARNING"),
            ("beat", "--loglevel", "WARNING"),
        ):
            stack.enter_context(_celery(words, vendors.address))
        self.stdout.write("A Celery worker pulls them:")
        with bars() as shown:
            runs = _wait(connections, began, shown)
        self._report(runs)
        if not options["no_serve"]:
            self._serve(stack, vendors)

    def _report(self, runs: list[Run]) -> None:
        columns = ("connection", "seen", "created", "linked", "set aside", "seconds")
        rows = [
            [str(r.connection), r.seen, r.created, r.linked, r.set_aside, r.busy_seconds]
            for r in runs
        ]
        table(self.stdout, columns, rows)
        bad = [
            f"{run.connection}: {run.state}: {run.error}"
            for run in runs
            if run.state != RunState.COMPLETE
        ]
        if bad:
            raise CommandError("\n".join(bad))
        if not any(run.created or run.linked or run.changed for run in runs):
            self.stdout.write("Nothing has changed at any vendor since the last run.")
        several = Customer.objects.annotate(n=Count("links")).filter(n__gt=1).count()
        questions = Conflict.objects.filter(closed_at__isnull=True).count()
        self.stdout.write(
            f"{Customer.objects.count():,} customers, {several:,} of them known to several "
            f"vendors; {questions:,} questions wait for a person."
        )

    def _serve(self, stack: ExitStack, vendors: SandboxServer) -> None:
        password = _password()
        port = _free(ADMIN_PORT)
        address = f"127.0.0.1:{port}"
        command = [sys.executable, "-m", "gunicorn", "crm.wsgi", "--bind", address]
        command += ["--workers", "1", "--threads", "4", "--log-level", "warning"]
        admin = stack.enter_context(_child(command, _environment(vendors.address)))
        self.stdout.write(f"\nThe admin: http://{address}/admin/")
        self.stdout.write(f"User {USER}, password {password} (made for this run)")
        self.stdout.write("Look at: Customers (search a name, part of an e-mail, a phone),")
        self.stdout.write("         Open questions, Runs, Records set aside. Ctrl-C stops it all.")
        code = admin.wait()
        raise CommandError(f"the admin stopped by itself (exit status {code}); see {_log()}")


def _connection(vendors: SandboxServer, slug: str) -> Connection:
    """The sandbox's connection of a vendor, made or brought up to date."""
    fake = vendors.vendor(slug)
    given = {**fake.credentials, **fake.options}
    name = f"{slug.capitalize()} (sandbox)"
    found = accounts.named(name)
    if found is None:
        return accounts.add(slug, name, {**given, "writes": True})
    accounts.settle(found, given)
    found.save(update_fields=["credentials", "options"])
    if not found.writes:
        switching.switch(found.pk, None, writes=True)
    return found


def _wait(connections: list[Connection], began: Any, shown: Bars) -> list[Run]:
    """The runs that the worker made, once all have ended."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        due = Q(finished_at__gte=began) | Q(state__in=[*UNFINISHED, RunState.HELD])
        found = Run.pulls.filter(due).select_related("connection")
        runs = {run.connection_id: run for run in found.order_by("id")}
        for run in runs.values():
            shown.run(run)
        ended = [run for run in runs.values() if run.state not in UNFINISHED]
        if len(ended) == len(connections):
            return [runs[connection.pk] for connection in connections]
        time.sleep(0.2)
    raise CommandError(f"the worker did not finish in {LONGEST:g} s; its words are in {_log()}")


def _celery(words: tuple[str, ...], address: str) -> Any:
    return _child([sys.executable, "-m", "celery", "-A", "crm", *words], _environment(address))


def _environment(address: str) -> dict[str, str]:
    hosts = ",".join(settings.EXTRA_VENDOR_HOSTS)
    return {**os.environ, "EXTRA_VENDOR_HOSTS": hosts or address, "TICK_SECONDS": "1"}


@contextmanager
def _child(command: list[str], env: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A child process that ends with this one, in a session of its own so that Ctrl-C
    reaches it only through us, in order."""
    with _log().open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 our own programs
            command,
            env=dict(env),
            cwd=settings.BASE_DIR,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _log() -> Path:
    """Where the worker, the beat and the admin write."""
    return Path(settings.VAR_DIR) / "demo.log"


def _password() -> str:
    """A new password for the demo's user, in the hub's own user table."""
    password = secrets.token_urlsafe(9)
    user, _ = get_user_model().objects.get_or_create(
        username=USER, defaults={"is_staff": True, "is_superuser": True}
    )
    user.set_password(password)
    user.save()
    return password


def _free(port: int) -> int:
    """The port if nobody has it, else any free one."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CommandError("no free port on this machine")
