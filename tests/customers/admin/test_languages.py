"""Nothing is left in English: the catalogues are complete and up to date."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

from connectors import errors
from connectors.fields import _KINDS
from customers.admin.connection_words import counts
from customers.admin.engine_words import FORMS, SENTENCES, say
from customers.models import Run

LANGUAGES = ["es", "pt_BR"]
IN_TEMPLATES = r"\{% translate [\"'](.+?)[\"'] "
IN_CODE = r"\b(?:_|gettext_lazy|gettext_noop)\(\s*\"([^\"\\]+)\"\s*\)"


def catalogue(project_dir: Path, language: str) -> Path:
    return project_dir / "customers" / "locale" / language / "LC_MESSAGES" / "django.po"


def listed(path: Path, *options: str) -> list[str]:
    """The messages that msgattrib lists, without the header."""
    found = subprocess.run(
        ["msgattrib", *options, "--no-wrap", str(path)], capture_output=True, text=True, check=True
    ).stdout
    return [one for one in re.findall(r'^msgid "(.*)"$', found, flags=re.MULTILINE) if one]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("option", ["--untranslated", "--only-fuzzy"])
def test_no_message_is_untranslated_or_fuzzy(project_dir: Path, language: str, option: str) -> None:
    assert listed(catalogue(project_dir, language), option) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_in_the_catalogue(project_dir: Path, language: str) -> None:
    """Texts written since the last `make messages` would be missing."""
    known = catalogue(project_dir, language).read_text(encoding="utf-8").replace('"\n"', "")
    missing = [
        message
        for pattern, form in (("*.html", IN_TEMPLATES), ("*.py", IN_CODE))
        for path in sorted((project_dir / "customers").rglob(pattern))
        for message in re.findall(form, path.read_text(encoding="utf-8"))
        if f'msgid "{message}"' not in known
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_texts(
    project_dir: Path, language: str, tmp_path: Path
) -> None:
    source = catalogue(project_dir, language)
    compiled = tmp_path / "django.po"
    subprocess.run(["msgunfmt", str(source.with_suffix(".mo")), "-o", str(compiled)], check=True)
    assert sorted(listed(compiled)) == sorted(listed(source))


def test_the_browser_chooses_the_language(desk: Client) -> None:
    for language, words in (("es", "Qué le espera ahora"), ("pt-br", "O que precisa de você")):
        text = desk.get("/admin/", headers={"accept-language": language}).content.decode()
        assert words in text


def test_what_the_engine_keeps_in_english_is_said_in_the_readers_language() -> None:
    with override("es"):
        assert say("The same document and e-mail") == "El mismo documento y correo"
        assert say("The same e-mail, but their documents differ (CPF)") == (
            "El mismo correo, pero sus documentos son distintos (CPF)"
        )
        assert say("the vendor's own words") == "The vendor's own words"
        assert counts(Run(seen=1, changed=2)) == "1 registro visto, 2 cambiados"
        for sentence in SENTENCES:
            assert say(sentence).casefold() != sentence.casefold()
    assert FORMS


def said_by_connectors(project_dir: Path) -> set[str]:
    """Every text with which a connector raises one of its errors, whatever it is about being 7."""
    found = set()
    for path in (project_dir / "connectors").rglob("*.py"):
        if "sandbox" in path.name:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[text, *_]) if name in vars(errors):
                    found.add(_text(text))
    return found - {""}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one) or "7" for one in node.values)
    return ""


def test_what_connectors_say_is_said_in_the_readers_language(project_dir: Path) -> None:
    said = said_by_connectors(project_dir)
    assert len(said) > 30
    said |= {f"phone should be text, not {kind}" for kind in _KINDS.values()}
    said.remove("7 should be text, not 7")
    with override("es"):
        assert [one for one in sorted(said) if say(one).casefold() == one.casefold()] == []
        assert say("phones should be a list") == "Phones debe ser una lista"
