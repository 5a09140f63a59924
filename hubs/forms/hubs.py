from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.text import slugify

from hubs.models import Hub, HubMembership, HubRound
from hubs.pages.hand_over import RUNNING
from hubs.pages.hubs import SHOWS
from psqm_portal.core.forms import PortalForm, PortalModelForm
from psqm_portal.core.seen import SeenMixin
from rounds.models import Kind, Round
from schools.forms import PostcodeMixin

# Words that stand behind a hub's or round's name in an address.
TAKEN_SLUGS = frozenset({"new", "people", "edit", "take-part", "hand-over"})


class HubForm(PostcodeMixin, PortalModelForm):
    main_button = "Save hub"
    options: Mapping[str, Mapping[str, Any]] = {"postcode": {"width": 10, "autocomplete": "off"}}

    class Meta:
        model = Hub
        fields: ClassVar = ["name", "place", "postcode", "area", "is_active"]
        labels: ClassVar = {"is_active": "This hub takes part in the scheme"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk is None and "name" in cleaned:
            slug = slugify(cleaned["name"])
            if not slug or slug in TAKEN_SLUGS or Hub.objects.filter(slug=slug).exists():
                self.add_error("name", "Choose another name: this one can't be told from another hub's")
            self.instance.slug = slug
        return cleaned


class HubsForm(PortalForm):
    """What narrows and measures the list of hubs."""

    options: Mapping[str, Mapping[str, Any]] = {"near": {"width": 10, "autocomplete": "off"}}
    mark_optional = False

    q = forms.CharField(label="Hub, area or person", required=False, max_length=100)
    near = forms.CharField(label="Near a postcode", required=False, max_length=10)
    round = forms.ModelChoiceField(
        Round.objects.filter(status__in=RUNNING), label="Round", required=False, empty_label="All rounds"
    )
    show = forms.ChoiceField(
        label="Show", required=False, choices=[(value, label) for value, (label, _) in SHOWS.items()]
    )

    @property
    def chosen(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_bound and self.is_valid() else {}


class PersonForm(PortalForm):
    """Somebody for a hub: known to the portal or not, the form is the same."""

    options: Mapping[str, Mapping[str, Any]] = {"email": {"autocomplete": "off"}}

    name = forms.CharField(label="Full name", max_length=150)
    email = forms.EmailField(label="Email address", max_length=254)


class PayeeForm(PortalModelForm):
    main_button = "Save payee reference"
    options: Mapping[str, Mapping[str, Any]] = {"payee_reference": {"width": 20}}

    class Meta:
        model = HubMembership
        fields: ClassVar = ["payee_reference"]


class TakePartForm(PortalForm):
    main_button = "Take part"

    round = forms.ModelChoiceField(Round.objects.none(), label="Round")
    training = forms.ChoiceField(label="Training", choices=HubRound.Training, widget=forms.RadioSelect)

    def __init__(self, *args: Any, hub: Hub, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = Round.objects.filter(status__in=[Round.Status.PLANNED, Round.Status.OPEN])
        self.fields["round"].queryset = rounds.exclude(hub_rounds__hub=hub)  # type: ignore[attr-defined]


class PlacesForm(PortalForm):
    main_button = "Save"
    options: Mapping[str, Mapping[str, Any]] = {"places": {"width": 3}}

    places = forms.IntegerField(
        label="Places", min_value=1, max_value=50, help_text="Fewer: only free places go, schools stay"
    )
    training = forms.ChoiceField(label="Training", choices=HubRound.Training, widget=forms.RadioSelect)

    def __init__(self, *args: Any, hub_round: HubRound, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hub_round.round.kind == Kind.REACCREDITATION:
            del self.fields["training"]


class SubstituteForm(PersonForm):
    """Who stands in, and when; a person the portal knows or not."""

    main_button = "Continue"
    options: Mapping[str, Mapping[str, Any]] = {**PersonForm.options, "reason": {"rows": 3}}

    first_day = forms.DateField(label="First day")
    last_day = forms.DateField(label="Last day", help_text="The hub leader leads again from the day after")
    reason = forms.CharField(
        label="Reason", widget=forms.Textarea, help_text="Only HQ’s admins read it", max_length=1000
    )


class LastDayForm(PortalForm):
    main_button = "Save last day"

    last_day = forms.DateField(label="Last day")


class HandOverForm(SeenMixin, PortalForm):
    main_button = "Save note"
    options: Mapping[str, Mapping[str, Any]] = {"text": {"rows": 10}}
    mark_optional = False

    text = forms.CharField(label="Note for the next leader", widget=forms.Textarea, required=False)
