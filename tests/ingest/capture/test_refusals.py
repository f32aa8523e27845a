"""Every way in which reading an address can fail has a code and one sentence."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

from incidentbase.ingest import capture
from incidentbase.ingest.capture import Note, Reason
from tests.ingest.capture.pages import pdf

LITTLE = "<html><head><title>Sign in</title></head><body><p>Please wait.</p></body></html>"
LOCKED = '<div class="article paywall"><p>Only for subscribers.</p></div>'
ZIP = b"PK\x03\x04" + bytes(100)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, Reason.REFUSED),
        (402, Reason.REFUSED),
        (403, Reason.REFUSED),
        (429, Reason.REFUSED),
        (451, Reason.REFUSED),
        (404, Reason.NOT_FOUND),
        (410, Reason.NOT_FOUND),
        (400, Reason.PUBLISHER_TROUBLE),
        (500, Reason.PUBLISHER_TROUBLE),
        (503, Reason.PUBLISHER_TROUBLE),
        (204, Reason.PUBLISHER_TROUBLE),
    ],
)
def test_a_status_has_its_reason(publisher, status, reason):
    publisher.give("/page", status=status)
    failure = publisher.refusal("/page")
    assert failure.reason == reason
    assert failure.found is None
    assert "127.0.0.1" in str(failure)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (LITTLE, "text/html", Reason.NOT_AN_ARTICLE),
        ("", "text/html", Reason.NOT_AN_ARTICLE),
        ("   \n", "text/plain", Reason.NOT_AN_ARTICLE),
        (LOCKED, "text/html", Reason.PAYWALL),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png", Reason.WRONG_TYPE),
        (b"\x89PNG\r\n\x1a\n\0\0", "text/html", Reason.WRONG_TYPE),
        (b"\0\0\0\x18ftypmp42", "video/mp4", Reason.WRONG_TYPE),
        (ZIP, "application/zip", Reason.WRONG_TYPE),
        (ZIP, "application/octet-stream", Reason.WRONG_TYPE),
        ("{}", "application/json", Reason.WRONG_TYPE),
        ("no pdf", "application/pdf", Reason.WRONG_TYPE),
        (b"%PDF-1.7\nnothing of this makes sense", "application/pdf", Reason.UNREADABLE),
        (pdf([]), "application/pdf", Reason.NOT_AN_ARTICLE),
    ],
)
def test_what_is_no_article_has_its_reason(publisher, body, content_type, reason):
    publisher.give("/page", body, content_type)
    assert publisher.refusal("/page").reason == reason


def test_what_was_found_without_an_article_is_handed_on(publisher):
    publisher.give("/page", LITTLE.replace("<p>", '<p lang="en">'))
    failure = publisher.refusal("/page")
    assert failure.found is not None
    assert failure.found.title == "Sign in"
    assert failure.found.plain_text == "Please wait.\n"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "no address at all",
        "",
        "http://[",
    ],
)
def test_refused_addresses_do_not_tell_visitors_why(at, url):
    with pytest.raises(capture.CaptureFailed) as caught:
        capture.read_address(url, at=at)
    assert caught.value.reason is Reason.REFUSED_ADDRESS
    assert str(caught.value) == capture.message(Reason.REFUSED_ADDRESS)
    assert caught.value.detail


def test_redirects_to_private_places_are_refused(publisher):
    publisher.give("/away", status=302, Location="http://169.254.169.254/latest/meta-data/")
    assert publisher.refusal("/away").reason is Reason.REFUSED_ADDRESS


def test_circles_sizes_and_broken_data_have_their_reasons(publisher):
    publisher.give("/circle", status=302, Location="/circle")
    publisher.give("/large", "x" * 50_000)
    publisher.give("/bomb", gzip.compress(bytes(40_000_000)), Content_Encoding="gzip")
    publisher.give("/short", "x", Content_Length="50")
    assert publisher.refusal("/circle").reason is Reason.REDIRECTS
    assert publisher.refusal("/large", max_bytes=10_000).reason is Reason.TOO_LARGE
    assert str(publisher.refusal("/bomb")) == "The page is larger than 15 MB."
    assert publisher.refusal("/short").reason is Reason.DAMAGED


def test_slow_and_missing_publishers_have_their_reasons(publisher, at):
    assert publisher.refusal("/slow", timeout=0.5).reason is Reason.TOO_SLOW

    def nowhere(*_args, **_kwargs):
        raise OSError

    with pytest.raises(capture.CaptureFailed) as caught:
        capture.read_address("https://nowhere.example/", at=at, resolver=nowhere)
    assert caught.value.reason is Reason.UNKNOWN_HOST
    assert str(caught.value) == "There is no site named nowhere.example."


def test_every_code_has_one_sentence():
    values = {"host": "a.example", "status": 403, "megabytes": 15}
    sentences = [capture.message(code, values) for code in (*Reason, *Note)]
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)
    catalogue = {"%(host)s has no page at this address.": "Nothing is at %(host)s."}
    said = capture.message(Reason.NOT_FOUND, values, translate=catalogue.__getitem__)
    assert said == "Nothing is at a.example."


def test_the_reading_process_gets_no_secrets(publisher, monkeypatch):
    seen = {}
    run = subprocess.run

    def watched(*args, **options):
        seen.update(options["env"])
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    monkeypatch.setenv("INCIDENTBASE_SECRET_KEY", "hush")
    publisher.give("/page", LITTLE)
    publisher.refusal("/page")
    assert seen
    assert not [name for name in seen if name.startswith(("INCIDENTBASE", "DJANGO"))]


def test_the_site_does_not_load_the_readers():
    code = (
        "import sys, incidentbase.ingest.capture;"
        "print([n for n in ('lxml', 'trafilatura', 'numpy', 'pypdf') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
