import threading
import time

import pytest

from connectors.tokens import EARLY_SECONDS, Token, TokenCache


def cache_of(*seconds: float) -> tuple[TokenCache, list[str]]:
    """A cache whose tokens `t1`, `t2`, ... live so long (the last one repeats)."""
    fetched: list[str] = []

    def fetch() -> Token:
        life = seconds[min(len(fetched), len(seconds) - 1)]
        fetched.append(f"t{len(fetched) + 1}")
        return Token(fetched[-1], life)

    return TokenCache(fetch), fetched


def test_a_token_is_fetched_once_and_kept() -> None:
    cache, fetched = cache_of(600)
    assert [cache.value(), cache.value()] == ["t1", "t1"]
    assert fetched == ["t1"]


def test_a_token_is_renewed_shortly_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, _ = cache_of(600)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    cache.value()
    monkeypatch.setattr(time, "monotonic", lambda: now + 600 - EARLY_SECONDS - 1)
    assert cache.value() == "t1"
    monkeypatch.setattr(time, "monotonic", lambda: now + 600 - EARLY_SECONDS)
    assert cache.value() == "t2"


def test_a_short_lived_token_is_used_for_most_of_its_life(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cache, _ = cache_of(10)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    cache.value()
    monkeypatch.setattr(time, "monotonic", lambda: now + 8)
    assert cache.value() == "t1"


def test_a_refused_token_is_dropped() -> None:
    cache, _ = cache_of(600)
    sent = f"Bearer {cache.value()}"
    assert cache.refused([sent])
    assert cache.value() == "t2"


def test_a_refusal_of_an_older_token_keeps_the_newer() -> None:
    """Two pages in flight learn of the same expiry: one renewal serves both."""
    cache, fetched = cache_of(600)
    sent = f"Bearer {cache.value()}"
    cache.refused([sent])
    cache.value()
    assert cache.refused([sent])
    assert cache.value() == "t2"
    assert fetched == ["t1", "t2"]


def test_without_a_token_there_is_nothing_to_renew() -> None:
    cache, _ = cache_of(600)
    assert not cache.refused(["api-key"])


def test_threads_share_one_fetch() -> None:
    started = threading.Barrier(8)
    fetched: list[int] = []

    def fetch() -> Token:
        fetched.append(1)
        time.sleep(0.05)
        return Token("t", 600)

    cache = TokenCache(fetch)

    def ask() -> None:
        started.wait()
        cache.value()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1


def test_a_token_does_not_show_itself() -> None:
    assert "abc" not in repr(Token("abc", 600))
