"""A brake on machines for the public pages: a conference that scans codes behind one line doesn't feel it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from psqm_portal.core import pace

MOST, WINDOW = 3000, 600


def braked(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        known = request.user.is_authenticated
        if not known and not pace.may("proof", pace.line_of(request), most=MOST, window=WINDOW):
            return too_often(request)
        return view(request, *args, **kwargs)

    return asked


def too_often(request: HttpRequest) -> HttpResponse:
    return render(request, "awards/directory/too_often.html", status=429)
