"""Query parameters: read leniently on pages, since a broken link should still show something."""

from __future__ import annotations

from django.http import HttpRequest

LARGEST_PAGE = 1_000_000
LONGEST_REASON = 2_000


def page_number(request: HttpRequest) -> int:
    """Return the page asked for, 1 when the parameter is missing or makes no sense."""
    given = request.GET.get("page", "1")
    if not given.isascii() or not given.isdigit() or len(given) > 7:
        return 1
    return min(max(int(given), 1), LARGEST_PAGE)


def with_page(request: HttpRequest, page: int) -> str:
    """Return the same address with another page."""
    query = request.GET.copy()
    if page == 1:
        query.pop("page", None)
    else:
        query["page"] = str(page)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def record_number(request: HttpRequest, name: str) -> int | None:
    """Return the number of a record that the address names, None when it names none."""
    given = request.GET.get(name, "").strip()
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        return None
    return int(given) or None


def reason(request: HttpRequest) -> str:
    """Return why somebody does what a post asks for, in their words."""
    return request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]
