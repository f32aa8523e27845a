"""What surrounds a request: retries, redirects, tokens, validators, answers that make no sense."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from incidentbase.client import (
    Client,
    ClientError,
    NotPermitted,
    Problem,
    RedirectRefused,
    TooManyRequests,
    Unavailable,
    Unreachable,
    UnreadableAnswer,
)
from incidentbase.client.transport import Secret
from tests.client.pretend import Answer, Asked, Pretended, said

TOKEN = "ib_a-secret-that-nobody-may-see"
ENTITY = {"entity_id": "acme", "name": "Acme", "kind": "organization"}
NOTHING = {"items": [], "next_cursor": None}


def moved(to: str, status: int = 301) -> Answer:
    return said({}, status, Location=to)


def busy(status: int = 429, **headers: str) -> Answer:
    return said({"title": "Too many requests", "status": status}, status, **headers)


def test_nothing_of_django_is_needed() -> None:
    code = (
        "import sys, incidentbase.client\n"
        "heavy = {'django', 'pydantic', 'ninja', 'pandas', 'polars', 'numpy', 'requests'}\n"
        "sys.exit(', '.join(heavy & {name.partition('.')[0] for name in sys.modules}) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_says_who_asks_and_nothing_of_a_token_without_one(pretended: Pretended) -> None:
    pretended.answers = [said(ENTITY)]
    with Client(pretended.address, agent="mirror\r\nX: y (ops@a.example)") as db:
        assert db.entity("acme").name == "Acme"
    (asked,) = pretended.asked
    assert asked.headers["user-agent"].startswith("mirror X: y (ops@a.example) incidentbase-client")
    assert "x" not in asked.headers
    assert "authorization" not in asked.headers


def test_names_in_addresses_lead_nowhere_else(pretended: Pretended) -> None:
    pretended.answers = [said(ENTITY)]
    with Client(f"{pretended.address}/base/") as db:
        db.entity("../../a?b#c d/é")
    assert pretended.asked[0].target == ("/base/api/v1/entities/..%2F..%2Fa%3Fb%23c%20d%2F%C3%A9")


def test_one_connection_serves_many_requests(pretended: Pretended) -> None:
    pretended.answers = [said(ENTITY)]
    with Client(pretended.address) as db:
        for _ in range(5):
            db.entity("acme")
    assert len(pretended.asked) == 5
    assert len(pretended.connections) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_read_waits_as_long_as_the_instance_says(
    pretended: Pretended, naps: list[float], status: int
) -> None:
    pretended.answers = [busy(status, Retry_After="7"), busy(status), said(ENTITY)]
    with Client(pretended.address) as db:
        assert db.entity("acme").name == "Acme"
    assert naps[0] == 7
    assert 0 < naps[1] <= 1
    assert len(pretended.asked) == 3


def test_a_moment_to_come_back_at_is_understood(pretended: Pretended, naps: list[float]) -> None:
    pretended.answers = [
        busy(Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
        busy(Retry_After="soon"),
        said(ENTITY),
    ]
    with Client(pretended.address) as db:
        db.entity("acme")
    assert naps[0] == 0
    assert naps[1] > 0


def test_patience_ends(pretended: Pretended, naps: list[float]) -> None:
    pretended.answers = [busy(Retry_After="3600")]
    with Client(pretended.address) as db, pytest.raises(TooManyRequests):
        db.entity("acme")
    assert (len(pretended.asked), naps) == (1, [])
    pretended.answers = [busy(503)]
    with Client(pretended.address, retries=2) as db, pytest.raises(Unavailable):
        db.entity("acme")
    assert (len(pretended.asked), len(naps)) == (4, 2)


def test_other_troubles_of_the_instance_are_told_at_once(
    pretended: Pretended, naps: list[float]
) -> None:
    pretended.answers = [Answer(500, b"<html>Oh no</html>")]
    with Client(pretended.address) as db, pytest.raises(Unavailable) as caught:
        db.entity("acme")
    assert (caught.value.status, caught.value.detail, naps) == (500, "", [])


def test_what_is_sent_in_is_sent_once(pretended: Pretended, naps: list[float]) -> None:
    for answer, error in (
        (busy(Retry_After="1"), TooManyRequests),
        (busy(503), Unavailable),
        (moved("/api/v1/other", 307), RedirectRefused),
        (Answer(201, b"{", promised=500), Unreachable),
    ):
        pretended.asked.clear()
        pretended.answers = [answer]
        with Client(pretended.address) as db, pytest.raises(error):
            db.submit(
                url="https://a.example",
                title="A",
                authors=[],
                date_published="2020-01-01",
                date_downloaded="2020-01-01",
                text="",
            )
        assert [one.method for one in pretended.asked] == ["POST"]
    assert naps == []


def test_an_instance_that_is_not_there_is_told_in_one_line(naps: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Client(f"http://127.0.0.1:{port}", retries=2) as db, pytest.raises(Unreachable) as caught:
        db.entity("acme")
    assert len(naps) == 2
    assert "\n" not in str(caught.value)


def test_an_instance_that_says_nothing_is_not_waited_for(naps: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(address, timeout=0.1, retries=0) as db, pytest.raises(Unreachable):
            db.entity("acme")


@pytest.mark.parametrize(
    "build",
    [
        lambda other, own: other,
        lambda other, own: other.replace("http:", "https:"),
        lambda other, own: other.removeprefix("http:"),
        lambda other, own: own.replace("://", "://own@").replace("own@", "127.0.0.1:80@", 1),
        lambda other, own: f"{own}@{other.removeprefix('http://')}",
        lambda other, own: f"{own}\\@{other.removeprefix('http://')}/",
        lambda other, own: f"http:\\\\{other.removeprefix('http://')}/",
        lambda other, own: f"//{other.removeprefix('http://')}/api/v1/entities/acme",
        lambda other, own: f"///{other.removeprefix('http://')}/",
        lambda other, own: own.replace("http:", "https:"),
        lambda other, own: "file:///etc/passwd",
        lambda other, own: "",
    ],
)
def test_a_token_goes_to_no_other_host(
    pretended: Pretended, build: Callable[[str, str], str]
) -> None:
    with Pretended() as other:
        other.answers = [said(ENTITY)]
        pretended.answers = [moved(build(other.address, pretended.address)), Answer(404)]
        with Client(pretended.address, token=TOKEN) as db, pytest.raises(ClientError) as caught:
            db.entity("acme")
        assert other.asked == []
        assert TOKEN not in str(caught.value)


def test_redirects_within_the_instance_are_followed_and_end(pretended: Pretended) -> None:
    pretended.answers = [moved("/api/v1/entities/acme?fields=name"), said({"name": "Acme"})]
    with Client(pretended.address, token=TOKEN) as db:
        assert db.entity("acme-inc").name == "Acme"
        assert pretended.asked[1].target == "/api/v1/entities/acme?fields=name"
        assert pretended.asked[1].headers["authorization"] == f"Bearer {TOKEN}"
        pretended.answers = [moved("/again")]
        with pytest.raises(RedirectRefused, match="again and again"):
            db.entity("acme")
    assert len(pretended.asked) == 8


def test_a_token_is_shown_nowhere(pretended: Pretended, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pretended.answers = [said({"title": "Unauthorized"}, 401)]
    db = Client(pretended.address, token=TOKEN)
    with pytest.raises(NotPermitted) as caught:
        db.entity("acme")
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(told.format()) + caplog.text + repr(db) + str(vars(db)) + repr(Secret(TOKEN))
    text += repr(vars(db._transport))
    assert pretended.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert repr(db) == f"Client('{pretended.address}', token=...)"
    assert TOKEN not in text
    db.close()


@pytest.mark.parametrize(
    ("address", "token"),
    [
        ("example.org", None),
        ("ftp://example.org", None),
        ("https://", None),
        ("https://ann:secret@example.org", None),
        ("https://example.org/?a=b", None),
        ("http://example.org", TOKEN),
        ("http://localhost.example.org", TOKEN),
        ("https://example.org", "ib_a\r\nX: y"),
        ("https://example.org", "ib_é"),
    ],
)
def test_addresses_and_tokens_that_cannot_be_used_are_refused(
    address: str, token: str | None
) -> None:
    with pytest.raises(ValueError, match=r"instance|token") as caught:
        Client(address, token=token)
    assert "secret" not in str(caught.value)


def test_an_answer_that_is_kept_is_asked_for_again_only_if_it_changed(
    pretended: Pretended,
) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"one"':
            return Answer(304, headers={"ETag": '"one"'})
        return said(ENTITY, ETag='"one"')

    pretended.answers = [answer]
    with Client(pretended.address, cache=2) as db:
        first = db.entity("acme")
        assert db.entity("acme") == first
        for other in ("a", "b"):
            db.entity(other)
        assert db.entity("acme") == first
    known = [one.headers.get("if-none-match") for one in pretended.asked]
    assert known == [None, '"one"', None, None, None]
    with Client(pretended.address) as db:
        db.entity("acme")
        db.entity("acme")
    assert "if-none-match" not in pretended.asked[-1].headers


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Not an IncidentBase</html>",
        b"",
        b"[1]",
        b"null",
        b"[" * 100_000,
        b'{"items": {}, "next_cursor": null}',
        b'{"items": [{"entity_id": 5}], "next_cursor": null}',
        b'{"items": [null], "next_cursor": null}',
        b'{"next_cursor": null}',
        b'{"items": []}',
        b'{"items": [], "next_cursor": 5}',
    ],
)
def test_answers_of_another_shape_are_no_records(pretended: Pretended, body: bytes) -> None:
    pretended.answers = [Answer(200, body)]
    with Client(pretended.address) as db, pytest.raises(UnreadableAnswer):
        db.entities().to_list()


@pytest.mark.parametrize("date", ["2020-13-01", "soon", 5, None])
def test_dates_that_are_none_are_no_records(pretended: Pretended, date: Any) -> None:
    pretended.answers = [said({"date": date})]
    with Client(pretended.address) as db, pytest.raises(UnreadableAnswer, match="date"):
        db.incident(1)


def test_members_that_are_new_in_the_api_are_passed_over(pretended: Pretended) -> None:
    pretended.answers = [said({**ENTITY, "color": "green"})]
    with Client(pretended.address) as db:
        assert set(db.entity("acme").to_dict()) == set(ENTITY)


def test_pages_and_changes_that_go_in_a_circle_end(pretended: Pretended) -> None:
    pretended.answers = [said({"items": [ENTITY], "next_cursor": "x"})]
    with Client(pretended.address) as db:
        with pytest.raises(UnreadableAnswer, match="circle"):
            db.entities().to_list()
        pretended.answers = [said({"items": [], "cursor": "x", "has_more": True})]
        with pytest.raises(UnreadableAnswer, match="circle"):
            db.changes().to_list()
    assert len(pretended.asked) == 4


def test_results_that_cannot_be_reached_are_told(pretended: Pretended) -> None:
    hit = {"kind": "incident", "title": "One", "url": "https://a.example", "incident_id": 1}
    page = {"total": 12_000, "matched": "typed", "notes": [], "items": [hit], "facets": {}}
    pretended.answers = [said({**page, "next_cursor": None})]
    with Client(pretended.address) as db:
        with pytest.warns(UserWarning, match="only 1 of 12,000"):
            db.search("x").to_list()
        assert len(db.search("x", limit=1).to_list()) == 1


def test_an_answer_may_be_packed_and_never_without_measure(
    pretended: Pretended, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = gzip.compress(b" " * 10_000_000 + b"{}")
    pretended.answers = [Answer(200, packed, {"Content-Encoding": "gzip"})]
    with Client(pretended.address) as db:
        assert db.entity("acme").to_dict() == {}
        monkeypatch.setattr("incidentbase.client.transport.LARGEST_ANSWER", 1_000_000)
        with pytest.raises(UnreadableAnswer, match="1,000,000"):
            db.entity("acme")


def test_an_answer_that_breaks_off_is_asked_for_again(
    pretended: Pretended, naps: list[float]
) -> None:
    broken = Answer(200, b'{"items": [', promised=500)
    pretended.answers = [broken, broken, said(NOTHING)]
    with Client(pretended.address) as db:
        assert db.entities().to_list() == []
        pretended.answers = [broken]
        with pytest.raises(Unreachable):
            db.entities().to_list()
    assert len(naps) == 2 + 4


def test_a_client_that_was_closed_says_so(pretended: Pretended, naps: list[float]) -> None:
    pretended.answers = [said(ENTITY)]
    with Client(pretended.address) as db:
        db.entity("acme")
    with pytest.raises(ClientError, match="closed"):
        db.entity("acme")
    assert naps == []


def test_a_problem_of_any_shape_is_a_problem(pretended: Pretended) -> None:
    for body in (b"[]", b"\xff", b'{"errors": "x", "title": 5, "detail": null}', b"null"):
        pretended.answers = [Answer(418, body)]
        with Client(pretended.address) as db, pytest.raises(Problem) as caught:
            db.entity("acme")
        assert (caught.value.status, caught.value.errors) == (418, ())


def test_types_come_along() -> None:
    import incidentbase

    assert Path(incidentbase.__file__).with_name("py.typed").is_file()
