"""The addresses that anyone may ask for."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.test import Client


def test_the_root_leads_to_the_admin(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/admin/"


@pytest.mark.django_db
def test_the_login_page_is_shown_with_exactly_the_content_policy_that_the_theme_needs(
    client: Client,
) -> None:
    answer = client.get("/admin/login/")
    assert answer.status_code == 200
    directives = answer.headers["Content-Security-Policy"].split("; ")
    assert sorted(directives) == [
        "base-uri 'self'",
        "default-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "object-src 'none'",
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
    ]


@pytest.mark.django_db
def test_every_file_that_the_login_page_links_to_exists(client: Client) -> None:
    """A missing one is a blank look here, and an error for each page in production."""
    page = client.get("/admin/login/").content.decode()
    linked = re.findall(r'(?:href|src)="/static/([^"?]+)', page)
    assert linked
    assert [name for name in linked if finders.find(name) is None] == []


@pytest.mark.django_db
def test_it_is_well_while_the_database_answers(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_it_is_not_well_when_the_database_does_not_answer(client: Client) -> None:
    def refuse(*_args: object) -> None:
        raise DatabaseError("gone")

    with connection.execute_wrapper(refuse):
        assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
def test_five_wrong_passwords_lock_the_name_out(client: Client) -> None:
    wrong = {"username": "ana", "password": "wrong"}
    answers = [client.post("/admin/login/", wrong).status_code for _attempt in range(6)]
    assert answers[0] == 200
    assert answers[-1] == 429
