"""The README's pictures, from the sandbox's people: `python -m tests.browser.screenshots`.

Everything runs in a folder of its own that is thrown away: the vendors' fakes, the database,
the server.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import ViewportSize

from connectors.registry import vendors as known_vendors
from connectors.sandbox import SandboxServer, serve
from tests.browser.chromium import chromium, log_in
from tests.plugin import ROOT, documented_variables

IMAGES = ROOT / "docs" / "images"
PEOPLE = 1200
SIZE = ViewportSize(width=1280, height=860)


def main() -> None:
    password = secrets.token_urlsafe(12)
    with tempfile.TemporaryDirectory() as folder, serve(people=PEOPLE, seed=3) as server:
        env = environment(Path(folder), server, password)
        fill(server, env)
        with web_server(env) as address:
            shoot(address, password, best_known(env))


def environment(folder: Path, server: SandboxServer, password: str) -> dict[str, str]:
    """The environment of an installation that is nobody's."""
    return {
        **os.environ,
        **dict.fromkeys(documented_variables(), ""),
        "VAR_DIR": str(folder),
        "EXTRA_VENDOR_HOSTS": server.address,
        "DJANGO_SETTINGS_MODULE": "crm.settings",
        "DJANGO_SUPERUSER_PASSWORD": password,
    }


def manage(env: dict[str, str], *words: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout


def fill(server: SandboxServer, env: dict[str, str]) -> None:
    """Five connections, pulled twice, and somebody who may look at them."""
    manage(env, "migrate")
    manage(env, "createsuperuser", "--noinput", "--username", "ana", "--email", "ana@example.com")
    for slug, fake in server.vendors.items():
        given = {**fake.credentials, **fake.options}
        pairs = [word for key, value in given.items() for word in ("--set", f"{key}={value}")]
        manage(env, "connections", "add", slug, f"{known_vendors()[slug].label} shop", *pairs)
    for _ in range(2):
        manage(env, "pull")


def best_known(env: dict[str, str]) -> int:
    """The customer with the most links."""
    rows = [json.loads(line) for line in manage(env, "export", "--format", "jsonl").splitlines()]
    found: int = max(rows, key=lambda row: (len(row["links"]), -row["id"]))["id"]
    return found


@contextmanager
def web_server(env: dict[str, str]) -> Iterator[str]:
    """The product on a free port of this machine, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", "--bind", address, "--threads", "4"]
    with subprocess.Popen([*command, "crm.wsgi"], env=env, cwd=ROOT) as process:
        try:
            wait_for(f"http://{address}/healthz")
            yield f"http://{address}"
        finally:
            process.terminate()


def wait_for(url: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urlopen(url):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def shoot(address: str, password: str, customer: int) -> None:
    """The pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    pages = {
        "start": "",
        "question": "customers/conflict/review/",
        "customers": "customers/customer/?q=souza",
        "customer": f"customers/customer/{customer}/change/",
        "connections": "customers/connection/",
        "runs": "customers/run/",
    }
    with chromium() as browser:
        page = browser.new_page(viewport=SIZE, color_scheme="light", locale="en-US")
        log_in(page, address, "ana", password)
        for name, path in pages.items():
            page.goto(f"{address}/admin/{path}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
