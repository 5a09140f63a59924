"""What a school's page shows beyond its own: later apps (past submissions, invoices) add sections."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from schools.models import School

# (request, school) -> (template, what it sees as ``given``), or None where this person sees nothing of it.
# Constant queries.
Section = Callable[[HttpRequest, School], tuple[str, dict[str, Any]] | None]

school_sections: list[Section] = []

# Of which schools work is underway, as a queryset of their ids: a closure matters to these first.
schools_at_work: list[Callable[[], QuerySet[Any]]] = []
