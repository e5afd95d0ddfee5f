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
from urllib.parse import quote

import environ
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from crm import servers
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

DATABASES = {
    "default": servers.database(
        "DATABASE_URL",
        env.text("DATABASE_URL", f"sqlite:///{quote(str(VAR_DIR / 'crm.sqlite3'))}"),
        base=BASE_DIR,
        conn_max_age=env.integer("DATABASE_CONN_MAX_AGE", 60, 0, 86_400),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMBEDDED = DATABASES["default"]["ENGINE"] == servers.SQLITE

# ---------------------------------------------------------------- keys


def _keys() -> tuple[str, list[str], str]:
    """The key that signs sessions, those that encrypt credentials (the first encrypts), and the
    one by which the records of erased people are known again."""
    secret_key, erasure_key = env.text("SECRET_KEY"), env.text("ERASURE_KEY")
    credentials_keys = env.fernet_keys("CREDENTIALS_KEYS")
    given = {
        "SECRET_KEY": secret_key,
        "CREDENTIALS_KEYS": credentials_keys,
        "ERASURE_KEY": erasure_key,
    }
    for name, value in given.items():
        if not (value or EMBEDDED):
            refuse(name, "is not set, and must be when the database is not SQLite")
    if not all(given.values()):
        kept = kept_keys(VAR_DIR / "keys.json")
        secret_key = secret_key or kept["secret_key"]
        credentials_keys = credentials_keys or kept["credentials_keys"]
        erasure_key = erasure_key or kept["erasure_key"]
    for name, key in (("SECRET_KEY", secret_key), ("ERASURE_KEY", erasure_key)):
        if len(key) < 50 or len(set(key)) < 5:
            refuse(name, "is too easy to guess: 50 or more random characters are needed")
    return secret_key, credentials_keys, erasure_key


SECRET_KEY, CREDENTIALS_KEYS, ERASURE_KEY = _keys()

# ---------------------------------------------------------------- web

DEBUG = env.flag("DEBUG", False)
ALLOWED_HOSTS = env.host_names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")

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
    "customers.apps.CustomersConfig",  # first: its templates come before the theme's
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
    "customers.admin.reader.ReaderMiddleware",
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
LOGIN_REDIRECT_URL = "admin:index"

# Behind a proxy all people share one address, so a lock-out is for the name at that address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# ---------------------------------------------------------------- languages and time

LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("pt-br", _("Brazilian Portuguese"))]
LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", [code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "customers" / "locale"]
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
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
# Pages that are asked for and not stored yet, at most (three at the least): a third of them is
# being fetched, where the vendor's limit and paging allow, a third read, and a third (500 rows at
# most) stored together.
PAGES_IN_FLIGHT = env.integer("PAGES_IN_FLIGHT", 12, 1, 96)
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


# How long a vendor gets to finish a write whose answer was lost, before it is looked for, in
# seconds; the same time, ever longer, lies between tries.
WRITE_SETTLE_SECONDS = env.integer("WRITE_SETTLE_SECONDS", 60, 0, 3_600)

# Hosts beside the vendors' own that a connection's base_url may name, over plain http too.
EXTRA_VENDOR_HOSTS = env.hosts_with_ports("EXTRA_VENDOR_HOSTS")

# ---------------------------------------------------------------- tasks

CELERY_BROKER_URL = servers.broker_url(
    "CELERY_BROKER_URL", env.text("CELERY_BROKER_URL", "filesystem://")
)
CELERY_BROKER_TRANSPORT_OPTIONS = servers.broker_options(
    CELERY_BROKER_URL, folder=VAR_DIR / "broker", lease_seconds=LEASE_SECONDS
)
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT = "crm.doorbell:Transport"
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
    "SITE_TITLE": "customers.admin.navigation.title",
    "SITE_HEADER": "customers.admin.navigation.title",
    "SITE_SYMBOL": "diversity_3",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "customers.admin.navigation.icon"},
    ],
    "DASHBOARD_CALLBACK": "customers.admin.home.home",
    "SCRIPTS": [
        f"customers.admin.navigation.{name}" for name in ("script", "palette", "moving", "keys")
    ],
    "STYLES": [f"customers.admin.navigation.{name}" for name in ("stylesheet", "screens")],
    "ACCOUNT": {
        "navigation": [
            {"title": _("Language and time zone"), "link": reverse_lazy("reading")},
            {"title": _("Change password"), "link": reverse_lazy("admin:password_change")},
        ]
    },
    "SIDEBAR": {"show_search": False, "navigation": "customers.admin.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
}
