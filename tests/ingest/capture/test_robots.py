"""robots.txt of a publisher on loopback, as RFC 9309 wants it read."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from incidentbase.ingest.capture import Reason

STORY = (
    "<html><body><article><p>A paragraph about a machine that did what nobody had asked it to.</p>"
    "<p>A spokesperson said that it would not do it again before Tuesday.</p></article></body>"
)
PLAIN = "text/plain"


@pytest.fixture(autouse=True)
def forgotten():
    yield
    cache.clear()


@pytest.mark.parametrize(
    ("rules", "is_open"),
    [
        ("", True),
        ("no rules <at> all\0\n", True),
        ("User-agent: *\nDisallow:\n", True),
        ("User-agent: *\nDisallow: /\n", False),
        ("\ufeffUser-agent: *\nDisallow: /\n", False),
        ("User-agent: *\r\nDisallow: /news\r\n", False),
        ("User-agent: *\nDisallow: /new\nAllow: /news/story\n", True),
        ("User-agent: *\nAllow: /\nDisallow: /news/*.html$\n", False),
        ("User-agent: *\nDisallow: /*?\n", True),
        ("User-agent: incidentbase\nDisallow: /news\n\nUser-agent: *\nAllow: /\n", False),
        ("User-agent: IncidentBase\nAllow: /\n\nUser-agent: *\nDisallow: /\n", True),
        ("User-agent: a\nUser-agent: IncidentBase\nDisallow: /\n", False),
        ("User-agent: OtherBot\nDisallow: /\n", True),
        ("User-agent: *\nDisallow: /" + "*a" * 5000 + "b\n", True),
        ("# " + "x" * 600_000 + "\nUser-agent: *\nDisallow: /\n", True),
    ],
)
def test_rules_are_obeyed(publisher, rules, is_open):
    publisher.give("/robots.txt", rules, PLAIN)
    publisher.give("/news/story.html", STORY)
    if is_open:
        assert publisher.read("/news/story.html").plain_text
        return
    failure = publisher.refusal("/news/story.html")
    assert failure.reason is Reason.ROBOTS
    assert "robots.txt" in str(failure)
    assert publisher.asked == ["/robots.txt"]


def test_the_operator_may_turn_the_rules_off(publisher):
    publisher.give("/robots.txt", "User-agent: *\nDisallow: /\n", PLAIN)
    publisher.give("/story", STORY)
    assert publisher.read("/story", obey_robots=False).plain_text
    assert publisher.asked == ["/story"]


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429])
def test_missing_rules_allow_everything(publisher, status):
    publisher.give("/robots.txt", status=status)
    publisher.give("/story", STORY)
    assert publisher.read("/story").plain_text


@pytest.mark.parametrize("status", [500, 503])
def test_rules_that_the_server_fails_to_give_allow_nothing(publisher, status):
    publisher.give("/robots.txt", status=status)
    publisher.give("/story", STORY)
    assert publisher.refusal("/story").reason is Reason.ROBOTS_UNREACHABLE


def test_rules_are_followed_through_redirects(publisher):
    publisher.give("/robots.txt", status=301, Location="/elsewhere.txt")
    publisher.give("/elsewhere.txt", "User-agent: *\nDisallow: /story\n", PLAIN)
    publisher.give("/story", STORY)
    assert publisher.refusal("/story").reason is Reason.ROBOTS


def test_rules_that_lead_to_private_places_allow_nothing(publisher):
    publisher.give("/robots.txt", status=302, Location="http://10.0.0.1/robots.txt")
    publisher.give("/story", STORY)
    assert publisher.refusal("/story").reason is Reason.ROBOTS_UNREACHABLE


def test_a_redirect_is_not_a_way_around_the_rules(publisher):
    publisher.give("/robots.txt", "User-agent: *\nDisallow: /closed\n", PLAIN)
    publisher.give("/open", status=302, Location="/closed")
    publisher.give("/closed", STORY)
    assert publisher.refusal("/open").reason is Reason.ROBOTS
    assert "/closed" not in publisher.asked


def test_rules_are_asked_for_once_and_kept(publisher):
    publisher.give("/robots.txt", "User-agent: *\nDisallow: /closed\n", PLAIN)
    publisher.give("/story", STORY)
    for _time in range(2):
        assert publisher.read("/story", keeper=cache).plain_text
    assert publisher.refusal("/closed", keeper=cache).reason is Reason.ROBOTS
    assert publisher.asked.count("/robots.txt") == 1
