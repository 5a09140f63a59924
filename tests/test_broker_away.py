"""R13, the mechanism: a broker that's away takes nothing from a page; the row waits for the sweep."""

from unittest.mock import patch

import pytest
from kombu.exceptions import OperationalError

from messaging.domain.mail import record
from messaging.models import Email
from tests import factories as make


@pytest.mark.django_db(transaction=True)
def test_r13_a_mail_is_written_though_the_broker_is_away() -> None:
    email = Email(
        template="t", to="a@test.example", subject="s", text="t", try_at=make.NOW, written_at=make.NOW
    )
    with patch("psqm_portal.celery.PortalTask.apply_async", side_effect=OperationalError("away")) as asked:
        record(email)
    assert asked.call_count == 1
    assert Email.objects.get().state == "waiting"
