"""What a page costs inside, told in its headers when a request asks: queries, their time, instances built."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models.signals import post_init
from django.http import HttpRequest, HttpResponse

ASK = "X-Bench"


class Counts:
    def __init__(self) -> None:
        self.queries = 0
        self.seconds = 0.0
        self.instances = 0

    def query(self, execute: Callable[..., Any], *query: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*query)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - began

    def instance(self, **_: Any) -> None:
        self.instances += 1


class ProbeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if ASK not in request.headers:
            return self.get_response(request)
        counts = Counts()
        post_init.connect(counts.instance, weak=False)
        try:
            with connection.execute_wrapper(counts.query):
                response = self.get_response(request)
        finally:
            post_init.disconnect(counts.instance)
        response["X-Bench-Queries"] = str(counts.queries)
        response["X-Bench-Instances"] = str(counts.instances)
        response["X-Bench-Database"] = str(counts.seconds)
        return response
