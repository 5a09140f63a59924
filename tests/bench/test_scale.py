"""Scale data is whole: what the bench measures is what the portal would have made."""

import pytest
from django.db import connection
from django.db.models import Count

from awards.models import Review
from bench.people import pages
from bench.probe import Counts
from bench.report import table, targets
from bench.scale import Scale
from payments.models import Earning, Invoice
from submissions.domain.versions import changed_since_sign_off
from submissions.models import Evidence, Part, Submission
from submissions.models.submission import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def scale():
    Scale(60).make()


def test_every_submission_has_its_evidence_reviews_and_money(scale):
    assert Submission.objects.count() == 60
    assert set(Evidence.objects.values("submission").annotate(n=Count("pk")).values_list("n", flat=True)) == {
        12
    }
    reviews = Review.objects.values("standing__submission").annotate(n=Count("pk"))
    assert set(reviews.values_list("n", flat=True)) == {3}
    assert Invoice.objects.count() == 60
    assert Earning.objects.filter(kind="school").count() == 60
    assert set(Submission.objects.values_list("status", flat=True)) >= {
        Status.ENROLLED, Status.SIGNED_OFF, Status.SUBMITTED, Status.IN_REVIEW, Status.REVIEWED,
        Status.DECIDED, Status.NOTIFIED,
    }  # fmt: skip


def test_what_is_signed_off_is_what_is_pinned(scale):
    row = Submission.objects.filter(status=Status.SIGNED_OFF)[0]
    parts = list(row.parts.select_related("signed_version"))
    assert {part.status for part in parts} == {Part.Status.SIGNED_OFF}
    assert changed_since_sign_off(parts) == []


def test_the_measured_pages_answer_within_their_queries(scale, client):
    limits = {"list": 12, "one submission": 15, "round board": 12}
    measured = pages()
    assert set(measured) == {"floor", *limits}
    for name, limit in limits.items():
        client.cookies["sessionid"] = measured[name]["session"]
        counts = Counts()
        with connection.execute_wrapper(counts.query):
            assert client.get(measured[name]["path"]).status_code == 200
        assert counts.queries <= limit, name


def test_the_report_says_which_target_is_missed():
    cell = {"connections": 1, "p50_ms": 10.0, "p95_ms": 12.0, "per_second": 90.0}
    floor = {"queries": 4, "instances": 102, "database_ms": 2.0, "kb": 3.0, "cells": [cell]}
    slow = {**floor, "queries": 13, "cells": [{**cell, "p50_ms": 60.0}]}
    run = {
        "submissions": 50,
        "floor": floor,
        "pages": {"list": slow},
        "memory_mb": 100.0,
        "drift": 0.1,
        "seed_seconds": 2.0,
    }
    assert "6.0" in table([run])
    words = targets([run])
    assert "list: queries" in words
    assert words.count("MISSED") == 2
    assert words.count("met") == 1
