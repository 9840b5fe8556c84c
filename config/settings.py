"""Every setting of Touchstone. What differs between two installations comes from the environment
(docs/deploying.md).
"""

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("TOUCHSTONE_DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.boolean("TOUCHSTONE_DEBUG", False)


def _secret_key() -> str:
    """The given key, or one made at the first start and kept in the data folder."""
    given = env.text("TOUCHSTONE_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured("TOUCHSTONE_SECRET_KEY must have at least 32 characters")
        return given
    path = DATA_DIR / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.listing("TOUCHSTONE_HOSTS", "localhost,127.0.0.1,[::1]")
BASE_URL = env.text("TOUCHSTONE_BASE_URL", "http://localhost:8000").rstrip("/")
"""Where people reach this installation; links in e-mails start with it."""
HTTPS = BASE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "grading",
    "assessments",
    "assessments.authoring.apps.AdminConfig",  # Last, so that our templates go before Django's.
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "assessments.nonsense.no_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "assessments.zones.readers_zone",
    "assessments.unavailable.DatabaseOutageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# Data ---------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'touchstone.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "assessments.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

EMAIL_BACKEND = env.text("TOUCHSTONE_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("TOUCHSTONE_EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("TOUCHSTONE_EMAIL_PORT", 25, minimum=1, maximum=65535)
EMAIL_HOST_USER = env.text("TOUCHSTONE_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("TOUCHSTONE_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.boolean("TOUCHSTONE_EMAIL_TLS", False)
EMAIL_TIMEOUT = (
    10  # Seconds: whoever invites must not wait without end for a mail server that does not answer.
)
DEFAULT_FROM_EMAIL = env.text("TOUCHSTONE_EMAIL_FROM", "Touchstone <touchstone@localhost>")

# Security -----------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.boolean("TOUCHSTONE_SSL_REDIRECT", False)
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PROXIES = max(
    env.integer("TOUCHSTONE_PROXIES", 0, minimum=0, maximum=10),
    env.boolean("TOUCHSTONE_BEHIND_PROXY", False),
)
"""How many proxies of our own stand before the web process. The client's address is the one that the
outermost of them saw; what a client itself writes into X-Forwarded-For stands before it and is not believed.
"""
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

# A saved draft is at most 1 MiB of code as JSON; an uploaded pack at most 8 MiB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# API ----------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "NUM_PROXIES": PROXIES,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Touchstone",
    "DESCRIPTION": "Technical-interview assessment for backend engineers.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# Queue and sandbox --------------------------------------------------------------------------------

BROKER_URL = env.text("TOUCHSTONE_BROKER_URL", "filesystem://")
"""Celery's broker: `filesystem://` needs no server; `redis://...` and `amqp://...` are for several machines.
"""
WORKER_CONCURRENCY = env.integer("TOUCHSTONE_WORKER_CONCURRENCY", 2, minimum=1, maximum=64)
WARM_MEMORY_MB = env.integer("TOUCHSTONE_WARM_MEMORY_MB", 1024, minimum=0, maximum=1_000_000)
"""What the pods that wait for a submission may take in one worker; 0: each is made when it is needed."""

RUNTIME = env.text("TOUCHSTONE_RUNTIME")
"""The engine's container runtime for pods, as `crun`; empty for its default. No work is taken without it."""

# Rate limits count in the cache, so several web processes need one in common.
CACHE_URL = env.text("TOUCHSTONE_CACHE_URL")
CACHES = {
    "default": {"BACKEND": "config.cache.HelpfulRedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},  # Django's 300 would let a stranger push out what is counted.
    }
}

# Pages and files ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = env.text("TOUCHSTONE_TIME_ZONE", "UTC")
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# Names that hold a hash of the content never change it: Django's manifest writes twelve hex digits before the
# ending, esbuild eight capitals for its chunks and fonts, which import each other by these names.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/(.+\.[0-9a-f]{12}\.[^/]+|dist/[^/]+-[A-Z0-9]{8}\.(js|woff2))$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "media"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("TOUCHSTONE_LOG_LEVEL", "INFO")},
}
