"""All settings, from the environment; what is not set gets a default that is safe on a laptop.

With those defaults the product serves this machine only; `manage.py check --deploy` refuses them for a server.
"""

import os
import warnings
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from socialcare.admin.look import UNFOLD as UNFOLD

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()

LAPTOP_SECRET_KEY = "only-for-a-laptop-never-for-a-server-that-others-can-reach"  # noqa: S105
DEMO = env.bool("DEMO", default=False)
"""Everything in one process for one person on their own machine: `make demo`."""
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or LAPTOP_SECRET_KEY
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
"""True behind a proxy that ends TLS and sets X-Forwarded-Proto."""

# What is switched on
PRACTICE_NETWORK = env.bool("PRACTICE_NETWORK", default=DEMO)
DEMO_TRAFFIC = env.bool("DEMO_TRAFFIC", default=DEMO)
ALLOW_PRIVATE_WEBHOOKS = env.bool("ALLOW_PRIVATE_WEBHOOKS", default=DEMO)
PORT = env.int("PORT", default=8000)
PRACTICE_URL = env.str("PRACTICE_URL", default="").rstrip("/")
"""Where the practice network listens; empty: at a free port of this machine, for this process only."""
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
"""Where this product is reached from outside: links and the addresses of webhooks are made from it."""

INSTALLED_APPS = [
    "daphne",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.forms",
    "socialcare.admin.apps.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "corsheaders",
    "guardian",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_htmx",
    "accounts",
    "queues",
    "interactions",
    "delivery",
    "socialcare",
    "socialcare.api",
    "socialcare.panel",
    "socialcare.demo",
    *(["socialcare.practice"] if PRACTICE_NETWORK else []),
]

MIDDLEWARE = [
    "socialcare.tracing.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "socialcare.api.hooks.HooksMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "socialcare.urls"
WSGI_APPLICATION = "socialcare.wsgi.application"
ASGI_APPLICATION = "socialcare.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "socialcare" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

# The database: SQLite in DATA_DIR, or whatever DATABASE_URL names
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'socialcare.sqlite3'}")
}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time, readers never wait; a writer says so at once, so that it can never be refused half-way.
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    _database["ENGINE"] = "socialcare.sqlite"
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    # Migrations while everybody works: indexes concurrently, constraints first unproved, nobody queues behind a lock
    _database["ENGINE"] = "django_zero_downtime_migrations.backends.postgres"
    # A forgotten open transaction slows every claim within seconds; PostgreSQL ends it instead.
    _database["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 10},
        # Statements that are kept are planned once in each connection, and not five times more to see what values do.
        "options": "-c idle_in_transaction_session_timeout=30000 -c lock_timeout=10000"
        " -c plan_cache_mode=force_generic_plan",
    }
ZERO_DOWNTIME_MIGRATIONS_LOCK_TIMEOUT = "2s"
ZERO_DOWNTIME_MIGRATIONS_FLEXIBLE_STATEMENT_TIMEOUT = True
ZERO_DOWNTIME_MIGRATIONS_IDEMPOTENT_SQL = True
"""Nothing of it runs in a transaction; what broke off is taken up where it was by the next `migrate`."""
# Libraries' own migrations, which have little to lock; ours are refused by tests/test_migrations.py
warnings.filterwarnings("ignore", message=r"[A-Z ]+ is unsafe operation")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis carries events and tasks between processes; without it all runs in one process
REDIS_URL = env.str("REDIS_URL", default="")
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        # redis-py would close an idle socket after five seconds
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": "socialcare"},
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
}
CACHES = {
    "default": {
        "BACKEND": "socialcare.cache.ForgetfulRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL or "memory://localhost")
_ON_RABBITMQ = CELERY_BROKER_URL.startswith(("amqp", "pyamqp"))
# What a worker has in hand is not kept at Redis as well: rows and the clock make it certain
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"ack_emulation": False} if REDIS_URL else {"polling_interval": 0.02}
if _ON_RABBITMQ:
    CELERY_BROKER_TRANSPORT_OPTIONS = {}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
# A connection to RabbitMQ that has died is noticed by the one who uses it; nobody waits for a broker that is gone
CELERY_TASK_PUBLISH_RETRY = _ON_RABBITMQ
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = True
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "delivery.tasks.tick", "schedule": 1.0, "options": {"expires": 5}},
    "poll-inboxes": {"task": "delivery.tasks.poll_inboxes", "schedule": 2.0, "options": {"expires": 10}},
    "clear-api": {"task": "socialcare.api.tasks.clear", "schedule": crontab(hour="3", minute="17")},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend", "guardian.backends.ObjectPermissionBackend"]
GUARDIAN_GET_INIT_ANONYMOUS_USER = None
ANONYMOUS_USER_NAME = None
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "panel:home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "socialcare.panel.answers.csrf_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# Files
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
"""Where `collectstatic` puts compressed files for a server; without it they are served from where they lie."""
MEDIA_ROOT = DATA_DIR / "media"
S3_BUCKET = env.str("S3_BUCKET", default="")
# Amazon's newer checksums are not known to every store that speaks its protocol
os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
os.environ.setdefault("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "signature_version": "s3v4",
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not STATIC_ROOT
RETRY_SECONDS = env.list("RETRY_SECONDS", cast=float, default=[2, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 1800])
"""How long to wait before each new try of a message that the platform could not take: an hour and a half in all, so
that what was written while a platform was down for an hour arrives by itself."""
WEBHOOK_PAUSE_FAILURES = env.int("WEBHOOK_PAUSE_FAILURES", default=5)
WEBHOOK_PAUSE_SECONDS = env.int("WEBHOOK_PAUSE_SECONDS", default=300)
"""A webhook that has failed so often in a row, over so long a time, is paused: what is to be sent waits."""
STOP_SECONDS = env.float("STOP_SECONDS", default=8)
"""A process with sockets that is asked to stop serves them so much longer, while they move to another one."""
MAX_ATTACHMENT_BYTES = 25 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "oauth2_provider.AccessToken"  # noqa: S105 - no token
OAUTH2_PROVIDER = {
    # Tokens are kept only as checksums, never read from addresses, and replayed ones end their whole family
    **{
        f"COMPLIANT_BCP_RFC9700_{rule}": True
        for rule in (
            *("IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "PKCE_REQUIRED", "ACCESS_TOKEN_TRANSPORT"),
            *("AUTHZ_RESPONSE_ISS", "TOKEN_STORAGE", "REFRESH_TOKEN", "REDIRECT_URI_MATCHING"),
            *(("REDIRECT_URI_SCHEME",) if HTTPS else ()),
        )
    },
    "OAUTH2_VALIDATOR_CLASS": "socialcare.api.oauth_rules.HouseRules",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 86_400,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"] if HTTPS else ["https", "http"],
}
API_RATE_LIMIT = env.int("API_RATE_LIMIT", default=300)
"""Requests a minute for each token."""
CORS_ALLOWED_ORIGINS = env.list("API_CORS_ORIGINS", default=[])
"""From where applications in a browser may call the API: with a token, never with a cookie."""
CORS_URLS_REGEX = r"^/(api/|oauth/token$)"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "x-request-id"]
CORS_EXPOSE_HEADERS = ["Idempotent-Replayed", "Retry-After", "X-Request-ID"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["socialcare.api.tokens.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["socialcare.api.limits.TokenLimit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "socialcare.api.schema.HouseSchema",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "EXCEPTION_HANDLER": "socialcare.api.errors.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Social Care",
    "DESCRIPTION": "Resources, names and values of the public Genesys Cloud API, as far as social customer care goes.",
    "VERSION": "2",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v2",
    "SERVERS": [{"url": "/", "description": "The host that this was got from"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {},
    "POSTPROCESSING_HOOKS": ["socialcare.api.schema.finish"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}

# What is watched
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
"""Who asks for /metrics with it gets the figures; empty: only this machine may ask."""
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
"""`line` for people, `json` for machines; both carry the id of the request or task."""
QUIET = ("celery.beat", "celery.app.trace", "celery.worker.strategy", "httpx")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "trace": {"()": "socialcare.tracing.TraceFilter"},
        "addresses": {"()": "socialcare.tracing.AddressFilter"},
    },
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{trace}] {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{trace}{message}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["trace", "addresses"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING" if DEMO else "INFO")},
    # The clock ticks every second, and addresses that are called may have secrets in them
    "loggers": {name: {"level": "WARNING"} for name in QUIET},
}
