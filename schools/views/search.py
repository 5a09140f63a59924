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


# Names, towns, postcodes and URNs of schools are public.
@login_not_required
@require_safe
def school_search(request: HttpRequest) -> HttpResponse:
    """The part of a page that shows what was found so far, for ``c-school-search``."""
    typed = str(request.GET.get("q", "")).strip()[:100]
    shown_as = request.GET.get("as", "")
    may = not typed or pace.may("school-search", pace.line_of(request), most=MOST, window=WINDOW)
    context = {
        "q": typed,
        "found": find(typed) if may else [],
        "limit": LIMIT,
        "as": shown_as if shown_as in SHOWN_AS else SHOWN_AS[0],
        "too_often": not may,
    }
    answer = render(request, "schools/_found.html", context, status=200 if may else 429)
    add_never_cache_headers(answer)
    return answer
