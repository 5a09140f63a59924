from typing import Any, ClassVar
from uuid import uuid4

from django import forms

from payments.models import Earning, EarningTerms, Fees, Invoice, Receipt
from payments.queries import STATES
from psqm_portal.core.forms import PortalForm, PortalModelForm
from rounds.models import Round


class FeesForm(PortalModelForm):
    main_button = "Save the fees"
    mark_optional = False
    options = {
        "standard": {"prefix": "£", "width": 10},
        "small_school_pupils": {"width": 5, "suffix": "pupils"},
        "small_school": {"prefix": "£", "width": 10},
        "reaccreditation": {"prefix": "£", "width": 10},
        "vat_rate": {"suffix": "%", "width": 5},
        "sender": {"rows": 4},
        "how_to_pay": {"rows": 5},
    }

    class Meta:
        model = Fees
        fields: ClassVar = [
            "standard",
            "small_school_pupils",
            "small_school",
            "reaccreditation",
            "vat",
            "vat_rate",
            "sender",
            "how_to_pay",
        ]
        widgets: ClassVar = {"vat": forms.RadioSelect}


class EarningTermsForm(PortalModelForm):
    main_button = "Save what leaders earn"
    options = {
        "school_rate": {"prefix": "£", "width": 10},
        "review_rate": {"prefix": "£", "width": 10},
        "reaccreditation_rate": {"prefix": "£", "width": 10},
        "share_enrolment": {"suffix": "%", "width": 3},
        "share_training": {"suffix": "%", "width": 3},
        "share_submission": {"suffix": "%", "width": 3},
    }

    class Meta:
        model = EarningTerms
        fields: ClassVar = [
            "school_rate",
            "share_enrolment",
            "share_training",
            "share_submission",
            "review_rate",
            "reaccreditation_rate",
        ]


class OrderNumberForm(PortalModelForm):
    main_button = "Save the order number"
    options = {"order_number": {"width": 20, "optional": False}}

    class Meta:
        model = Invoice
        fields: ClassVar = ["order_number"]
        help_texts: ClassVar = {
            "order_number": "Your own purchase order number, to be printed on the invoice"
        }


class ReceiptForm(PortalModelForm):
    """``key`` is new each time the form is opened: it stands for one payment, however often it is sent."""

    main_button = "Check the payment"
    options = {"amount": {"prefix": "£", "width": 10}, "reference": {"width": 20}}
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    class Meta:
        model = Receipt
        fields: ClassVar = ["amount", "received_on", "reference"]
        labels: ClassVar = {"amount": "Amount that came in", "received_on": "Day it came in"}
        help_texts: ClassVar = {"reference": "As the bank statement has it"}


class InvoiceFilter(PortalForm):
    mark_optional = False
    q = forms.CharField(label="Search", required=False, help_text="Number, school, payer or order number")
    state = forms.ChoiceField(label="Show", required=False, choices=[("", "All invoices"), *STATES.items()])
    round = forms.ModelChoiceField(
        Round.objects.all(), label="Round", required=False, empty_label="All rounds"
    )

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class EarningFilter(PortalForm):
    mark_optional = False
    OWED, PAID, NOBODY = "owed", "paid", "nobody"

    state = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "All"), (OWED, "Owed"), (PAID, "Paid"), (NOBODY, "Without a leader")],
    )
    kind = forms.ChoiceField(label="For", required=False, choices=[("", "Everything"), *Earning.Kind.choices])
    round = forms.ModelChoiceField(
        Round.objects.all(), label="Round", required=False, empty_label="All rounds"
    )

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data
