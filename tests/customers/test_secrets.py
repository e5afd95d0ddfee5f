"""Credentials at rest and in memory: readable by the connector, visible nowhere."""

import copy
import json
import logging
import pickle
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection as database
from django.forms.models import model_to_dict

from customers.models import Connection
from customers.secrets import Secrets, UnreadableSecretsError, seal, unseal

KEY = "sk-live-0123456789"
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))

pytestmark = pytest.mark.django_db


def made() -> Connection:
    one = Connection(name="Shop", vendor="mercately")
    one.credentials = Secrets({"api_key": KEY})
    one.save()
    return one


@pytest.fixture
def shop() -> Connection:
    return Connection.objects.get(pk=made().pk)


def column(shop: Connection) -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials FROM customers_connection WHERE id = %s", [shop.pk])
        return str(cursor.fetchone()[0])


def test_they_come_back_as_they_went_in(shop: Connection) -> None:
    assert dict(shop.credentials) == {"api_key": KEY}
    assert shop.credentials == {"api_key": KEY}
    assert (len(shop.credentials), "api_key" in shop.credentials) == (1, True)


def test_the_column_holds_no_plain_text(shop: Connection) -> None:
    assert KEY not in column(shop)
    assert "api_key" not in column(shop)


def test_no_credentials_are_encrypted_too() -> None:
    Connection.objects.create(name="Bare", vendor="mercately")
    assert dict(Connection.objects.get().credentials) == {}


@pytest.mark.parametrize("looked_at", [False, True])
def test_they_show_nowhere(
    shop: Connection, looked_at: bool, caplog: pytest.LogCaptureFixture
) -> None:
    if looked_at:
        assert shop.credentials["api_key"] == KEY
    fresh = Secrets({"api_key": KEY})
    logging.getLogger("customers").warning("%s %r %s", shop.credentials, fresh, shop)
    shown = [
        caplog.text,
        repr(shop),
        str(shop.credentials),
        repr(shop.credentials),
        f"{shop.credentials} {fresh}",
        repr(fresh),
        repr(model_to_dict(shop)),
        repr(Connection.objects.values_list("credentials").get()),
        json.dumps(model_to_dict(shop), default=str),
    ]
    for text in shown:
        assert KEY not in text


def test_a_fixture_dump_holds_none_and_can_be_loaded(shop: Connection, tmp_path: Any) -> None:
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "customers.connection", output=str(dump), stdout=StringIO())
    assert KEY not in dump.read_text()
    assert column(shop) not in dump.read_text()
    shop.delete()
    call_command("loaddata", str(dump), verbosity=0)
    assert dict(Connection.objects.get().credentials) == {}


def test_copies_and_pickles_stay_readable_and_sealed(shop: Connection) -> None:
    assert shop.credentials["api_key"] == KEY
    for found in (shop.credentials, Secrets({"api_key": KEY})):
        pickled = pickle.dumps(found)
        assert KEY.encode() not in pickled
        assert pickle.loads(pickled) == copy.deepcopy(found) == copy.copy(found) == found
    assert KEY.encode() not in pickle.dumps(shop)


def test_they_are_read_only(shop: Connection) -> None:
    with pytest.raises(TypeError):
        shop.credentials["api_key"] = "other"


def test_saving_something_else_keeps_them(shop: Connection) -> None:
    shop.trust = 60
    shop.save()
    assert dict(Connection.objects.get().credentials) == {"api_key": KEY}


def test_a_new_first_key_reads_the_old_and_a_save_moves_over_to_it(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    made()
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    shop = Connection.objects.get()
    assert dict(shop.credentials) == {"api_key": KEY}
    shop.save()
    settings.CREDENTIALS_KEYS = [NEW]
    assert dict(Connection.objects.get().credentials) == {"api_key": KEY}


def test_the_first_key_encrypts(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    token = seal({"api_key": KEY})
    assert Fernet(NEW).decrypt(token)
    settings.CREDENTIALS_KEYS = [NEW]
    assert unseal(token) == {"api_key": KEY}


def test_a_lost_key_says_so_when_they_are_looked_at_and_loses_nothing(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    made()
    settings.CREDENTIALS_KEYS = [NEW]
    shop = Connection.objects.get()
    assert repr(shop.credentials) == "Secrets(***)"  # a list of connections still shows
    with pytest.raises(UnreadableSecretsError, match="CREDENTIALS_KEYS lacks the key"):
        dict(shop.credentials)
    shop.trust = 60
    shop.save()
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    assert dict(Connection.objects.get().credentials) == {"api_key": KEY}


def test_a_tampered_column_is_unreadable_and_says_nothing_of_what_it_held(
    shop: Connection,
) -> None:
    with pytest.raises(UnreadableSecretsError) as caught:
        unseal(column(shop)[:-8] + "AAAAAAA=")
    assert caught.value.__cause__ is None


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(ValidationError):
        Connection(name="Shop", vendor="mercately", credentials="api_key").full_clean()
