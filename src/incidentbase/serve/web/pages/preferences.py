"""The reader's display choice: stored in a cookie, nowhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from incidentbase.kit import urls
from incidentbase.serve.web.chrome import THEME_COOKIE, THEMES

ONE_YEAR = 31_536_000


@csrf_exempt
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Store the color scheme and lead back to where the reader was.

    Exempt from the CSRF check: a forged post could only change how the page looks, and a
    token would make every public page differ from visitor to visitor.
    """
    response = HttpResponseRedirect(urls.safe_path(request.POST.get("next", ""), default="/"))
    theme = request.POST.get("theme", "")
    if theme in THEMES and theme:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response
