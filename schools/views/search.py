from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from psqm_portal.core import pace
from schools.search import LIMIT, find

# A whole training day types behind one line. It's a brake on machines: the register is public.
MOST, WINDOW = 3000, 600
SHOWN_AS = ("radio", "page", "with")


def may_search(request: HttpRequest) -> bool:
    """Asked before each search of somebody without an account: one for a mistyped name costs a lot."""
    return pace.may("school-search", pace.line_of(request), most=MOST, window=WINDOW)


def searched(request: HttpRequest) -> dict[str, Any]:
    """What ``schools/_found.html`` shows for the words in the address."""
    typed = str(request.GET.get("q", "")).strip()[:100]
    may = not typed or may_search(request)
    return {"q": typed, "found": find(typed) if may else [], "limit": LIMIT, "too_often": not may}


# Names, towns, postcodes and URNs of schools are public.
@login_not_required
@require_safe
def school_search(request: HttpRequest) -> HttpResponse:
    """The part of a page that shows what was found so far, for ``c-school-search``."""
    shown_as = request.GET.get("as", "")
    context = {**searched(request), "as": shown_as if shown_as in SHOWN_AS else SHOWN_AS[0]}
    answer = render(request, "schools/_found.html", context, status=429 if context["too_often"] else 200)
    add_never_cache_headers(answer)
    return answer
