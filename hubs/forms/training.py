"""Forms of training sessions and of HQ's meetings."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from hubs.domain.training import MOST_PEOPLE, Guest, Marks
from hubs.forms.register import no_link
from hubs.models import CatchUp, LeaderMeeting, SessionReply, TrainingSession
from hubs.pages.training import Group
from psqm_portal.core.forms import PortalForm, PortalModelForm
from psqm_portal.core.seen import SeenMixin

PLAN = ["held_on", "starts_at", "ends_at", "place", "link", "places", "note"]
HELP = {
    "starts_at": "Like 9.30am",
    "link": "For those who join online",
    "places": "How many people there is room for. Leave it empty if there is room for all",
}


class SessionForm(PortalModelForm):
    main_button = "Save session"
    options = {"places": {"width": 3}}

    class Meta:
        model = TrainingSession
        fields: ClassVar = PLAN
        help_texts: ClassVar = {
            **HELP,
            "ends_at": "Like 3pm. It goes into your schools’ calendars",
            "note": "What schools bring or prepare",
        }


class MeetingForm(PortalModelForm):
    main_button = "Save meeting"
    options = {"places": {"width": 3}}

    class Meta:
        model = LeaderMeeting
        fields: ClassVar = ["kind", "title", *PLAN]
        widgets: ClassVar = {"kind": forms.RadioSelect}
        help_texts: ClassVar = {
            **HELP,
            "ends_at": "Like 3pm. It goes into hub leaders’ calendars",
            "note": "What hub leaders bring or prepare",
        }


class CallOffForm(PortalForm):
    reason = forms.CharField(
        label="Why is it called off?",
        widget=forms.Textarea,
        max_length=1000,
        help_text="It goes to everybody who is told",
    )


class MaterialForm(PortalForm):
    main_button = "Add material"

    title = forms.CharField(
        label="Title", max_length=150, required=False, help_text="What it is, in a few words"
    )
    file = forms.FileField(label="File", required=False, help_text="A photo, PDF or Office file")
    url = forms.URLField(
        label="Or a link", max_length=500, required=False, assume_scheme="https",
        help_text="A web address, like https://www.example.org/film",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors and bool(given.get("file")) == bool(given.get("url")):
            raise ValidationError("Choose a file or enter a link, one of the two")
        return given


class CatchUpForm(PortalModelForm):
    main_button = "Save"

    class Meta:
        model = CatchUp
        fields: ClassVar = ["held_on", "how"]
        help_texts: ClassVar = {"how": "Such as: went through the slides together by video, an hour"}


class AnswerForm(PortalForm):
    """A hub leader's own answer to a meeting; the button says which."""

    needs = forms.CharField(label="Access or dietary needs", max_length=300, required=False)


class PeopleForm(SeenMixin, PortalForm):
    """Who comes from a school: a row for each, one more than there are, and two at least."""

    main_button = "Save who comes"

    def __init__(self, *args: Any, coming: Sequence[SessionReply], me: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = [str(key) for key in self.data if str(key).startswith("name_")] if self.is_bound else []
        self.count = min(max(2, len(coming) + 1, len(typed)), MOST_PEOPLE)
        for number in range(self.count):
            row = coming[number] if number < len(coming) else None
            # Who answers for the first time most often comes too.
            name = row.name if row else (me if number == 0 else "")
            self.fields[f"pk_{number}"] = forms.IntegerField(
                required=False, widget=forms.HiddenInput, initial=row.pk if row else None
            )
            self.fields[f"name_{number}"] = forms.CharField(
                label="Name", max_length=150, required=False, initial=name, validators=[no_link],
                widget=forms.TextInput(attrs={"list": "members", "autocomplete": "off"}),
            )  # fmt: skip
            self.fields[f"email_{number}"] = forms.EmailField(
                label="Email address", required=False, initial=row.email if row else "",
                help_text="For people without an account here, so that we can tell them of changes",
            )  # fmt: skip
            self.fields[f"needs_{number}"] = forms.CharField(
                label="Access or dietary needs",
                max_length=300,
                required=False,
                initial=row.needs if row else "",
            )
        self.say_plainly()

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "number": number + 1,
                **{name: self[f"{name}_{number}"] for name in ("pk", "name", "email", "needs")},
            }
            for number in range(self.count)
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        for number in range(self.count):
            rest = given.get(f"email_{number}") or given.get(f"needs_{number}")
            is_new = not given.get(f"pk_{number}")
            if rest and is_new and not given.get(f"name_{number}", "-").strip():
                self.add_error(f"name_{number}", "Enter the name of this person")
        return given

    @property
    def guests(self) -> list[Guest]:
        """Rows with a name; who has none any more doesn't come."""
        given = self.cleaned_data
        return [
            Guest(
                name=" ".join(given[f"name_{number}"].split()),
                email=given.get(f"email_{number}") or "",
                needs=given.get(f"needs_{number}") or "",
                pk=given.get(f"pk_{number}"),
            )
            for number in range(self.count)
            if given.get(f"name_{number}", "").strip()
        ]


class RegisterForm(PortalForm):
    """Who came, a tick for each person. ``seen`` says which were ticked when the page was opened: what is as
    it was then says nothing, so two phones at one register add up.
    """

    main_button = "Save register"

    def __init__(self, *args: Any, groups: Sequence[Group], names: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups, self.names = groups, names
        for group in groups:
            for tick in group.ticks:
                self._tick(tick.key, tick.label, tick.came, tick.hint)
            if names:
                self.fields[f"names_{group.pk}"] = forms.CharField(
                    label=f"Who else came from {group.label}", required=False, max_length=1000,
                    widget=forms.Textarea(attrs={"rows": 2}), help_text="One name on each line",
                )  # fmt: skip
                hint = f"{group.unnamed} so far" if group.unnamed > 1 else ""
                self._tick(
                    f"school-{group.pk}", "Somebody whose name you don’t have", group.unnamed > 0, hint
                )
                self.field_options[f"names_{group.pk}"] = {"rows": 2, "optional": False}
        ticked = [
            name for name, one in self.fields.items() if isinstance(one, forms.BooleanField) and one.initial
        ]
        self.fields["seen"] = forms.CharField(
            required=False, max_length=20_000, widget=forms.HiddenInput, initial=" ".join(ticked)
        )
        self.say_plainly()

    def _tick(self, key: str, label: str, came: bool, hint: str) -> None:  # noqa: FBT001 - a tick
        self.fields[key] = forms.BooleanField(label=label, required=False, initial=came, help_text=hint)
        self.field_options[key] = {"optional": False}

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "group": group,
                "ticks": [self[tick.key] for tick in group.ticks],
                "unnamed": self[f"school-{group.pk}"] if self.names else None,
                "names": self[f"names_{group.pk}"] if self.names else None,
                "came": sum(tick.came for tick in group.ticks) + group.unnamed,
                "open": self.names
                and bool(group.unnamed or self[f"names_{group.pk}"].errors or not group.ticks),
            }
            for group in self.groups
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in [name for name in given if name.startswith("names_")]:
            lines = _lines(given[name])
            if any(len(line) > 150 for line in lines):
                self.add_error(name, "Put each name on a line of its own")
            for line in lines:
                try:
                    no_link(line)
                except ValidationError as wrong:
                    self.add_error(name, wrong)
        return given

    def changes(self) -> Iterable[tuple[list[str], bool]]:
        """What was ticked or unticked on this page: the parts of its key, and whether they came."""
        was = set(self.cleaned_data.get("seen", "").split())
        for name, field in self.fields.items():
            came = self.cleaned_data.get(name)
            if isinstance(field, forms.BooleanField) and came != (name in was):
                yield name.split("-"), bool(came)

    @property
    def marks(self) -> Marks:
        marks = Marks()
        for (kind, *ids), came in self.changes():
            match kind, [int(one) for one in ids]:
                case "reply", [pk]:
                    marks.replies[pk] = came
                case "member", [school, person]:
                    marks.members[school, person] = came
                case "school", [pk]:
                    marks.unnamed[pk] = came
        for group in self.groups:
            if names := _lines(self.cleaned_data.get(f"names_{group.pk}", "")):
                marks.names[group.pk] = names
        return marks


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
