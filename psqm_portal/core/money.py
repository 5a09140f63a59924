"""Pounds and pence: Decimal with two places, in fields and in sums."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

PENNY = Decimal("0.01")


def pounds(amount: Decimal | int | str) -> Decimal:
    return Decimal(amount).quantize(PENNY, rounding=ROUND_HALF_UP)


class MoneyField(models.DecimalField):
    """Up to £99,999,999.99."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 10)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)
