from collections.abc import Iterator
from datetime import datetime

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from psqm_portal.demo.accounts import EMAILS
from psqm_portal.demo.story.telling import tell

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=timezone.get_default_timezone())


@pytest.fixture(scope="module")
def _story(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The small story, told once for a module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert tell(NOW, small=True)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def story(_story: None) -> Iterator[datetime]:
    """The told story, in the demonstration's settings; what a test changes is undone after it."""
    with (
        override_settings(
            INSTALLED_APPS=[*settings.INSTALLED_APPS, "psqm_portal.demo"],
            ROOT_URLCONF="tests.psqm_portal.demo.urls",
            SECOND_FACTOR_WAIVED=EMAILS,
        ),
        transaction.atomic(),
    ):
        yield NOW
        transaction.set_rollback(True)
