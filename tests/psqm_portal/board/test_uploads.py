"""HQ's page of upload limits, and what it tells of files that can't be found (R08)."""

import pytest

from psqm_portal.core.models import FileLimit, HistoryEntry, StoredFile
from tests import factories as make
from tests.support.world import build

pytestmark = pytest.mark.django_db
URL = "/upload-limits/"
LIMITS = {"image": 50, "pdf": 50, "word": 50, "excel": 50, "powerpoint": 50, "video": 200}


@pytest.fixture
def admin(client):
    person = make.hq()
    client.force_login(person)
    return person


def text(answer):
    return answer.content.decode()


def test_limits_are_data_with_a_history(client, admin):
    page = text(client.get(URL))
    assert 'name="video" value="200"' in page
    assert "None. We look for each file once a day." in page
    assert client.post(URL, {**LIMITS, "video": 300, "pdf": 20}).status_code == 302
    assert set(FileLimit.objects.values_list("kind", "megabytes")) == {("video", 300), ("pdf", 20)}
    entry = HistoryEntry.objects.get(machine="file_limits")
    assert (entry.by, entry.reason) == (admin, "pdf: 50 to 20 MB; video: 200 to 300 MB")
    client.post(URL, {**LIMITS, "video": 300, "pdf": 20})
    assert HistoryEntry.objects.filter(machine="file_limits").count() == 1
    assert "video: 200 to 300 MB" in text(client.get(URL))


@pytest.mark.parametrize("wrong", [{"video": 0}, {"video": 1001}, {"video": "many"}, {"pdf": ""}])
def test_a_limit_is_a_sensible_number(client, admin, wrong):
    assert "There is a problem" in text(client.post(URL, {**LIMITS, **wrong}))
    assert not FileLimit.objects.exists()


def test_it_is_found_from_the_rounds(client, admin):
    cycle = make.round_()
    for page in ("/rounds/", f"/rounds/{cycle.slug}/settings/"):
        assert f'href="{URL}"' in text(client.get(page))


def test_a_rounds_quota_is_a_setting_with_a_history(client, admin):
    cycle = make.round_()
    url = f"/rounds/{cycle.slug}/settings/"
    data = {
        "hub_capacity": 10, "reviews_per_submission": 2, "minimum_reviews": 2, "award_years": 3,
        "mentoring_hours": 4, "meetings_a_year": 2,
        "evidence_files": 100, "evidence_megabytes": 500, "names_reviewers": "on",
    }  # fmt: skip
    client.post(url, data)
    cycle.refresh_from_db()
    assert (cycle.evidence_files, cycle.evidence_megabytes) == (100, 500)
    assert "evidence_files: 300 to 100" in HistoryEntry.objects.get(machine="round").reason
    assert "Up to 100 files, 500 MB together" in text(client.get(f"/rounds/{cycle.slug}/"))
    assert "choose a number between 1 and 2,000" in text(client.post(url, {**data, "evidence_files": 5000}))


@pytest.mark.parametrize("many", [1, 3])
def test_r08_hq_reads_what_is_lost(client, admin, django_assert_num_queries, many):
    worlds = [build() for _ in range(many)]
    StoredFile.objects.filter(pk__in=[world.file.pk for world in worlds]).update(lost_at=make.NOW)
    with django_assert_num_queries(10):
        page = text(client.get(URL))
    for world in worlds:
        assert f'href="/submissions/{world.working.pk}/evidence/{world.piece.pk}/"' in page
    said = "1 file stands in the portal and isn’t" if many == 1 else "3 files stand in the portal and aren’t"
    assert said in page
