from datetime import date, time
from typing import ClassVar

import pytest
from django import forms
from django.template import Context, Template

from hubs.models import LeaderMeeting
from psqm_portal.core.forms import DateField, PortalForm, PortalModelForm, TimeField


class SchoolForm(PortalForm):
    options = {"words": {"words": 3}, "fee": {"prefix": "£", "width": 5}}

    name = forms.CharField(label="School name", max_length=5, help_text="<b>As on the gate</b>")
    email = forms.EmailField(label="Email address")
    fee = forms.DecimalField(label="Fee")
    starts = forms.DateField(label="Start date", required=False)
    level = forms.ChoiceField(
        label="Level", choices=[("b", "Bronze"), ("s", "Silver")], widget=forms.RadioSelect
    )
    words = forms.CharField(label="Reflection", widget=forms.Textarea, required=False)
    secret = forms.CharField(label="Password", widget=forms.PasswordInput, required=False)
    paper = forms.FileField(label="Evidence", required=False)


def shown(form: forms.BaseForm) -> str:
    return Template("{% portal_form form %}").render(Context({"form": form}))


def test_s26_a_text_without_a_limit_of_its_own_has_one() -> None:
    form = SchoolForm({"words": "x" * 20_001, "name": "Oak"})
    assert form.errors["words"] == ["Reflection must be 20000 characters or fewer"]
    assert "words" not in SchoolForm({"words": "x" * 20_000}).errors
    assert SchoolForm().fields["name"].max_length == 5


def test_every_input_has_its_class_and_a_label() -> None:
    html = shown(SchoolForm())
    for name in ("email", "fee", "secret", "words", "paper"):
        assert f'for="id_{name}"' in html
    assert html.count("govuk-input ") + html.count('govuk-input"') >= 7
    assert "govuk-textarea" in html
    assert "govuk-file-upload" in html
    assert 'type="password"' in html
    assert "<b>" not in html
    assert " required" not in html
    assert " style=" not in html


def test_a_models_radios_offer_no_dashes() -> None:
    class MeetingForm(PortalModelForm):
        class Meta:
            model = LeaderMeeting
            fields: ClassVar = ["kind"]
            widgets: ClassVar = {"kind": forms.RadioSelect}

    assert MeetingForm().fields["kind"].choices == LeaderMeeting.Kind.choices
    assert "-----" not in shown(MeetingForm())


def test_missing_input_is_named() -> None:
    form = SchoolForm({})
    assert not form.is_valid()
    assert form.errors["name"] == ["Enter school name"]
    assert form.errors["level"] == ["Choose level"]
    html = shown(form)
    assert 'aria-describedby="id_name-hint id_name-error"' in html
    summary = Template("{% error_list form as all %}{% for one in all %}{{ one.id }} {% endfor %}")
    assert summary.render(Context({"form": form})).split() == ["id_name", "id_email", "id_fee", "id_level_0"]


def test_wrong_input_stays_and_says_what_to_do() -> None:
    form = SchoolForm(
        {
            "name": '"><script>',
            "email": "x",
            "fee": "much",
            "level": "s",
            "words": "one two three four",
            "starts_0": "31",
            "starts_1": "2",
            "starts_2": "2027",
        }
    )
    assert not form.is_valid()
    assert form.errors["name"] == ["School name must be 5 characters or fewer"]
    assert form.errors["email"] == ["Enter an email address, like name@school.example"]
    assert form.errors["fee"] == ["Fee must be a number, like 12.50"]
    assert form.errors["words"] == ["Reflection must be 3 words or fewer. You have used 4"]
    assert form.errors["starts"] == ["Start date must be a real date, like 27 3 2027"]
    html = shown(form)
    assert 'value="31"' in html
    assert "one two three four" in html
    assert "<script>" not in html


def test_a_message_of_the_form_itself_stays() -> None:
    class Own(PortalForm):
        name = forms.CharField(error_messages={"required": "Who are you?"})

    assert Own({}).errors["name"] == ["Who are you?"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(["27", "3", "2027"], date(2027, 3, 27)), (["1", "Oct", "26"], date(2026, 10, 1)), (["", "", ""], None)],
)
def test_dates_as_people_write_them(typed: list[str], meant: date | None) -> None:
    assert DateField(required=False).clean(typed) == meant


def test_a_date_names_what_is_missing() -> None:
    with pytest.raises(forms.ValidationError, match="Start must include a month and a year"):
        DateField(label="Start").clean(["1", "", ""])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9.30am", time(9, 30)),
        ("4pm", time(16)),
        ("16:05", time(16, 5)),
        ("12am", time(0)),
        ("12.15 pm", time(12, 15)),
    ],
)
def test_times_as_people_write_them(typed: str, meant: time) -> None:
    assert TimeField().clean(typed) == meant


@pytest.mark.parametrize("typed", ["25:00", "13pm", "9.75", "soon"])
def test_no_time(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        TimeField().clean(typed)


@pytest.mark.parametrize(
    ("saved", "shown"),
    [(time(9, 30), "9.30am"), (time(16), "4pm"), (time(0), "12am"), (time(12, 5), "12.05pm")],
)
def test_a_saved_time_is_shown_as_people_write_it_and_read_back(saved: time, shown: str) -> None:
    assert TimeField().prepare_value(saved) == shown
    assert TimeField().clean(shown) == saved
