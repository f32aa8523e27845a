"""Images of a publisher on loopback: which are brought here, and what is said of the others."""

from __future__ import annotations

import pytest

from incidentbase.ingest.capture import CaptureFailed, Picture, Reason, read_picture
from tests.ingest.capture import publisher as press

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
IMAGES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(20),
    "image/gif": b"GIF89a" + bytes(20),
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20),
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def refusal(url: str, **options) -> Reason:
    with pytest.raises(CaptureFailed) as failure:
        read_picture(url, **{"allow": press.ALLOW, **options})
    assert str(failure.value)
    return failure.value.reason


@pytest.mark.parametrize("content_type", IMAGES)
def test_the_type_is_told_by_the_first_bytes(publisher, content_type):
    data = IMAGES[content_type]
    for declared in ("image/svg+xml", "application/octet-stream", ""):
        url = publisher.give("/image", data, declared)
        assert read_picture(url, allow=press.ALLOW) == Picture(content_type, data)


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (SVG, "image/svg+xml"),
        (SVG, "image/png"),
        (b"<script>alert(1)</script>", "image/gif"),
        (b"RIFF\x10\0\0\0AVI LIST", "image/webp"),
        (b"", "image/png"),
        (PNG, "text/html"),
    ],
)
def test_what_is_no_such_image_is_not_brought_here(publisher, body, declared):
    assert refusal(publisher.give("/image", body, declared)) is Reason.NOT_AN_IMAGE


def test_large_missing_and_refused_images_are_told_apart(publisher):
    url = publisher.give("/image", PNG + bytes(5_000_000), "image/png")
    assert refusal(url) is Reason.IMAGE_TOO_LARGE
    assert refusal(publisher.url + "/none") is Reason.NO_IMAGE
    assert refusal(publisher.give("/image", status=403)) is Reason.IMAGE_REFUSED
    publisher.give("/robots.txt", "User-agent: *\nDisallow: /image\n", "text/plain")
    assert refusal(publisher.give("/image", PNG, "image/png")) is Reason.IMAGE_REFUSED
    assert read_picture(url, allow=press.ALLOW, obey_robots=False).data == PNG


def test_private_places_are_not_asked_not_even_by_a_redirect(publisher):
    url = publisher.give("/image", status=302, Location="http://10.0.0.1/secret.png")
    assert refusal(url) is Reason.REFUSED_ADDRESS
    assert refusal(url, allow=()) is Reason.REFUSED_ADDRESS
    assert publisher.asked.count("/image") == 1
