"""The vendors' samples: each is used by a test, and none names a real person."""

import json
import re
from pathlib import Path

import pytest

from tests.connectors.support import SAMPLES

FILES = sorted(SAMPLES.glob("*/samples/*.json"))
TESTS = Path(__file__).parent


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_sample_is_json_that_a_test_of_its_vendor_reads(path: Path) -> None:
    json.loads(path.read_text(encoding="utf-8"))
    slug = path.parent.parent.name
    texts = [test.read_text(encoding="utf-8") for test in (TESTS / slug).glob("test_*.py")]
    assert any(f'"{path.stem}"' in text for text in texts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_sample_holds_invented_people_only(path: Path) -> None:
    found = re.findall(r"[\w.+-]+@([\w.-]+)", path.read_text(encoding="utf-8"))
    assert set(found) <= {"example.com"}


def test_every_vendor_has_samples() -> None:
    folders = {path.parent.parent.name for path in FILES}
    assert folders == {path.parent.name for path in SAMPLES.glob("*/connector.py")}
