from django import forms

from psqm_portal.core.forms import PortalForm


class NumberForm(PortalForm):
    number = forms.CharField(
        label="Certificate number",
        max_length=40,
        help_text="It stands on the certificate, such as PSQM-26A-0042.",
    )
    main_button = "Check this certificate"
    options = {"number": {"width": 20}}


class ReissueForm(PortalForm):
    name = forms.CharField(label="School's name on the certificate", max_length=200)
    reason = forms.CharField(label="Reason", widget=forms.Textarea)
    main_button = "Make the certificate again"
    options = {"reason": {"rows": 3}}
