"""How often a stranger may do what costs us something: one table, counted per address.

Counts live in the cache, which all web processes of an instance share.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from incidentbase.kit import clock

# What may be done, how many times, in how many seconds.
LIMITS: dict[str, tuple[int, int]] = {
    "submit": (20, 3600),
    "image": (30, 3600),
    "quick_add": (30, 3600),
    "capture": (40, 3600),
    "flag": (20, 3600),
    "variant": (20, 3600),
    "history": (10, 3600),
    "known": (600, 3600),
    "compare": (60, 3600),
    "webhook": (60, 3600),
    "api": (600, 60),
    "link": (20, 3600),
    "link_to_address": (5, 3600),
}


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit is used up: what is left, and when it is whole again."""

    limit: int
    seconds: int
    left: int
    resets_in: int
    is_spent: bool


def use(name: str, request: HttpRequest, *, at: dt.datetime, who: str = "") -> Use:
    """Count one use, by `who` or by the address that asks, and return what is left of the limit."""
    most, seconds = LIMITS[name]
    window, passed = divmod(int(at.timestamp()), seconds)
    key = f"limit:{name}:{who or address_of(request)}:{window}"
    cache.add(key, 0, timeout=2 * seconds)
    try:
        used = cache.incr(key)
        # Counting makes it as short-lived as anything in the cache.
        cache.touch(key, 2 * seconds)
    except ValueError:
        # It was thrown out between the two calls.
        used = 1
    return Use(most, seconds, max(0, most - used), seconds - passed, used > most)


def take(name: str, request: HttpRequest) -> bool:
    """Count one use and return whether it is still within the limit."""
    return not use(name, request, at=clock.now()).is_spent


def address_of(request: HttpRequest) -> str:
    """Return the network address of who asks; behind our own proxies, what they say."""
    proxies = int(settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if proxies and len(forwarded) >= proxies and forwarded[-proxies].strip():
        return forwarded[-proxies].strip()
    return request.META.get("REMOTE_ADDR", "")
