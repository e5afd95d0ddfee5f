"""What holds for the whole tree, derived from it: no list of vendors or settings is kept here.

The import contracts in pyproject.toml hold the layers; these hold what such contracts cannot say.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.plugin import ROOT, documented_variables

PACKAGES = ("connectors", "crm", "customers")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def vendors() -> list[str]:
    """A sub-package of connectors is a vendor."""
    return sorted(found.parent.name for found in (ROOT / "connectors").glob("*/__init__.py"))


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{getattr(node, 'lineno', 0)}" if node else ""
    return f"{path.relative_to(ROOT)}{line}"


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Each imported module's full name (`from a import b` gives a.b) and where it stands."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*above, *filter(None, [node.module])))
            for alias in node.names:
                yield f"{module}.{alias.name}", node


def test_there_are_vendors_to_look_at() -> None:
    assert vendors()


def test_no_vendor_is_named_outside_its_folder() -> None:
    found = [
        f"{place(path)} names {vendor}"
        for path in [ROOT / "manage.py", *sources(*PACKAGES)]
        for vendor in vendors()
        if "migrations" not in path.parts
        and not path.is_relative_to(ROOT / "connectors" / vendor)
        and re.search(vendor, path.read_text(encoding="utf-8"), flags=re.IGNORECASE)
    ]
    assert not found


def test_a_vendor_imports_the_framework_and_never_another_vendor() -> None:
    found = [
        f"{place(path, node)} imports {name}"
        for vendor in vendors()
        for path in sources(f"connectors/{vendor}")
        for name, node in imports(path)
        for other in vendors()
        if other != vendor and (name + ".").startswith(f"connectors.{other}.")
    ]
    assert not found


def test_one_module_alone_speaks_http() -> None:
    doors = {ROOT / "connectors" / name for name in ("http.py", "guarded.py")}
    clients = {"requests", "urllib3", "http.client", "urllib.request", "httpx", "aiohttp"}
    found = [
        f"{place(path, node)} imports {name}"
        for path in sources(*PACKAGES)
        for name, node in imports(path)
        if path not in doors and any((name + ".").startswith(f"{client}.") for client in clients)
    ]
    assert not found


def test_nothing_is_imported_inside_a_function() -> None:
    found = [
        place(path, inner)
        for path in sources(*PACKAGES, "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not found


def test_nothing_is_put_on_a_page_unescaped() -> None:
    pages = (path for folder in PACKAGES for path in (ROOT / folder).rglob("*.html"))
    found = [
        place(path)
        for path in [*sources(*PACKAGES), *pages]
        if re.search(
            r"\bmark_safe\b|\bSafeString\b|\|\s*safe\b|autoescape\s+off",
            path.read_text(encoding="utf-8"),
        )
    ]
    assert not found


def test_no_page_brings_a_script_of_its_own() -> None:
    """The content policy refuses inline scripts and handlers: a page with one would be broken."""
    pages = [path for folder in PACKAGES for path in (ROOT / folder).rglob("*.html")]
    inline = r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*="
    found = [place(path) for path in pages if re.search(inline, path.read_text(encoding="utf-8"))]
    assert not found


def settings_variables() -> set[str]:
    """The names that settings.py asks the environment for: NAME in `env.kind("NAME")`."""
    text = (ROOT / "crm" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"\benv\.[a-z_]+\(\s*\"([A-Z][A-Z_]+)\"", text))


def test_every_setting_has_a_line_in_the_example_and_every_line_is_read() -> None:
    assert settings_variables() == set(documented_variables())
    assert len(documented_variables()) == len(set(documented_variables()))


def test_the_environment_is_read_in_the_settings_alone() -> None:
    """Commands may read it too: a secret can be handed to one there."""
    allowed = {ROOT / "crm" / name for name in ("settings.py", "celery.py", "wsgi.py")}
    found = [
        place(path)
        for path in sources(*PACKAGES)
        if path not in allowed
        and "management" not in path.parts
        and re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_requirements_are_locked_by_hash_and_name_no_place() -> None:
    for lock in sorted(ROOT.glob("requirements*.txt")):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"://|--index|--find-links|/(home|root|tmp|opt|usr)/", text), lock
