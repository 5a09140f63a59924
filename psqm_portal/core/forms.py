"""What every form of the portal builds on: GOV.UK markup, plain words, dates in three fields.

``class SchoolForm(PortalModelForm): class Meta: model = School; fields = ["name"]`` is all it takes;
``docs/interface.md`` shows the options.
"""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any, ClassVar

from crispy_forms_gds.fields import DateInputField
from crispy_forms_gds.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import BLANK_CHOICE_DASH

WORDS = re.compile(r"\S+")
# A text whose form names no limit of its own: far more than anybody writes, far less than would hurt.
LONGEST = 20_000


def lower_first(label: str) -> str:
    """``School name`` → ``school name``; ``URN`` and ``RAG rating`` stay."""
    return label[:1].lower() + label[1:] if len(label) < 2 or not label[1].isupper() else label


class DateWidget(forms.MultiWidget):
    """Day, month, year; ``gds/field.html`` draws it with a label over each."""

    template_name = "django/forms/widgets/multiwidget.html"
    parts = (("Day", 2), ("Month", 2), ("Year", 4))

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__([forms.TextInput(attrs={"inputmode": "numeric"}) for _ in self.parts], attrs)

    def decompress(self, value: date | None) -> list[int | None]:
        return [value.day, value.month, value.year] if value else [None, None, None]

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_


class DateField(DateInputField):
    """A date in three fields. Says what is missing, and takes "Oct" and two-digit years."""

    widget = DateWidget
    names: ClassVar[Mapping[str, int]] = {
        name: number
        for number, name in enumerate(
            ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
        )
    }

    def __init__(self, *, require_all_fields: bool = True, **kwargs: Any) -> None:
        # A model's DateField hands these over; three fields have no use for them.
        kwargs.pop("input_formats", None)
        messages = kwargs.pop("error_messages", None) or {}
        super().__init__(require_all_fields=require_all_fields, **kwargs)
        self.error_messages.update(messages)

    def clean(self, value: Any) -> date | None:
        if isinstance(value, date):
            return value
        parts = [str(part or "").strip() for part in (value or ())]
        label = self.label or "The date"
        if not any(parts):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        missing = [name.lower() for (name, _), part in zip(DateWidget.parts, parts, strict=True) if not part]
        if missing:
            raise ValidationError(f"{label} must include a {' and a '.join(missing)}", code="incomplete")
        day, month, year = parts
        month = str(self.names.get(month[:3].lower(), month))
        year = f"20{year}" if len(year) == 2 else year
        try:
            out = date(int(year), int(month), int(day))
        except ValueError:
            raise ValidationError(f"{label} must be a real date, like 27 3 2027", code="invalid") from None
        if not 1900 <= out.year <= 2200:
            raise ValidationError(f"{label} must be a real date, like 27 3 2027", code="invalid")
        self.run_validators(out)
        return out


class TimeField(forms.TimeField):
    """A time as people write it: 9.30am, 4pm, 16:05."""

    pattern = re.compile(r"^(\d{1,2})(?:[.:](\d{2}))?\s*(am|pm)?$", re.IGNORECASE)

    def prepare_value(self, value: Any) -> Any:
        """A saved time as ``to_python`` reads it: 9.30am, 4pm."""
        if not isinstance(value, time):
            return value
        minutes = f".{value.minute:02}" if value.minute else ""
        return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value or None
        match = self.pattern.match(str(value).strip().replace(" ", ""))
        if match:
            hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
            if half and 1 <= hour <= 12:
                hour = hour % 12 + (12 if half == "pm" else 0)
            if hour < 24 and minute < 60 and not (half and int(match[1]) > 12):
                return time(hour, minute)
        raise ValidationError("Enter a time like 9.30am or 4pm", code="invalid")


# (field's class, error's code, words); the first that fits. {name} is the label with a small first letter.
PLAIN_WORDS: tuple[tuple[type[forms.Field] | tuple[type[forms.Field], ...], str, str], ...] = (
    (forms.FileField, "required", "Choose a file"),
    (forms.BooleanField, "required", "Tick the box to go on"),
    ((forms.ModelMultipleChoiceField, forms.MultipleChoiceField), "required", "Choose at least one: {name}"),
    ((forms.ModelChoiceField, forms.ChoiceField), "required", "Choose {name}"),
    (forms.Field, "required", "Enter {name}"),
    (forms.EmailField, "invalid", "Enter an email address, like name@school.example"),
    (forms.URLField, "invalid", "Enter a web address that starts with https://"),
    ((forms.DecimalField, forms.FloatField), "invalid", "{label} must be a number, like 12.50"),
    (forms.IntegerField, "invalid", "{label} must be a whole number"),
    (forms.FileField, "invalid", "Choose the file again"),
    (forms.FileField, "empty", "That file is empty. Choose another one"),
    (forms.DateTimeField, "invalid", "{label} must be a date and time, like 27/03/2027 16:00"),
    ((forms.ModelChoiceField, forms.ChoiceField), "invalid_choice", "Choose {name} from the list"),
)


def _plain_messages(field: forms.Field, label: str) -> dict[str, str]:
    """What to say instead of Django's own words; a message a form sets itself stays."""
    words: dict[str, str] = {}
    for cls, code, text in PLAIN_WORDS:
        if (
            code not in words
            and isinstance(field, cls)
            and not (code == "invalid" and field.widget.is_hidden)
        ):
            words[code] = text.format(name=lower_first(label), label=label)
    longest = getattr(field, "max_length", None)
    if longest:
        words["max_length"] = f"{label} must be {longest} characters or fewer"
    return words


class PortalFormMixin:
    """GOV.UK markup and plain words for a form.

    ``main_button``: the words on the button of ``<c-form>``.
    ``options``: for a field's name, any of
        width (2, 3, 4, 5, 10, 20, 30), prefix, suffix, rows, words (a limit, counted while typing, checked),
        inline, small, label_size (s, m, l), heading (the label is the page's h1), hints (value → hint),
        autocomplete, optional (False: no "(optional)" after the label).
    """

    main_button: str = "Save and continue"
    options: Mapping[str, Mapping[str, Any]] = {}
    mark_optional: bool = True
    use_required_attribute = False
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.field_options: dict[str, dict[str, Any]] = {
            name: dict(some) for name, some in self.options.items()
        }
        for name, field in self.fields.items():
            if type(field) is forms.DateField and not field.widget.is_hidden:
                self.fields[name] = self._in_three_fields(field)
            elif type(field) is forms.TimeField:
                field.__class__ = TimeField
                field.widget = forms.TextInput()
                self.field_options.setdefault(name, {}).setdefault("width", 10)
        for name, field in self.fields.items():
            # A key is a CharField to Django too, but its value is no text.
            is_key = isinstance(field, forms.UUIDField)
            if isinstance(field, forms.CharField) and not is_key and field.max_length is None:
                field.max_length = LONGEST
                field.validators.append(MaxLengthValidator(LONGEST))
            if field.label is None:
                field.label = name.replace("_", " ").capitalize()
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == "---------":
                field.empty_label = "Choose one" if not isinstance(field.widget, forms.RadioSelect) else None
            elif isinstance(field, forms.TypedChoiceField) and isinstance(field.widget, forms.RadioSelect):
                # Django offers "---------" among a model's choices: it chooses nothing.
                field.choices = [one for one in field.widget.choices if one not in BLANK_CHOICE_DASH]
        self.say_plainly()

    def say_plainly(self) -> None:
        """Puts the labels into the messages; again after a label has changed."""
        for field in self.fields.values():
            said = field.__dict__.get("said", {})
            own = {code for code in _own_messages(field) if field.error_messages[code] != said.get(code)}
            words = {
                code: text
                for code, text in _plain_messages(field, str(field.label)).items()
                if code not in own
            }
            field.error_messages.update(words)
            field.said = words  # type: ignore[attr-defined]

    @staticmethod
    def _in_three_fields(field: forms.DateField) -> DateField:
        return DateField(
            required=field.required,
            label=field.label,
            help_text=field.help_text,
            initial=field.initial,
            disabled=field.disabled,
            validators=[v for v in field.validators if v not in field.default_validators],
            error_messages={
                code: words for code, words in field.error_messages.items() if code in _own_messages(field)
            },
        )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    def limit_words(self, name: str, words: int | None) -> None:
        """Sets (None: lifts) a limit that is data, not code."""
        self.field_options.setdefault(name, {})["words"] = words

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, some in self.field_options.items():
            limit, text = some.get("words"), self.cleaned_data.get(name)  # type: ignore[attr-defined]
            if limit and isinstance(text, str) and (count := len(WORDS.findall(text))) > limit:
                label = self.fields[name].label
                self.add_error(  # type: ignore[attr-defined]
                    name, f"{label} must be {limit:,} words or fewer. You have used {count:,}"
                )


def _own_messages(field: forms.Field) -> set[str]:
    """Codes whose message differs from what the field's class says: the form's author set them."""
    defaults: dict[str, Any] = {}
    for cls in reversed(type(field).__mro__):
        defaults.update(getattr(cls, "default_error_messages", {}))
    if isinstance(field, DateInputField):
        defaults |= {
            "required": "Enter the day, month and year",
            "incomplete": "Enter the day, month and year",
        }
    return {code for code, words in field.error_messages.items() if words != defaults.get(code)}


class PortalForm(PortalFormMixin, forms.Form):
    """A form of the portal."""


class PortalModelForm(PortalFormMixin, forms.ModelForm):
    """A form of the portal on a model."""
