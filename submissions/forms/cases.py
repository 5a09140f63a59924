"""Telling HQ, looking after a case, and what each way to settle it asks for."""

from typing import Any

from django import forms
from django.db.models import Q

from accounts.models import User
from hubs.models import Hub
from psqm_portal.core.forms import DateField, PortalForm
from psqm_portal.core.roles import Role
from rounds.models import Round
from schools.models import SchoolMembership
from submissions.domain.later_date import dates_of
from submissions.forms.extensions import GiveForm
from submissions.models import Case, Submission
from submissions.pages.cases import WHOSE
from submissions.pages.outcomes import owners


class CaseForm(PortalForm):
    main_button = "Send to HQ"
    options = {
        "text": {"rows": 7},
        "kind": {
            "hints": {
                Case.Kind.ISSUE.value: "Something that you have tried to solve and can’t solve alone",
                Case.Kind.CHANGE.value: "Somebody leaves or is ill, a school moves, has to wait or to stop",
            }
        },
    }

    kind = forms.ChoiceField(
        label="What do you tell us?", choices=Case.Kind.choices, widget=forms.RadioSelect
    )
    title = forms.CharField(label="What is it about, in one line", max_length=120)
    text = forms.CharField(
        label="What happened, and what would help",
        widget=forms.Textarea,
        max_length=10_000,
        help_text="Say from when. Don’t name pupils.",
    )


class CaseFilterForm(PortalForm):
    mark_optional = False
    options = {"q": {"width": 20}}

    q = forms.CharField(label="Words", required=False, max_length=100)
    whose = forms.ChoiceField(label="Whose", required=False, choices=list(WHOSE.items()))
    kind = forms.ChoiceField(label="Kind", required=False, choices=[("", "Both"), *Case.Kind.choices])
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Open"), ("closed", "Settled")])

    @property
    def chosen(self) -> dict[str, Any]:
        """A filter that can't be read (an old link) narrows nothing."""
        return self.cleaned_data if self.is_bound and (self.is_valid() or self.cleaned_data) else {}


class OwnerForm(PortalForm):
    main_button = "Give it to them"

    owner = forms.ModelChoiceField(User.objects.none(), label="Who looks after it")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners()  # type: ignore[attr-defined]


class DueForm(PortalForm):
    main_button = "Move the day"

    due_on = DateField(label="Settle it by")


class NoteForm(PortalForm):
    main_button = "Keep the note"
    options = {"text": {"rows": 3}}

    text = forms.CharField(
        label="Note", widget=forms.Textarea, max_length=5000, help_text="Only HQ reads it."
    )


class OutcomeForm(PortalForm):
    """Every way to settle a case ends with an answer to who told HQ."""

    main_button = "Continue"
    options = {"answer": {"rows": 4}, "reason": {"rows": 4}}

    answer = forms.CharField(
        label="Your answer",
        widget=forms.Textarea,
        max_length=5000,
        error_messages={"required": "Write your answer"},
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # None where the case is about a hub; forms that act on a school's work aren't offered then.
        self.work: Submission = case.submission  # type: ignore[assignment]
        self.fields[
            "answer"
        ].help_text = f"{case.raised_by} gets it by mail, and reads it on the case’s page."
        self.fields["answer"].label = f"Your answer to {case.raised_by}"
        self.order_fields([name for name in self.fields if name != "answer"])


class ReasonedForm(OutcomeForm):
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea,
        max_length=2000,
        help_text="The school and its hub read it in the history and by mail. Keep what is private out.",
        error_messages={"required": "Write the reason"},
    )


class Memberships(forms.ModelMultipleChoiceField):
    def label_from_instance(self, membership: SchoolMembership) -> str:
        return f"{membership.user} ({membership.user.email})"


class HandOverForm(ReasonedForm):
    leaving = Memberships(
        SchoolMembership.objects.none(),
        label="Who isn’t subject leader any more",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave somebody unticked who stays beside the new one.",
    )
    name = forms.CharField(label="Name of the new subject leader", max_length=150)
    email = forms.EmailField(label="Their email address", max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = SchoolMembership.objects.current().filter(
            school=self.work.school_id, role=Role.SUBJECT_LEADER.value
        )
        self.fields["leaving"].queryset = now.select_related("user").order_by("user__name")  # type: ignore[attr-defined]
        self.order_fields(["leaving", "name", "email", "reason", "answer"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        email = (given.get("email") or "").strip().lower()
        staying = [one for one in self.fields["leaving"].queryset if one.user.email == email]  # type: ignore[attr-defined]
        if staying:
            self.add_error("email", f"{staying[0].user} is subject leader of this school now")
        return given


class MoveHubForm(ReasonedForm):
    hub = forms.ModelChoiceField(Hub.objects.none(), label="New hub")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        submission = self.work
        hubs = Hub.objects.filter(is_active=True, hub_rounds__round=submission.round_id)
        self.fields["hub"].queryset = hubs.exclude(pk=submission.hub_id)  # type: ignore[attr-defined]
        self.fields["hub"].help_text = f"Hubs that take part in {submission.round}."
        self.order_fields(["hub", "reason", "answer"])


class DeferForm(ReasonedForm):
    round = forms.ModelChoiceField(Round.objects.none(), label="Later round")
    hub = forms.ModelChoiceField(Hub.objects.none(), label="Hub in that round")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        submission = self.work
        open_ = Q(status__in=[Round.Status.PLANNED, Round.Status.OPEN])
        rounds = Round.objects.filter(open_, framework=submission.round.framework_id)
        self.fields["round"].queryset = rounds.exclude(pk=submission.round_id)  # type: ignore[attr-defined]
        self.fields["hub"].queryset = Hub.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["hub"].initial = submission.hub_id
        self.order_fields(["round", "hub", "reason", "answer"])


class ExtendForm(OutcomeForm, GiveForm):
    """The reason of the date is the school's; the answer goes to who told HQ."""

    def __init__(self, *args: Any, case: Case, today: Any, **kwargs: Any) -> None:
        dates = dates_of(case.submission) if case.submission is not None else {}
        super().__init__(*args, case=case, dates=dates, today=today, **kwargs)
        self.order_fields(["step", "until", "why", "answer"])


class ReplaceLeaderForm(OutcomeForm):
    name = forms.CharField(label="Name of the new hub leader", max_length=150)
    email = forms.EmailField(label="Their email address", max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "email", "answer"])
