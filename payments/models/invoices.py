from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from psqm_portal.core.models import StoredFile
from psqm_portal.core.money import MoneyField
from rounds.models import Round
from submissions.models import Submission


class Vat(models.TextChoices):
    EXEMPT = "exempt", "Exempt"
    OUTSIDE = "outside", "Outside the scope of VAT"
    STANDARD = "standard", "Standard rate"


class Fees(models.Model):
    """What a round costs a school (seed: £750, less for very small schools), and what its invoices say.

    Whether a school is very small can't be told until HQ sets the threshold (0: no school is), so an
    unset amount that an invoice would need holds that invoice back with a sentence that says so.
    """

    round = models.OneToOneField(Round, models.CASCADE, related_name="fees")
    standard = MoneyField(
        "fee of a school", null=True, blank=True, default=Decimal("750.00"), validators=[MinValueValidator(0)]
    )
    small_school_pupils = models.PositiveIntegerField(
        "a school is very small up to this many pupils",
        null=True,
        blank=True,
        help_text="Enter 0 if no school pays less for being very small",
    )
    small_school = MoneyField(
        "fee of a very small school", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    reaccreditation = MoneyField(
        "fee of a reaccreditation", null=True, blank=True, validators=[MinValueValidator(0)]
    )
    vat = models.CharField("VAT", max_length=10, choices=Vat, default=Vat.EXEMPT)
    vat_rate = models.DecimalField(
        "VAT rate",
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="In percent; 0 unless the standard rate applies",
    )
    sender = models.TextField(
        "who sends the invoice",
        default="Primary Science Quality Mark",
        help_text="Name and address, with the VAT number if there is one",
    )
    how_to_pay = models.TextField(
        "how to pay", blank=True, help_text="Printed on each invoice: who to pay, and where the money goes"
    )

    class Meta:
        verbose_name_plural = "fees"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=(Q(standard=None) | Q(standard__gte=0))
                & (Q(small_school=None) | Q(small_school__gte=0))
                & (Q(reaccreditation=None) | Q(reaccreditation__gte=0)),
                name="fees_not_negative",
                violation_error_message="A fee can't be less than £0",
            ),
            models.CheckConstraint(
                condition=Q(vat="standard", vat_rate__gt=0, vat_rate__lte=100)
                | (~Q(vat="standard") & Q(vat_rate=0)),
                name="fees_vat_rate_fits",
                violation_error_message=(
                    "The standard rate of VAT needs a rate over 0, exempt and outside the scope a rate of 0"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Fees of {self.round}"


class Invoice(models.Model):
    """Made at enrolment; gapless number and dates when issued, never edited after that.

    ``status`` is set by ``domain.invoice_machine`` alone. Amounts are the lines' and receipts' sums; the
    lines, sender and way to pay are written when it is issued and stay as they were. A deferred
    submission's invoice goes along with the work to the later round.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Held back"
        ISSUED = "issued", "Issued"
        PAID = "paid", "Paid"

    submission = models.OneToOneField(Submission, models.PROTECT, related_name="invoice")
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    number = models.CharField(max_length=20, unique=True, null=True, blank=True)
    payer_name = models.CharField(max_length=200)
    payer_address = models.TextField(blank=True)
    contact_name = models.CharField(max_length=150, blank=True)
    contact_email = models.EmailField(blank=True)
    order_number = models.CharField("order number", max_length=40, blank=True)
    sender = models.TextField(blank=True)
    how_to_pay = models.TextField(blank=True)
    total = MoneyField(default=Decimal(0))
    paid = MoneyField(default=Decimal(0))
    made_at = models.DateTimeField()
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    pdf = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    pdf_tries = models.PositiveSmallIntegerField(default=0)
    pdf_error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["status", "due_on"], name="invoice_due")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status="draft", number=None, issued_on=None, due_on=None)
                | (
                    ~Q(status="draft")
                    & Q(number__isnull=False, issued_on__isnull=False, due_on__isnull=False)
                ),
                name="invoice_issued_has_number",
            ),
            models.CheckConstraint(condition=Q(total__gte=0, paid__gte=0), name="invoice_not_negative"),
            models.CheckConstraint(
                condition=~Q(status="paid") | Q(paid__gte=F("total")), name="invoice_paid_in_full"
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"Invoice for {self.submission} (not issued)"

    def get_absolute_url(self) -> str:
        return reverse("invoice", args=[self.pk])

    @property
    def balance(self) -> Decimal:
        """What is still owed; negative when more came in than was asked for."""
        return self.total - self.paid

    @property
    def overpaid(self) -> Decimal:
        return max(self.paid - self.total, Decimal(0))


class InvoiceLine(models.Model):
    """What is charged; the amount, VAT treatment and rate stay as they were."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines")
    description = models.CharField(max_length=400)
    net = MoneyField()
    vat = models.CharField(max_length=10, choices=Vat)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)
    vat_amount = MoneyField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(net__gte=0, vat_amount__gte=0), name="line_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.description}: £{self.net}"

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat_amount


class Receipt(models.Model):
    """Money that came in for an invoice. ``key`` stands for "once": a form that is sent twice."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="receipts")
    amount = MoneyField(validators=[MinValueValidator(Decimal("0.01"))])
    received_on = models.DateField("received on")
    reference = models.CharField(max_length=100, blank=True)
    key = models.UUIDField(unique=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["received_on", "id"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_positive")]

    def __str__(self) -> str:
        return f"£{self.amount} for {self.invoice}"
