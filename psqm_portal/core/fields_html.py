"""How one field of any form is drawn: GOV.UK markup around Django's widgets.

crispy-forms-gds leaves e-mail, password and number inputs without GOV.UK classes and changes shared widgets
while it renders; here attributes are handed to the widget for one rendering only.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from psqm_portal.core.forms import DateWidget

TEMPLATE = "gds/portal_field.html"


# The first that fits: a subclass stands before its parent.
KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (DateWidget, "date"),
    (forms.MultiWidget, "several"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.FileInput, "file"),
    (forms.Textarea, "textarea"),
    (forms.PasswordInput, "password"),
)


def kind_of(field: BoundField) -> str:
    widget = field.field.widget
    return next((kind for cls, kind in KINDS if isinstance(widget, cls)), "input")


CLASSES = {
    "select": "govuk-select",
    "file": "govuk-file-upload",
    "textarea": "govuk-textarea",
    "password": "govuk-input govuk-password-input__input govuk-js-password-input-input",
    "input": "govuk-input",
    "several": "govuk-input",
    "checkbox": "govuk-checkboxes__input",
}


# What the template asks of every field; a name it doesn't find costs more than one that is empty.
NO_OPTIONS = dict.fromkeys(
    ["words", "characters", "heading", "label_size", "hide_label", "inline", "small", "prefix", "suffix",
     "choices", "parts", "control", "hint_below"]
)  # fmt: skip


class Renderer(TemplatesSetting):
    """Draws a choice of many (80 hubs) without Django's two templates for each of them."""

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> SafeString:
        if template_name == forms.Select.template_name:
            return _select(context["widget"])
        return SafeString(super().render(template_name, context, request))


def _select(widget: Mapping[str, Any]) -> SafeString:
    groups = [
        format_html('<optgroup label="{}">{}</optgroup>', label, _options(options))
        if label
        else _options(options)
        for label, options, _ in widget["optgroups"]
    ]
    start = format_html('<select name="{}"{}>', widget["name"], _written(widget["attrs"]))
    return SafeString(f"{start}{''.join(groups)}</select>")


def _options(options: list[dict[str, Any]]) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((str(one["value"]), _written(one["attrs"]), one["label"]) for one in options),
    )


def _written(attrs: Mapping[str, Any]) -> SafeString:
    some = [(name, value) for name, value in attrs.items() if value is not False]
    return SafeString(
        "".join(
            f" {name}" if value is True else format_html(' {}="{}"', name, str(value)) for name, value in some
        )
    )


def first_id(field: BoundField) -> str:
    """The id an error summary links to."""
    kind = kind_of(field)
    if kind in {"radios", "checkboxes", "several", "date"}:
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


def options_of(field: BoundField) -> dict[str, Any]:
    return dict(getattr(field.form, "field_options", {}).get(field.name, {}))


def render_field(field: BoundField, **more: Any) -> SafeString:
    """One field with its label, hint, errors and control. ``more`` overrides the form's options."""
    if field.is_hidden:
        return SafeString(str(field))
    options = {**options_of(field), **more}
    kind = kind_of(field)
    errors = list(field.errors)
    described = [
        *([f"{field.auto_id}-hint"] if field.help_text else []),
        *([f"{field.auto_id}-error"] if errors else []),
        *([f"{field.auto_id}-info"] if options.get("words") or options.get("characters") else []),
    ]
    context: dict[str, Any] = {
        "field": field,
        "kind": kind,
        "errors": errors,
        "described": " ".join(described),
        "optional": _is_optional(field, options),
        **NO_OPTIONS,
        **options,
    }
    match kind:
        case "radios" | "checkboxes":
            context["choices"] = _choices(field, options)
        case "date":
            context["parts"] = _date_parts(field, errors)
        case _:
            context["control"] = field.as_widget(attrs=_attributes(field, kind, errors, described, options))
    return SafeString(get_template(TEMPLATE).render(context))


def _is_optional(field: BoundField, options: dict[str, Any]) -> bool:
    marks = getattr(field.form, "mark_optional", False) and options.get("optional", True)
    return bool(marks and not field.field.required and kind_of(field) != "checkbox")


def _attributes(
    field: BoundField, kind: str, errors: list[Any], described: list[str], options: dict[str, Any]
) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "class": _classes(field, kind, errors, options),
        "required": False,
        "placeholder": False,
        **_typing_helps(field, kind, options),
    }
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if options.get("autocomplete"):
        attributes["autocomplete"] = options["autocomplete"]
    return attributes


def _classes(field: BoundField, kind: str, errors: list[Any], options: dict[str, Any]) -> str:
    base = CLASSES[kind].split(" ", maxsplit=1)[0]
    classes = [CLASSES[kind]]
    if options.get("width"):
        classes.append(f"govuk-input--width-{options['width']}")
    if errors and kind != "checkbox":
        classes.append(f"{base}--error")
    if options.get("words") or options.get("characters"):
        classes.append("govuk-js-character-count")
    return " ".join([*classes, str(field.field.widget.attrs.get("class", ""))]).strip()


def _typing_helps(field: BoundField, kind: str, options: dict[str, Any]) -> dict[str, Any]:
    widget = field.field.widget
    if kind == "textarea":
        rows = widget.attrs.get("rows", "10")
        # Django's own ten rows are nobody's choice.
        return {"rows": options.get("rows") or (6 if str(rows) == "10" else rows), "cols": False}
    if kind == "password":
        return {"spellcheck": "false", "autocapitalize": "none"}
    if isinstance(widget, forms.NumberInput):
        return {"inputmode": "numeric" if isinstance(field.field, forms.IntegerField) else "decimal"}
    if isinstance(widget, forms.EmailInput):
        return {"spellcheck": "false", "autocomplete": widget.attrs.get("autocomplete", "email")}
    return {}


def _choices(field: BoundField, options: dict[str, Any]) -> list[dict[str, Any]]:
    hints = options.get("hints") or {}
    rows = []
    for number, widget in enumerate(field.subwidgets):
        data = widget.data
        value = data["value"]
        rows.append(
            {
                "id": f"{field.auto_id}_{number}",
                "name": data["name"],
                "value": value,
                "label": data["label"],
                "checked": data["selected"],
                "disabled": data["attrs"].get("disabled", False),
                "hint": hints.get(value, hints.get(str(value), "")),
            }
        )
    return rows


def _date_parts(field: BoundField, errors: list[Any]) -> list[dict[str, Any]]:
    value = field.value()
    if not isinstance(value, (list, tuple)):
        value = field.field.widget.decompress(value)
    value = [*value, None, None, None][:3]
    words = " ".join(str(error) for error in errors)
    named = [name for name, _ in DateWidget.parts if f"a {name.lower()}" in words]
    return [
        {
            "id": f"{field.auto_id}_{number}",
            "name": f"{field.html_name}_{number}",
            "label": name,
            "width": width,
            "value": "" if value[number] is None else value[number],
            "wrong": bool(errors) and (not named or name in named),
            "disabled": field.field.disabled,
        }
        for number, (name, width) in enumerate(DateWidget.parts)
    ]
