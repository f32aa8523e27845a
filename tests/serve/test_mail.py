"""Mail: to the operator's server, or into a folder whose files the log names."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from incidentbase.config import env
from tests.make import people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "port", "tls", "ssl"),
    [
        ("smtp://ann:p%40ss@mail.example.org", 587, True, False),
        ("smtps://ann:p%40ss@mail.example.org", 465, False, True),
        ("smtp+plain://ann:p%40ss@mail.example.org:2525", 2525, False, False),
    ],
)
def test_a_mail_server_is_one_address(
    monkeypatch: pytest.MonkeyPatch, address: str, port: int, tls: bool, ssl: bool
) -> None:
    monkeypatch.setenv("INCIDENTBASE_MAIL_URL", address)
    found = env.mail()
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.org", port)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("ann", "p@ss")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (tls, ssl)


def test_without_a_server_messages_are_files_that_the_log_names(
    client: Client, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = env.mail()["EMAIL_BACKEND"]
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    with caplog.at_level(logging.INFO, logger="incidentbase"):
        client.post("/login/", {"email": people.ANN})
    (file,) = (tmp_path / "mail").iterdir()
    assert f"To: {people.ANN}" in file.read_text()
    assert str(file) in caplog.text
    assert people.ANN not in caplog.text


def test_a_message_has_a_sender_and_is_marked_as_written_by_a_machine(
    client: Client, settings: Any
) -> None:
    client.post("/login/", {"email": people.ANN})
    message = mail.outbox[0]
    assert message.from_email == settings.DEFAULT_FROM_EMAIL
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.subject.startswith("[IncidentBase] ")
