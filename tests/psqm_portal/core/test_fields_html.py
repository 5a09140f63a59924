"""A choice of many is drawn by hand: it has to say what Django's own templates say."""

import re

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from psqm_portal.core.fields_html import Renderer

LEVELS = [("", "All"), ("b", 'Bronze & "co"'), (3, "<Silver>"), ("More", [("g", "Gold"), ("<x>", "Other")])]


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r">\s+|\s+<", lambda found: found[0].strip(), html)).strip()


@pytest.mark.parametrize("value", ["", "b", 3, "3", "<x>", "nothing", None])
@pytest.mark.parametrize(
    ("widget", "attrs"),
    [
        (forms.Select, {"class": "govuk-select", "required": False, "disabled": True, "data-a": '"<'}),
        (forms.SelectMultiple, {"id": "id_a", "size": 5}),
    ],
)
def test_it_says_what_django_says(
    widget: type[forms.Select], attrs: dict[str, object], value: object
) -> None:
    drawn = widget(choices=LEVELS)
    many = [value, "g"] if widget is forms.SelectMultiple else value
    ours, theirs = (
        drawn.render("le<vel", many, attrs, renderer=one) for one in (Renderer(), TemplatesSetting())
    )
    assert plain(ours) == plain(theirs)
    assert "<Silver>" not in ours
