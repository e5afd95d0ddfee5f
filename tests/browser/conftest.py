"""A browser, a server, and somebody who is logged in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import ChromiumMissing, Watched, chromium, log_in

LOOKS = [(1280, "light"), (390, "dark")]


@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser]:
    """Playwright runs a loop in this thread, beside which Django must be told to work."""
    try:
        with pytest.MonkeyPatch.context() as patch, chromium() as browser:
            patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
            yield browser
    except ChromiumMissing as missing:
        raise pytest.fail.Exception(str(missing), pytrace=False) from None


@pytest.fixture(params=LOOKS, ids=[f"{width}-{theme}" for width, theme in LOOKS])
def desk(request: Any, _browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """The admin's first page at each width, logged in. Nothing may go wrong on it."""
    width, theme = request.param
    User.objects.create_superuser("ana", "ana@example.com", "a long password")
    context = _browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-GB"
    )
    watched = Watched(context.new_page())
    log_in(watched.page, live_server.url, "ana", "a long password")
    yield watched
    context.close()
    assert watched.wrong == []
