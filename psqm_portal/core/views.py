from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Up: this process answers. It asks no database, so a slow one doesn't take the web away."""
    return HttpResponse("ok\n", content_type="text/plain")
