"""Django's settings: one file, every value from `config/env.py`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from incidentbase.config import env

PACKAGE = Path(__file__).resolve().parent.parent
HOME = env.home()

DEBUG = env.read("INCIDENTBASE_DEBUG")
SECRET_KEY = env.secret_key()

SITE_URL = env.read("INCIDENTBASE_SITE_URL").rstrip("/")
SITE_NAME = env.read("INCIDENTBASE_SITE_NAME")
PUBLISHER = env.read("INCIDENTBASE_PUBLISHER")
CONTACT_EMAIL = env.read("INCIDENTBASE_CONTACT_EMAIL")
FETCH_ALLOW = env.read("INCIDENTBASE_FETCH_ALLOW")
FETCH_ROBOTS = env.read("INCIDENTBASE_FETCH_ROBOTS")
DECLARED_SETTINGS = env.declared

# A snapshot was about 100 MB in 2026; these leave room to grow.
LARGEST_SNAPSHOT = 4 * 1024**3
LONGEST_DOWNLOAD = 3600

_IS_HTTPS = SITE_URL.startswith("https://")
_SITE_HOST = urlsplit(SITE_URL).hostname
ALLOWED_HOSTS = [
    *env.read("INCIDENTBASE_ALLOWED_HOSTS"),
    *([_SITE_HOST] if _SITE_HOST else []),
    "localhost",
    "127.0.0.1",
    "[::1]",
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "incidentbase.store.apps.StoreConfig",
    "incidentbase.serve.apps.ServeConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "incidentbase.serve.http.headers.SecurityHeaders",
    "incidentbase.serve.http.cookies.NamesOfTheReference",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "incidentbase.serve.http.viewing.AttachViewer",
]

ROOT_URLCONF = "incidentbase.config.urls"
WSGI_APPLICATION = "incidentbase.config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "serve/web/templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "incidentbase.serve.web.chrome.chrome",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "incidentbase.serve.web.tags",
            ],
        },
    }
]

DATABASES = {"default": env.database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "store.Account"

# Signing in (ADR 10). What is not said here is as allauth has it, rate limits included.
PASSWORDS = env.read("INCIDENTBASE_PASSWORDS")
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "landing"
# How long a link lives that `incidentbase account login-link` prints.
PASSWORD_RESET_TIMEOUT = 86_400
ACCOUNT_ADAPTER = "incidentbase.serve.web.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
# A code proves the address at each sign-in, so nothing is left to verify.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "incidentbase.serve.web.adapters.SecondFactorAdapter"
MFA_FORMS = {
    "add_webauthn": "incidentbase.serve.web.passkeys.AddForm",
    "authenticate_webauthn": "incidentbase.serve.web.passkeys.SecondFactorForm",
    "login_webauthn": "incidentbase.serve.web.passkeys.LoginForm",
    "reauthenticate_webauthn": "incidentbase.serve.web.passkeys.ConfirmForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1
_PROXIES = env.read("INCIDENTBASE_PROXIES")
ALLAUTH_TRUSTED_PROXY_COUNT = int(_IS_HTTPS) if _PROXIES is None else _PROXIES

# EMAIL_BACKEND, and what that backend needs.
globals().update(env.mail())
DEFAULT_FROM_EMAIL = (
    env.read("INCIDENTBASE_MAIL_FROM") or CONTACT_EMAIL or f"noreply@{_SITE_HOST or 'localhost'}"
)

SESSION_COOKIE_AGE = 5 * 86_400
SESSION_COOKIE_SECURE = _IS_HTTPS
CSRF_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("ja", "日本語"),
    ("es", "Español"),
    ("fr", "Français"),
    ("pt-br", "Português (Brasil)"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "serve/web/static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "incidentbase.serve.web.static_files.VersionedStaticFiles"},
}
# Files are served from the package, without a collecting step. Their addresses change with
# their content, so browsers may keep them for a year.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0 if DEBUG else 31_536_000
WHITENOISE_AUTOREFRESH = DEBUG

INDEX_FOLDER = HOME / "index"
SNAPSHOTS_FOLDER = HOME / "snapshots"
WEBHOOK_LOG_DAYS = env.read("INCIDENTBASE_WEBHOOK_LOG_DAYS") or 1
SNAPSHOTS_KEPT = env.read("INCIDENTBASE_SNAPSHOTS_KEPT") or 0
MCP_TOKEN = env.read("INCIDENTBASE_MCP_TOKEN")
OPEN_QUEUE = env.read("INCIDENTBASE_OPEN_QUEUE")

# Counts who asks for codes how often, across all web processes.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "incidentbase": {"level": "INFO"},
        # Strangers send all kinds of host names; each gets its 400 and no line in the log.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
