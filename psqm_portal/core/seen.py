"""Two people at one thing (R03): a page carries a mark of what it was opened with, and a save on top of
something newer shows both and overwrites nothing.

A form takes ``SeenMixin`` and is given what stands; the domain verb calls ``check`` with the row locked; the
view answers ``OutOfDate`` with ``conflict_page``.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

FIELD = "seen"


class OutOfDate(Exception):
    """Something newer was saved since this page was opened; nothing was overwritten."""

    def __init__(self, standing: Any) -> None:
        super().__init__("Somebody saved this while you were writing.")
        self.standing = standing


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), sort_keys=True, cls=DjangoJSONEncoder)


def mark_of(values: Mapping[str, Any]) -> str:
    """What a page carries along to say what it was opened with."""
    return hashlib.sha256(_canonical(values).encode()).hexdigest()[:20]


def check(standing: Mapping[str, Any], mine: Mapping[str, Any], *, seen: str | None) -> None:
    """Raises OutOfDate where something else stands than was seen, and it isn't what is to be saved.

    ``seen`` empty: the caller saw nothing (no page), so there is nothing to compare with.
    """
    if seen and mark_of(standing) != seen and _canonical(standing) != _canonical(mine):
        raise OutOfDate(standing)


class SeenMixin:
    """For a form of the portal: ``standing`` is what the page shows, by the names of the form's fields."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, standing: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[FIELD] = forms.CharField(
            required=False,
            max_length=40,
            widget=forms.HiddenInput,
            initial=mark_of(standing) if standing is not None else "",
        )

    @property
    def seen(self) -> str:
        return str(self.cleaned_data.get(FIELD, ""))

    def clean(self) -> dict[str, Any]:
        """Line breaks as one sign: a browser sends two, and a mark would differ."""
        super().clean()  # type: ignore[misc]  # the form's own
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = value.replace("\r\n", "\n").replace("\r", "\n")
        return self.cleaned_data

    def words(self) -> dict[str, Any]:
        """What was given, without the mark."""
        return {name: value for name, value in self.cleaned_data.items() if name != FIELD}


def conflict_page(
    request: HttpRequest, form: Any, standing: Mapping[str, Any], *, what: str, back: str
) -> HttpResponse:
    """Field by field what stands, beside the form with one's own; saving from here is saving on top of it."""
    data = cast("QueryDict", form.data).copy()
    data[form.add_prefix(FIELD)] = mark_of(standing)
    form.data = data
    mine = form.words()
    rows = [
        {
            "label": form.fields[name].label,
            "theirs": _shown(form.fields[name], value),
            "differs": _canonical({"": _plain(mine.get(name))}) != _canonical({"": value}),
        }
        for name, value in standing.items()
        if name in form.fields
    ]
    context = {"form": form, "rows": rows, "what": what, "back": back}
    return render(request, "core/conflict.html", context, status=409)


def _plain(value: Any) -> Any:
    return getattr(value, "pk", value)


def _shown(field: forms.Field, value: Any) -> str:
    """A value in words: a choice by its label, a day in full."""
    if value is None or value == "":
        return ""
    if isinstance(field, forms.ModelChoiceField):
        return str(field.queryset.filter(pk=value).first() or "") if field.queryset is not None else ""
    if isinstance(field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in cast("Iterable[tuple[Any, Any]]", field.choices)}
        return labels.get(str(value), str(value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return f"{value:%A} {value.day} {value:%B %Y}"
    return str(value)
