"""Every setting, read from the environment in this one file.

Each variable has a default that runs and a line in `.env.example`; a value that makes no sense
stops the start with a sentence. A `.env` file beside manage.py is read too; the environment wins.

Without `DATABASE_URL` the product is *embedded*: SQLite, a broker made of files, keys of its own
making, plain http on this machine. With a PostgreSQL address it is in production: keys must be
given, and pages are https only unless `SECURE_SSL` says otherwise.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import environ
from cryptography.fernet import Fernet
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from crm.environment import Environment, refuse
from crm.keys import kept_keys

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
env = Environment(os.environ)

# ---------------------------------------------------------------- where things are kept

# Holds personal data and keys in the embedded installation: for its owner only.
VAR_DIR = BASE_DIR / env.text("VAR_DIR", "var")
STATIC_ROOT = VAR_DIR / "static"
try:
    VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    STATIC_ROOT.mkdir(exist_ok=True)
except OSError as error:
    refuse("VAR_DIR", f"is {VAR_DIR}, which cannot be made ({error.strerror})")

# ---------------------------------------------------------------- database

SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"


def _database() -> dict[str, Any]:
    """The database of DATABASE_URL. No sentence repeats the address: it holds a password."""
    url = env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'crm.sqlite3'}")
    try:
        scheme = urlsplit(url).scheme
        config = environ.Env.db_url_config(url)
    except (ValueError, AttributeError):
        refuse("DATABASE_URL", "is not the address of a database")
    if scheme == "sqlite":
        return _sqlite(config["NAME"])
    if config.get("ENGINE") == POSTGRESQL:
        return _postgresql(config)
    refuse(
        "DATABASE_URL",
        f"begins with {scheme or 'no'}://, but only sqlite:// and postgres:// are supported",
    )


def _sqlite(name: str) -> dict[str, Any]:
    if name == ":memory:":
        refuse("DATABASE_URL", "is a database in memory, which the worker could not see")
    return {
        "ENGINE": SQLITE,
        "NAME": BASE_DIR / name,
        "OPTIONS": {
            # With DEFERRED, four writers had 227 of 600 writes refused as locked; so, none.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def _postgresql(config: dict[str, Any]) -> dict[str, Any]:
    if not config["NAME"]:
        refuse("DATABASE_URL", "names no database after the host")
    return config | {
        "OPTIONS": {"connect_timeout": 10} | config.get("OPTIONS", {}),
        "CONN_MAX_AGE": env.integer("DATABASE_CONN_MAX_AGE", 60, 0, 86_400),
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMBEDDED = DATABASES["default"]["ENGINE"] == SQLITE

# ---------------------------------------------------------------- keys


def _fernet_keys(keys: list[str]) -> list[str]:
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            refuse(
                "CREDENTIALS_KEYS",
                f"has no Fernet key as its entry {number}: 32 bytes in url-safe base64 are needed",
            )
    return keys


def _keys() -> tuple[str, list[str]]:
    """The key that signs sessions, and those that encrypt credentials (the first encrypts)."""
    secret_key, credentials_keys = env.text("SECRET_KEY"), env.words("CREDENTIALS_KEYS")
    if not EMBEDDED:
        for name, value in (("SECRET_KEY", secret_key), ("CREDENTIALS_KEYS", credentials_keys)):
            if not value:
                refuse(name, "is not set, and must be when the database is not SQLite")
    if not (secret_key and credentials_keys):
        kept = kept_keys(VAR_DIR / "keys.json")
        secret_key = secret_key or kept["secret_key"]
        credentials_keys = credentials_keys or kept["credentials_keys"]
    if len(secret_key) < 50 or len(set(secret_key)) < 5:
        refuse("SECRET_KEY", "is too easy to guess: 50 or more random characters are needed")
    return secret_key, _fernet_keys(credentials_keys)


SECRET_KEY, CREDENTIALS_KEYS = _keys()

# ---------------------------------------------------------------- web


def _origins(name: str) -> list[str]:
    origins = env.words(name)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            refuse(name, f"has {origin!r}, but each entry must be like https://crm.example.com")
    return origins


def _host_names(name: str, default: list[str]) -> list[str]:
    hosts = env.words(name, default)
    for host in hosts:
        if "/" in host or " " in host:
            refuse(name, f"has {host!r}, but each entry must be a host name without a scheme")
    return hosts


DEBUG = env.flag("DEBUG", False)
ALLOWED_HOSTS = _host_names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = _origins("CSRF_TRUSTED_ORIGINS")

SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag(
    "SECURE_SSL", not DEBUG and not EMBEDDED
)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # whatever watches it asks from inside, over plain http
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for every sub-domain, and
    "security.W021",  # preloading it, are the domain owner's to promise, not one application's
]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # The two that the admin's theme cannot do without: Alpine evaluates, and it sets styles.
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
}

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "customers.apps.CustomersConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---------------------------------------------------------------- people who log in

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"

# Behind a proxy all people share one address, so a lock-out is for the name at that address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# ---------------------------------------------------------------- languages and time


def _time_zone() -> str:
    zone = env.text("TIME_ZONE", "UTC")
    if zone not in available_timezones():
        refuse("TIME_ZONE", f"is {zone!r}, but it must be a name like America/Guayaquil")
    return zone


LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("pt-br", _("Brazilian Portuguese"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", [code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "customers" / "locale"]
TIME_ZONE = _time_zone()
USE_TZ = True

# ---------------------------------------------------------------- static files

STATIC_URL = "static/"
# In production files are collected, compressed and named by their content; everywhere else they
# are served from where they are, so that nothing has to be collected first.
WHITENOISE_USE_FINDERS = DEBUG or EMBEDDED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---------------------------------------------------------------- customers: pull and match

# A worker holds a connection this long without a heartbeat, in seconds.
LEASE_SECONDS = env.integer("LEASE_SECONDS", 60, 2, 3_600)
# How often the beat asks which connections are due, in seconds.
TICK_SECONDS = env.integer("TICK_SECONDS", 15, 1, 3_600)
# Pages fetched ahead while one is stored, where the vendor's limit and paging allow.
PAGES_IN_FLIGHT = env.integer("PAGES_IN_FLIGHT", 4, 1, 32)
# A match key on records of more different people than this is no evidence any more.
MATCH_KEY_MAX_CARRIERS = env.integer("MATCH_KEY_MAX_CARRIERS", 5, 1, 1_000)
# A run is held that would change more than this share of the links, and at least so many;
GUARD_CHANGED_SHARE = env.share("GUARD_CHANGED_SHARE", 0.5)
GUARD_CHANGED_MIN = env.integer("GUARD_CHANGED_MIN", 20, 0, 1_000_000)
# that would find more than this share gone, and at least so many;
GUARD_MISSING_SHARE = env.share("GUARD_MISSING_SHARE", 0.2)
GUARD_MISSING_MIN = env.integer("GUARD_MISSING_MIN", 10, 0, 1_000_000)
# or whose count differs by more than this share from the total or from the last run's.
GUARD_COUNT_SHARE = env.share("GUARD_COUNT_SHARE", 0.5)
# A complete scan is made at least so often, in hours.
SCAN_HOURS = env.integer("SCAN_HOURS", 24, 1, 8_760)


def _host_and_port(name: str, entry: str) -> str:
    """`entry` in lower case, if it is host:port. No wildcards: each host is admitted by name."""
    parts = urlsplit(f"//{entry}")
    try:
        complete = bool(parts.hostname and parts.port) and parts.netloc == entry
    except ValueError:  # a port that is no number, or too large
        complete = False
    if not complete or "@" in entry or "*" in entry:
        refuse(name, f"has {entry!r}, but each entry must be like 127.0.0.1:9700")
    return entry.lower()


# Hosts beside the vendors' own that a connection's base_url may name, over plain http too.
EXTRA_VENDOR_HOSTS = [
    _host_and_port("EXTRA_VENDOR_HOSTS", entry) for entry in env.words("EXTRA_VENDOR_HOSTS")
]

# ---------------------------------------------------------------- tasks

BROKERS = ("filesystem", "redis", "rediss", "sentinel", "amqp", "amqps")


def _broker_url() -> str:
    """The broker's address, never repeated in a sentence: it holds a password."""
    url = env.text("CELERY_BROKER_URL", "filesystem://")
    scheme, separator, _rest = url.partition("://")
    if not separator or scheme not in BROKERS:
        refuse("CELERY_BROKER_URL", f"must begin with one of {', '.join(BROKERS)} and ://")
    return url


def _broker_options(url: str) -> dict[str, Any]:
    """The transport's options. The database is the queue of record; a broker only rings."""
    scheme = url.partition("://")[0]
    if scheme == "filesystem":
        folders = {name: VAR_DIR / "broker" / name for name in ("queue", "processed", "control")}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(folders["queue"]),
            "data_folder_out": str(folders["queue"]),
            "processed_folder": str(folders["processed"]),
            "control_folder": str(folders["control"]),
        }
    if scheme in {"redis", "rediss", "sentinel"}:
        # A killed worker's task came back after 102 s with the defaults, after 8 s with these.
        # A task that comes back while it still runs finds its lease held, and ends.
        return {
            "visibility_timeout": 2 * LEASE_SECONDS,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        }
    return {}


CELERY_BROKER_URL = _broker_url()
CELERY_BROKER_TRANSPORT_OPTIONS = _broker_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page that rings while the broker is away gives up soon: the tick rings again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
CELERY_TASK_DEFAULT_QUEUE = "crm"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Remote control through files leaves a file behind for every question.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = not CELERY_BROKER_URL.startswith("filesystem:")
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "customers.tick",
        "schedule": TICK_SECONDS,
        # A tick that nobody took in time is worth nothing: the next one asks the same.
        "options": {"expires": TICK_SECONDS},
    }
}

# ---------------------------------------------------------------- logging

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # Below WARNING these two write addresses, whose queries hold e-mails and phones.
        "requests": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}

# ---------------------------------------------------------------- the admin's look

UNFOLD = {
    "SITE_TITLE": _("Customer desk"),
    "SITE_HEADER": _("Customer desk"),
    "STYLES": [lambda request: static("customers/desk.css")],
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
}
