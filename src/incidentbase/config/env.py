"""Every setting an operator can make: declared once, with its default and what it does.

A value comes from the environment variable, or from the file that `<NAME>_FILE` names.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import platformdirs


class SettingRefused(Exception):
    """A setting has a value that cannot be used; the message is one clear line."""


def _text(value: str) -> str:
    return value.strip()


def _truth(value: str) -> bool:
    lowered = value.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError("expected yes or no")


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _count(value: str) -> int | None:
    if not value.strip():
        return None
    if not value.strip().isdigit():
        raise ValueError("expected a number")
    return int(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable."""

    name: str
    default: str
    help: str
    parse: Callable[[str], Any] = _text
    is_secret: bool = False


SETTINGS = (
    Setting(
        "INCIDENTBASE_HOME",
        "",
        "The data folder. Default: a folder in the user's data directory.",
    ),
    Setting(
        "INCIDENTBASE_DATABASE_URL",
        "",
        "postgresql://user:password@host:port/name. Default: SQLite in the data folder.",
        is_secret=True,
    ),
    Setting(
        "INCIDENTBASE_SITE_URL",
        "",
        "The public address, such as https://incidents.example.org. "
        "Default: the address that each request came to.",
    ),
    Setting(
        "INCIDENTBASE_SITE_NAME", "IncidentBase", "The name shown in the header and citations."
    ),
    Setting("INCIDENTBASE_PUBLISHER", "IncidentBase", "The publisher named in citations."),
    Setting("INCIDENTBASE_CONTACT_EMAIL", "", "The operator's address on the contact page."),
    Setting(
        "INCIDENTBASE_ALLOWED_HOSTS",
        "",
        "Host names to answer to, separated by commas. "
        "Default: the host of the public address, or else this machine's own names.",
        _words,
    ),
    Setting(
        "INCIDENTBASE_SECRET_KEY",
        "",
        "Signs cookies. Default: made once and kept in the data folder.",
        is_secret=True,
    ),
    Setting(
        "INCIDENTBASE_FETCH_ALLOW",
        "",
        "Hosts and networks, separated by commas, that may be fetched although they are private.",
        _words,
    ),
    Setting(
        "INCIDENTBASE_FETCH_ROBOTS",
        "yes",
        "Whether pages are left unread that their publishers' robots.txt closes to programs.",
        _truth,
    ),
    Setting(
        "INCIDENTBASE_MAIL_URL",
        "",
        "smtp://user:password@host:587 (STARTTLS), smtps://… (TLS from the start) or "
        "smtp+plain://… (neither, for a server on this machine). "
        "Default: messages are written to files in the data folder.",
        is_secret=True,
    ),
    Setting(
        "INCIDENTBASE_MAIL_FROM",
        "",
        "The address that messages come from. Default: the operator's address.",
    ),
    Setting(
        "INCIDENTBASE_PASSWORDS",
        "no",
        "Let people choose a password, besides codes by e-mail and passkeys.",
        _truth,
    ),
    Setting(
        "INCIDENTBASE_PROXIES",
        "",
        "How many of your own proxies stand before the site; they tell who asks. "
        "Default: 1 if the public address is https, else 0.",
        _count,
    ),
    Setting(
        "INCIDENTBASE_SNAPSHOTS_KEPT",
        "12",
        "How many snapshots are kept for download; with 0 none is made each week, "
        "only when somebody asks for one.",
        _count,
    ),
    Setting(
        "INCIDENTBASE_OPEN_QUEUE",
        "no",
        "Whether programs that nobody signed in with read all of what waits for editors, as "
        "the reference lets them. Otherwise they learn title, source, language, date and sender.",
        _truth,
    ),
    Setting(
        "INCIDENTBASE_WEBHOOK_LOG_DAYS",
        "30",
        "For how many days it is kept what was sent to webhooks, and what they answered.",
        _count,
    ),
    Setting(
        "INCIDENTBASE_MCP_TOKEN",
        "",
        "For `incidentbase mcp` only: the API token with which the agent acts.",
        is_secret=True,
    ),
    Setting("INCIDENTBASE_DEBUG", "no", "Development only: show tracebacks.", _truth),
)

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def read(name: str) -> Any:
    """Return a setting's parsed value. Raises SettingRefused for a value that makes no sense."""
    setting = _BY_NAME[name]
    raw = raw_value(name)
    try:
        return setting.parse(setting.default if raw is None else raw)
    except ValueError as error:
        raise SettingRefused(f"{name}: {error}") from None


def raw_value(name: str) -> str | None:
    """Return what the environment, or the file it names, says; None when it says nothing."""
    if name in os.environ:
        return os.environ[name]
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingRefused(f"{name}_FILE: {error.strerror}: {path}") from None


def home() -> Path:
    """Return the data folder, whether it exists or not."""
    chosen = read("INCIDENTBASE_HOME")
    return Path(chosen).expanduser().resolve() if chosen else _default_home()


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("incidentbase"))


def use_demo_home() -> None:
    """Unless a folder was chosen, use one apart for the demo, so that nothing real is touched."""
    if not read("INCIDENTBASE_HOME"):
        os.environ["INCIDENTBASE_HOME"] = platformdirs.user_data_dir("incidentbase-demo")


def prepare_home() -> Path:
    """Make the data folder, readable by its owner only, and return it."""
    folder = home()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingRefused(f"cannot use {folder} as data folder: {error.strerror}") from None
    return folder


def secret_key() -> str:
    """Return the signing key: the setting, or the one kept in the data folder.

    Without a data folder yet, a key for this process alone.
    """
    given = read("INCIDENTBASE_SECRET_KEY")
    if given:
        return str(given)
    path = home() / "secret_key"
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    key = secrets.token_urlsafe(50)
    if not path.parent.exists():
        return key
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was quicker
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key


def database() -> dict[str, Any]:
    """Return Django's database setting. Raises SettingRefused for an address it cannot use."""
    address = read("INCIDENTBASE_DATABASE_URL")
    if address:
        return _postgresql(address)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": home() / "incidentbase.sqlite3",
        # Opening the file anew and reading it into an empty cache takes longer than most answers.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL;"
                "PRAGMA synchronous=NORMAL;"
                "PRAGMA foreign_keys=ON;"
                "PRAGMA cache_size=-32000;"
            ),
        },
    }


def _postgresql(address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise SettingRefused(
            "INCIDENTBASE_DATABASE_URL: expected postgresql://user:password@host:port/name"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


def mail() -> dict[str, Any]:
    """Return Django's settings for mail. Raises SettingRefused for an address it cannot use."""
    address = read("INCIDENTBASE_MAIL_URL")
    if not address:
        return {
            "EMAIL_BACKEND": "incidentbase.serve.http.mailing.MailFolder",
            "EMAIL_FILE_PATH": home() / "mail",
        }
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise SettingRefused("INCIDENTBASE_MAIL_URL: expected smtp://user:password@host:port")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or _MAIL_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


def declared() -> list[tuple[str, str, bool]]:
    """Return each setting's name, its text in force, and whether it is a secret."""
    return [
        (setting.name, raw_value(setting.name) or setting.default, setting.is_secret)
        for setting in SETTINGS
    ]
