"""The demonstration's import: a report that HQ can look at."""

from types import SimpleNamespace

import pytest

from psqm_portal.demo.story.register import import_register
from schools.models import RegisterImport, School
from tests import factories as make

pytestmark = pytest.mark.django_db


def test_the_demonstrations_import_leaves_schools_as_they_were() -> None:
    schools = [make.school(urn=f"99000{number}", phase=phase) for number, phase in enumerate(School.Phase)]
    import_register(SimpleNamespace(head_office=make.hq()), make.NOW)  # type: ignore[arg-type]
    register = RegisterImport.objects.get()
    assert register.counts["written"] == {"new": 1, "changed": len(schools), "successors": 0}
    for school in schools:
        before = (school.name, school.phase, school.is_open, school.pupils)
        school.refresh_from_db()
        assert (school.name, school.phase, school.is_open, school.pupils) == before
