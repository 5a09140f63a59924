from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.queries import owes_second_factor

# Signing in and out, setting the second factor up, and what works without a session.
OPEN_PATHS = ("/account/", "/static/", "/healthz")


class SecondFactorMiddleware:
    """HQ reaches its pages only with a second factor (S12): until then every page leads to setting one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECOND_FACTOR_REQUIRED
            and not request.path.startswith(OPEN_PATHS)
            and request.user.is_authenticated
            and owes_second_factor(request.user)
        ):
            return HttpResponseRedirect(reverse("mfa_activate_totp"), status=HTTPStatus.SEE_OTHER)
        return self.get_response(request)
