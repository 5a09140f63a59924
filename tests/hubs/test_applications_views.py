"""The applicant's pages behind the mailed link, and HQ's."""

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hubs.domain import applications as domain
from hubs.domain import judging
from hubs.models import CommitmentPoint, Hub, LeaderApplication, LeaderCriterion
from hubs.views import applications as views
from messaging.models import Email
from psqm_portal.core import clock
from psqm_portal.core.models import HistoryEntry
from tests import factories as make
from tests.hubs.test_applications import photo, ticks

pytestmark = pytest.mark.django_db
START = {"name": "Rosa Field", "email": "rosa@test.example"}
ABOUT = {
    "name": "Rosa Field",
    "phone": "01632 960001",
    "is_teacher": "False",
    "employer": "Field Training",
    "place": "Northmoor",
    "postcode": "nm12bc",
}


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet():
    cache.clear()


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def link() -> str:
    last = Email.objects.filter(secret=True).order_by("pk").last()
    assert last is not None
    return "/become-a-hub-leader/open/" + last.text.split("/become-a-hub-leader/open/")[1].split()[0]


@pytest.fixture
def mine(client) -> LeaderApplication:
    """Begun on the public page and opened by the mailed link, in ``client``."""
    client.post(reverse("become_hub_leader"), START)
    client.get(link())
    return LeaderApplication.objects.get()


def test_the_public_page_says_what_it_pays_and_what_we_look_for(client):
    page = text_of(client.get(reverse("become_hub_leader")))
    for words in ("£350.00 for each school", "£50.00 for each review", "£200.00 for each online", "CPD"):
        assert words in page
    for where in ("/", reverse("register")):
        assert reverse("become_hub_leader") in client.get(where).content.decode()


def test_the_links_token_stays_in_no_address(client):
    client.post(reverse("become_hub_leader"), START)
    opened = client.get(link())
    assert (opened.status_code, opened["Location"]) == (302, reverse("my_application"))
    page = client.get(reverse("my_application"))
    assert "Rosa Field" in text_of(page)
    assert "no-store" in page["Cache-Control"]


def test_a_session_ends_with_its_link(client, mine, monkeypatch):
    ends = LeaderApplication.objects.get().link_ends_at
    monkeypatch.setattr(views, "now", lambda: ends)
    answer = client.get(reverse("my_application"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("application_link_again"))


def test_s10_every_address_gets_the_same_answer(client, mine):
    answers = [
        client.post(reverse("application_link_again"), {"email": email})
        for email in ("rosa@test.example", "nobody@test.example")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, reverse("application_link_sent"))
    ] * 2
    again = client.post(reverse("become_hub_leader"), START)
    new = client.post(reverse("become_hub_leader"), {**START, "email": "new@test.example"})
    assert (again.status_code, again["Location"]) == (new.status_code, new["Location"])


def test_s21_mails_are_asked_for_only_so_often(client, monkeypatch):
    monkeypatch.setattr(views, "MOST_TO_ONE", 2)
    monkeypatch.setattr(views, "MOST_ASKED", 4)
    for _ in range(4):
        assert client.post(reverse("become_hub_leader"), START).status_code == 302
    assert Email.objects.count() == 2
    assert "too often" in text_of(client.post(reverse("become_hub_leader"), START))


def test_a_robot_fills_what_people_dont_see(client):
    client.post(reverse("become_hub_leader"), {**START, "website": "https://spam.example"})
    assert not LeaderApplication.objects.exists()


@pytest.mark.parametrize("name", ["Win at https://spam.example", "www.spam.example"])
def test_s24_a_name_holds_no_link(client, name):
    answer = client.post(reverse("become_hub_leader"), {**START, "name": name})
    assert "Leave web addresses out" in text_of(answer)
    assert not Email.objects.exists()


def test_an_unknown_link_offers_a_new_one(client):
    answer = client.get(reverse("application_open", args=["unknown"]))
    assert answer.status_code == 404
    assert "This link doesn’t work any more" in text_of(answer)


def test_about_is_saved_as_far_as_it_goes(client, mine):
    client.post(reverse("application_about"), {"name": "Rosa Field", "phone": "01632 960001"})
    mine.refresh_from_db()
    assert (mine.phone, mine.is_teacher, mine.place) == ("01632 960001", None, "")
    client.post(reverse("application_about"), ABOUT)
    mine.refresh_from_db()
    assert (mine.is_teacher, mine.postcode) == (False, "NM1 2BC")


def test_a_teacher_finds_their_school(client, mine):
    school = make.school(name="Oak Primary School", town="Northmoor", postcode="NM1 2BC")
    answer = client.post(reverse("application_about"), {**ABOUT, "is_teacher": "True"})
    assert answer["Location"] == reverse("application_school")
    page = client.get(reverse("application_school"), {"q": "oak primary"})
    assert 'Oak Primary School, Northmoor <span class="app-nowrap">NM1 2BC' in text_of(page)
    client.post(reverse("application_school"), {"school": school.pk})
    mine.refresh_from_db()
    assert (mine.school, mine.employer) == (school, "Oak Primary School")
    assert "7. Have completed the PSQM award" in text_of(client.get(reverse("my_application")))


def test_a_criterion_with_its_suggestions_words_and_files(client, mine):
    url = reverse("application_criterion", args=[2])
    assert "Signed letter from your headteacher" in text_of(client.get(url))
    answer = client.post(url, {"text": "Years 2 and 5.", "attachments": [photo(), photo("two.png")]})
    assert answer["Location"] == reverse("my_application")
    given = mine.answers.get()
    assert (given.text, given.files.count()) == ("Years 2 and 5.", 1)  # the same bytes are one file
    file = given.files.get()
    page = text_of(client.get(url))
    assert "Files you have added" in page
    client.post(reverse("application_file_remove", args=[file.pk]))
    assert given.files.count() == 0


def test_a_bad_file_loses_no_words(client, mine):
    url = reverse("application_criterion", args=[2])
    bad = SimpleUploadedFile("virus.exe", b"MZ" + b"0" * 100)
    answer = client.post(url, {"text": "Years 2 and 5.", "attachments": [bad]}, follow=True)
    page = text_of(answer)
    assert "The file virus.exe can&#x27;t be used. Upload a photo, PDF or Office file." in page
    assert "Years 2 and 5.</textarea>" in page
    assert mine.answers.get().text == "Years 2 and 5."


def test_somebody_elses_file_isnt_removed(client, mine):
    other = make.application()
    criterion = LeaderCriterion.objects.get(number=1)
    file = domain.add_file(other, criterion, photo(), now=clock.now())
    assert client.post(reverse("application_file_remove", args=[file.pk])).status_code == 404


def test_two_tabs_show_both(client, mine):
    url = reverse("application_criterion", args=[1])
    page = client.get(url).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    client.post(url, {"text": "From one tab.", "seen": seen[1]})
    answer = client.post(url, {"text": "From the other.", "seen": seen[1]})
    assert answer.status_code == 409
    assert "From one tab." in text_of(answer)
    assert "From the other.</textarea>" in text_of(answer)
    assert mine.answers.get().text == "From one tab."


def test_save_and_come_back_mails_a_fresh_link(client, mine):
    old = link()
    answer = client.post(reverse("application_criterion", args=[1]), {"text": "So far.", "later": "1"})
    assert answer["Location"] == reverse("application_link_sent")
    assert client.get(reverse("my_application"))["Location"] == reverse("application_link_again")
    assert client.get(old).status_code == 404
    client.get(link())
    assert "So far." in text_of(client.get(reverse("application_criterion", args=[1])))


def fill(client) -> None:
    client.post(reverse("application_about"), ABOUT)
    for number in range(1, 6):
        client.post(reverse("application_criterion", args=[number]), {"text": f"Words at {number}."})
    client.post(
        reverse("application_criterion", args=[6]),
        {name: "on" for name, on in ticks(all_but=5).items() if on},
    )


def test_missing_things_are_named_before_sending(client, mine):
    client.post(reverse("application_about"), ABOUT)
    page = text_of(client.get(reverse("application_check")))
    assert "Write something, or add a file, at number 1" in page
    assert "Send your application" not in page
    assert "Something is still missing." in text_of(client.post(reverse("application_check")))


def test_sent_it_can_be_read_and_withdrawn(client, mine):
    fill(client)
    client.post(reverse("application_check"))
    page = text_of(client.get(reverse("my_application")))
    assert "We have it, and read it." in page
    assert "Words at 3." in page
    assert client.get(reverse("application_criterion", args=[1]))["Location"] == reverse("my_application")
    assert client.get(reverse("application_about"))["Location"] == reverse("my_application")
    client.post(reverse("application_withdraw"))
    assert "You have withdrawn" in text_of(client.get(reverse("my_application")))


def test_s22_what_is_typed_is_shown_as_text(client, mine):
    client.post(reverse("application_criterion", args=[1]), {"text": "<script>alert(1)</script>"})
    page = client.get(reverse("application_check")).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


# HQ


@pytest.fixture
def hq(client, mine):
    """The application of ``mine`` is sent; ``client`` is HQ's from here on."""
    fill(client)
    client.post(reverse("application_check"))
    person = make.hq()
    client.force_login(person)
    return person


def test_hq_is_led_from_home_to_list_to_one(client, hq, mine):
    assert "1 hub leader application to read" in text_of(client.get("/"))
    page = text_of(client.get(reverse("leader_applications")))
    assert "Rosa Field" in page
    assert "All (1)" in page
    assert "Words at 4." in text_of(client.get(reverse("leader_application", args=[mine.pk])))


def test_what_is_only_begun_isnt_hqs(client):
    draft = make.application()
    client.force_login(make.hq())
    assert client.get(reverse("leader_application", args=[draft.pk])).status_code == 404
    assert draft.name not in text_of(client.get(reverse("leader_applications"), {"status": ""}))


def test_two_of_hq_judge_one_thing(client, hq, mine):
    page = client.get(reverse("leader_application", args=[mine.pk])).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    url = reverse("leader_application_judge", args=[mine.pk, 1])
    answer = mine.answers.get(criterion__number=1)
    judging.judge(answer, judgement="met", note="", by=make.hq(), now=clock.now())
    conflict = client.post(url, {"judgement": "not_met", "judgement_note": "", "seen": seen[1]})
    assert conflict.status_code == 409
    assert "Somebody saved this while you were writing" in text_of(conflict)


def test_asking_answering_and_accepting(client, hq, mine):
    for number in range(1, 7):
        answered = client.post(
            reverse("leader_application_judge", args=[mine.pk, number]),
            {"judgement": "more" if number == 2 else "met", "judgement_note": "Which years?" * (number == 2)},
        )
        assert answered.status_code == 302
    assert "Which years?" in text_of(client.get(reverse("leader_application_ask", args=[mine.pk])))
    client.post(reverse("leader_application_ask", args=[mine.pk]), {"words": ""})
    applicant = type(client)()
    applicant.get(link())
    page = text_of(applicant.get(reverse("my_application")))
    assert "We ask for more" in page
    assert "Nothing to do" in page
    applicant.post(reverse("application_criterion", args=[2]), {"text": "Years 2 and 5."})
    applicant.post(reverse("application_check"))
    read = text_of(client.get(reverse("leader_application", args=[mine.pk])))
    assert "Changed since you asked for more." in read
    client.post(reverse("leader_application_judge", args=[mine.pk, 2]), {"judgement": "met"})
    page = client.get(reverse("leader_application_accept", args=[mine.pk])).content.decode()
    assert "Why you accept" not in page
    answer = client.post(
        reverse("leader_application_accept", args=[mine.pk]),
        {"which": "new", "name": "Northmoor", "place": "Northmoor", "postcode": "nm12bc"},
    )
    assert answer.status_code == 302
    assert Hub.objects.get().postcode == "NM1 2BC"
    assert "We have accepted your application" in text_of(applicant.get(reverse("my_application")))
    late = client.get(reverse("leader_application_decline", args=[mine.pk]), follow=True)
    assert "This has been done already." in text_of(late)


def test_a_hub_needs_a_name_of_its_own(client, hq, mine):
    make.hub(name="Downs")
    url = reverse("leader_application_accept", args=[mine.pk])
    given = {"which": "new", "place": "Northmoor", "postcode": "", "reason": "We know her."}
    Hub.objects.update(slug="downs")
    for name, words in [
        ("", "Enter the name of the new hub"),
        ("new", "told from another hub’s"),
        ("Downs", "told from another hub’s"),
    ]:
        assert words in text_of(client.post(url, {**given, "name": name}))
    assert "Choose the hub" in text_of(client.post(url, {**given, "which": "known"}))
    assert Hub.objects.count() == 1


def test_declining_tells_the_applicant_why(client, hq, mine):
    client.post(reverse("leader_application_decline", args=[mine.pk]), {"reason": "There are hubs enough."})
    applicant = type(client)()
    domain.send_link(mine.email, now=clock.now())
    applicant.get(link())
    assert "There are hubs enough." in text_of(applicant.get(reverse("my_application")))


@pytest.mark.parametrize("rows", [10, 60])
def test_r24_the_list_costs_the_same_however_long(client, rows, django_assert_num_queries):
    for number in range(rows):
        make.hub(name=f"Place {number}", easting=400_000 + number, northing=300_000)
        make.application(status="sent", easting=400_000, northing=300_000)
    client.force_login(make.hq())
    client.get(reverse("leader_applications"))
    with django_assert_num_queries(11):
        page = text_of(client.get(reverse("leader_applications")))
    assert "Place 0 (0&nbsp;miles)" in page


def test_hq_keeps_the_words(client):
    hq = make.hq()
    client.force_login(hq)
    url = reverse("leader_specification")
    form = client.get(url).context["form"]
    given = {name: value for name, value in form.initial.items() if value not in {False, ""}}
    first = LeaderCriterion.objects.get(number=1)
    given[f"text_{first.pk}"] = "Has led training"
    assert client.post(url, given).status_code == 302
    first.refresh_from_db()
    assert first.text == "Has led training"
    assert CommitmentPoint.objects.filter(is_recommended_only=True).count() == 1
    changed = HistoryEntry.objects.filter(machine="leader_specification")
    assert [(one.action, one.target, one.by) for one in changed] == [("change_criterion", "number 1", hq)]


@pytest.mark.parametrize(("most", "when"), [("MOST_UPLOADS", "in an hour"), ("MOST_IN_A_DAY", "tomorrow")])
def test_s21_only_so_many_files_come_from_one_line(client, mine, monkeypatch, most, when):
    monkeypatch.setattr(views, most, 1)
    url = reverse("application_criterion", args=[2])
    for name in ("one.png", "two.png"):
        client.post(url, {"text": "Words.", "attachments": [photo(name)], "upload": "1"})
    assert f"Try again {when}" in text_of(client.get(url))
    assert mine.answers.get(criterion__number=2).files.count() == 1
