"""Accounts, made by the action that sign-up uses, and their way in."""

from __future__ import annotations

import re

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.test import Client

from incidentbase.store.accounts import actions, queries
from incidentbase.store.accounts.models import Account
from incidentbase.store.accounts.rules import SUBSCRIBER, Grant, Viewer
from tests.make import records

ANN = "ann@example.org"


def account(email: str = ANN, *roles: str) -> str:
    """Make an account with roles such as `admin` or `taxonomy_editor:MIT`; return its id."""
    grants = [Grant(*role.split(":", 1)) for role in (SUBSCRIBER, *roles)]
    return actions.register(email, grants=grants, actor=records.actor())


def viewer(public_id: str) -> Viewer:
    """Return the account as a viewer at the site."""
    return queries.viewer_for(public_id, at=records.AT)


def browser() -> Client:
    """Return a client without cookies that sends forms as a browser does."""
    return Client(SERVER_NAME="localhost")


def signed_in(email: str = ANN, *roles: str) -> Client:
    """Make an account and return a client that is signed in to it."""
    client = browser()
    client.force_login(Account.objects.get(public_id=account(email, *roles)))
    return client


def session_key(email: str = ANN, *roles: str) -> str:
    """Make an account, sign it in, and return what its cookie holds, for a browser."""
    person = Account.objects.get(public_id=account(email, *roles))
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def newest_code() -> str:
    """Return the code in the newest mail."""
    found = re.search(r"^ +(\w{4}-\w{4})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def enter(client: Client, email: str = ANN) -> None:
    """Sign in by a code, as far as it leads."""
    client.post("/login/", {"email": email})
    client.post("/login/code/", {"code": newest_code()})
