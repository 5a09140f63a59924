"""Pages of reviews and outcomes: who opens them, what they cost, what they keep to themselves."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from awards.domain import certificates
from awards.domain.release_job import work
from awards.domain.releasing import GRACE
from awards.models import Award, Judgement, Release, Review
from messaging.models import Email
from psqm_portal.core.roles import Role
from submissions.models import Evidence, Part
from tests import factories
from tests.awards import helpers
from tests.awards.helpers import RELEASE_DAY
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sign_in(settings):
    settings.SECOND_FACTOR_REQUIRED = False

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def hq():
    return factories.hq()


def _people(made, hq):
    return {
        "hq": hq,
        "viewer": factories.hq(Role.HQ_VIEWER),
        "finance": factories.hq(Role.HQ_FINANCE),
        "leader": made.hub.memberships.get().user,
        "mentor": factories.hub_member(made.hub, Role.MENTOR),
        "subject_leader": made.school.memberships.get(role="subject leader").user,
        "headteacher": made.school.memberships.get(role="headteacher").user,
        "reviewer": helpers.reviews_of(made)[0].standing.user,
        "other_reviewer": helpers.reviews_of(made)[1].standing.user,
    }


def _pages(made):
    slug, review = made.round.slug, helpers.reviews_of(made)[0]
    return {
        "reviews": reverse("reviews"),
        "review": reverse("review", args=[review.pk]),
        "review_complete": reverse("review_complete", args=[review.pk]),
        "review_decline": reverse("review_decline", args=[review.pk]),
        "review_take_back": reverse("review_take_back", args=[review.pk]),
        "round_reviews": reverse("round_reviews", args=[slug]),
        "assign_reviewers": reverse("assign_reviewers", args=[slug, made.pk]),
        "declare_conflict": reverse("declare_conflict", args=[slug, made.pk]),
        "round_decisions": reverse("round_decisions", args=[slug]),
        "decide": reverse("decide", args=[slug, made.pk]),
        "undo_decision": reverse("undo_decision", args=[slug, made.pk]),
        "uphold_appeal": reverse("uphold_appeal", args=[slug, made.pk]),
        "round_release": reverse("round_release", args=[slug]),
        "award": reverse("award", args=[made.pk]),
    }


HQ_PAGES = [
    "assign_reviewers", "declare_conflict", "decide", "undo_decision", "uphold_appeal", "round_release",
]  # fmt: skip


def test_s01_who_opens_which_page(sign_in, hq):
    made = helpers.in_review(hq)
    people, pages = _people(made, hq), _pages(made)
    opens = {
        "reviews": {"leader", "reviewer", "other_reviewer"},
        "review": {"hq", "reviewer"},
        "review_complete": {"reviewer"},
        "review_decline": {"reviewer"},
        "review_take_back": {"hq"},
        "round_reviews": {"hq", "viewer"},
        "round_decisions": {"hq", "viewer"},
        "award": {"hq", "leader", "mentor", "subject_leader", "headteacher"},
        **{page: {"hq"} for page in HQ_PAGES},
    }
    for name, url in pages.items():
        seen = {who: sign_in(person).get(url).status_code for who, person in people.items()}
        assert {who for who, code in seen.items() if code == 200} == opens[name], name
        assert set(seen.values()) <= {200, 403, 404}, name


def test_s01_nobody_outside_hq_posts_to_hq_pages(sign_in, hq):
    made = helpers.decided(hq)
    people, pages = _people(made, hq), _pages(made)
    for who, person in people.items():
        if who == "hq":
            continue
        client = sign_in(person)
        for name in [*HQ_PAGES, "review_take_back"]:
            response = client.post(pages[name], {"reason": "x", "outcome": "not_yet", "reviewers": person.pk})
            assert response.status_code in {403, 404}, (who, name)
        response = client.post(reverse("decide_several", args=[made.round.slug]), {"submission": made.pk})
        assert response.status_code == 403
    made.refresh_from_db()
    assert made.status == "decided"


def test_a_visitor_who_isn_t_signed_in_is_sent_to_sign_in(client, hq):
    for url in _pages(helpers.in_review(hq)).values():
        assert client.get(url).status_code == 302


def test_the_reviewer_s_page_shows_the_frozen_work_and_no_newer_one(sign_in, hq):
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    Part.objects.filter(submission=made, kind="reflection").update(text="Changed afterwards")
    page = sign_in(review.standing.user).get(reverse("review", args=[review.pk])).content.decode()
    assert "What changed, and how we know." in page
    assert "Changed afterwards" not in page
    assert "It shows how pupils choose questions." in page
    assert "More enquiry" in page
    assert "Monday 1 March 2027" in page


def test_s35_withdrawn_evidence_shows_withdrawn(sign_in, hq):
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    piece = made.evidence.order_by("pk")[0]
    Evidence.objects.filter(pk=piece.pk).update(consent_withdrawn_at=NOW)
    page = sign_in(review.standing.user).get(reverse("review", args=[review.pk])).content.decode()
    assert piece.title not in page
    assert page.count("<strong>Withdrawn</strong>") == 1


def test_saving_never_asks_for_completeness_and_completing_does(sign_in, hq):
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    client, url = sign_in(review.standing.user), reverse("review", args=[review.pk])
    assert client.post(url, {"narrative": "Half"}).status_code == 302
    assert client.post(url, {"comment_a1": "Good", "verdict_a1": "met"}).status_code == 302
    review.refresh_from_db()
    assert review.narrative == "Half"
    assert Judgement.objects.get(review=review, criterion__code="A1").comment == "Good"
    saved = client.post(url, {"narrative": "Whole"}, headers={"Accept": "application/json"})
    assert saved.json()["said"] == "Saved at 9am"
    page = client.get(reverse("review_complete", args=[review.pk]))
    assert "Judge A2 Criterion 2." in page.content.decode()
    refused = client.post(reverse("review_complete", args=[review.pk]), follow=True)
    assert "Judge A2 Criterion 2." in refused.content.decode()
    review.refresh_from_db()
    assert review.status == "assigned"


def test_a_value_that_isn_t_ours_changes_nothing(sign_in, hq):
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    client, url = sign_in(review.standing.user), reverse("review", args=[review.pk])
    client.post(url, {"verdict_a1": "met", "comment_a1": "Good", "recommendation": "level"})
    client.post(
        url, {"verdict_a1": "superb", "comment_a1": "a\x00b", "recommendation": "gold", "status": "completed"}
    )
    review.refresh_from_db()
    assert (review.status, review.recommendation) == ("assigned", "level")
    judgement = Judgement.objects.get(review=review, criterion__code="A1")
    assert (judgement.verdict, judgement.comment) == ("met", "Good")


def test_the_reviewer_completes_through_the_pages(sign_in, hq):
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    client, url = sign_in(review.standing.user), reverse("review", args=[review.pk])
    given = {"recommendation": "level", "narrative": "Good."}
    for code in ("a1", "a2", "a3"):
        given |= {f"verdict_{code}": "met", f"comment_{code}": "Yes."}
    assert client.post(url, given | {"complete": "1"}).headers["Location"] == reverse(
        "review_complete", args=[review.pk]
    )
    done = client.post(reverse("review_complete", args=[review.pk]))
    assert "Review sent" in done.content.decode()
    review.refresh_from_db()
    assert review.status == "completed"
    assert client.get(url).status_code == 200
    client.post(url, {"narrative": "Other"})
    review.refresh_from_db()
    assert review.narrative == "Good."


def test_declining_ends_the_right_at_the_next_request(sign_in, hq):
    made = helpers.in_review(hq)
    review = helpers.reviews_of(made)[0]
    client = sign_in(review.standing.user)
    client.post(reverse("review_decline", args=[review.pk]), {"reason": "I worked there."})
    assert client.get(reverse("review", args=[review.pk])).status_code == 404
    assert hq.email in Email.objects.filter(template="awards/mail/review_declined").values_list(
        "to", flat=True
    )


def test_hq_assigns_by_hand_and_sees_who_can_t_be_chosen_and_why(sign_in, hq):
    made = helpers.submitted()
    one, two = helpers.reviewer("Ann Able"), helpers.reviewer("Bo Best")
    client, url = sign_in(hq), reverse("assign_reviewers", args=[made.round.slug, made.pk])
    page = client.get(url).content.decode()
    assert f"leads the hub {made.hub}" in page
    assert "0 of 2 agreed reviews in this round" in page
    leader = made.hub.memberships.get().user
    assert client.post(url, {"reviewers": [leader.pk, one.pk]}).status_code == 200
    short = client.post(url, {"reviewers": [one.pk]})
    assert "Choose 2 reviewers" in short.content.decode()
    assert client.post(url, {"reviewers": [one.pk, two.pk]}).status_code == 302
    made.refresh_from_db()
    assert made.status == "in_review"


def test_hq_decides_alone_and_together_and_releases(sign_in, hq):
    cycle = factories.round_()
    flagged = helpers.reviewed(hq, ("level", "not_yet"), cycle=cycle)
    clear = helpers.reviewed(hq, cycle=cycle)
    client, slug = sign_in(hq), cycle.slug
    together = reverse("decide_several", args=[slug])
    assert client.post(together, {"submission": ["²", "9" * 40, "x"]})["Location"].endswith("/decisions/")
    preview = client.post(together, {"submission": [flagged.pk, clear.pk]}).content.decode()
    assert f'name="submission" value="{clear.pk}"' in preview
    assert f'name="submission" value="{flagged.pk}"' not in preview
    client.post(together, {"submission": [flagged.pk, clear.pk], "confirm": "1"})
    alone = reverse("decide", args=[slug, flagged.pk])
    without = client.post(alone, {"outcome": "not_yet", "note": "", "moderation_note": ""})
    assert "Write a moderation note" in without.content.decode()
    client.post(alone, {"outcome": "not_yet", "note": "Nearly.", "moderation_note": "Settled."})
    for made in (flagged, clear):
        made.refresh_from_db()
        assert made.status == "decided"
    release = reverse("round_release", args=[slug])
    page = client.get(release).content.decode()
    assert "Tell 2 outcomes" in page
    assert "6 mails go to 6 people" in page
    Email.objects.all().delete()
    assert "write the reason" in client.post(release, {"when": "soon"}).content.decode()
    asked = client.post(release, {"when": "soon", "reason": "The ceremony is earlier."})
    assert Email.objects.count() == 0
    job = Release.objects.get()
    assert asked["Location"] == reverse("release", args=[slug, job.pk])
    work(job.pk, clock=lambda: NOW + GRACE)
    assert Email.objects.filter(template__startswith="awards/mail/released").count() == 6
    client.post(release, {"when": "soon", "reason": "Again."})
    assert Release.objects.count() == 1


def test_undo_and_appeal_pages(sign_in, hq):
    made = helpers.decided(hq)
    client = sign_in(hq)
    client.post(reverse("undo_decision", args=[made.round.slug, made.pk]), {"reason": "Look again."})
    made.refresh_from_db()
    assert made.status == "reviewed"
    told = helpers.released(hq)
    client.post(
        reverse("uphold_appeal", args=[told.round.slug, told.pk]),
        {"outcome": "not_yet", "note": "", "reason": "A wrong file."},
    )
    told.refresh_from_db()
    assert told.status == "decided"


def test_embargo_nobody_outside_hq_sees_an_outcome_before_its_release(sign_in, hq):
    """Every page and mail of school, hub and reviewers stays the same whatever HQ decides."""
    made = helpers.reviewed(hq)
    people = {who: user for who, user in _people(made, hq).items() if who not in {"hq", "viewer"}}
    pages = [*_pages(made).values(), reverse("certificate_check")]

    def all_seen() -> dict:
        return {
            (who, url): (
                response.status_code,
                b"outcome-secret" in response.content,
                b"Silver" in response.content,
            )
            for who, user in people.items()
            for url in pages
            for response in [sign_in(user).get(url)]
        }

    before, mails = all_seen(), Email.objects.count()
    from awards.domain.decisions import Choice, decide

    made = decide(Choice(made, made.target_level, "outcome-secret", "outcome-secret"), by=hq, now=NOW)
    assert all_seen() == before
    assert Email.objects.count() == mails
    assert not any(seen[1] for seen in before.values())


def test_after_release_the_school_reads_outcome_words_and_names(sign_in, hq):
    made = helpers.released(hq)
    head = made.school.memberships.get(role="headteacher").user
    url = reverse("award", args=[made.pk])
    page = sign_in(head).get(url).content.decode()
    award = Award.objects.get()
    assert award.number in page
    assert "Pupils ask their own questions in every class." in page
    assert "For HQ alone." not in page
    assert helpers.reviews_of(made)[0].standing.user.name in page
    assert "Being made" in page
    certificates.make(award.certificate.pk, now=RELEASE_DAY)
    page = sign_in(head).get(url).content.decode()
    assert f"Certificate {award.number}.pdf" in page
    made.round.names_reviewers = False
    made.round.save()
    page = sign_in(head).get(url).content.decode()
    assert helpers.reviews_of(made)[0].standing.user.name not in page


def test_after_an_upheld_appeal_the_school_reads_the_old_outcome_until_the_new_one_is_told(sign_in, hq):
    from awards.domain.decisions import Choice, uphold_appeal

    made = helpers.released(hq, level=None, note="Nearly.")
    head = made.school.memberships.get(role="headteacher").user
    uphold_appeal(Choice(made, made.target_level, "New words."), reason="x", by=hq, now=RELEASE_DAY)
    page = sign_in(head).get(reverse("award", args=[made.pk])).content.decode()
    assert "Your outcome: not yet" in page
    assert "New words." not in page
    assert "HQ is looking at this outcome again." in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("valid", "This award is valid."),
        ("expired", "This award has expired."),
        ("superseded", "This award was superseded by a newer one."),
        ("revoked", "This award was revoked and isn&#x27;t valid."),
    ],
)
def test_the_public_page_says_what_the_award_is_worth_and_names_nobody(client, hq, state, words):
    made = helpers.released(hq)
    award = Award.objects.get()
    if state in {"superseded", "revoked"}:
        Award.objects.update(status=state)
    day = RELEASE_DAY + timedelta(days=1200 if state == "expired" else 1)
    with time_machine.travel(day, tick=False):
        response = client.get(reverse("certificate", args=[award.number]))
    page = response.content.decode()
    assert words.replace("&#x27;", "'") in page.replace("&#x27;", "'")
    assert made.school.name in page
    for user in User.objects.all():
        assert user.name not in page
        assert user.email not in page


def test_typing_a_number(client, hq):
    helpers.released(hq)
    number = Award.objects.get().number
    check = reverse("certificate_check")
    assert client.get(check).status_code == 200
    found = client.get(check, {"number": f" {number.lower()} "})
    assert found.headers["Location"] == reverse("certificate", args=[number])
    assert "We know no certificate" in client.get(check, {"number": "PSQM-99X-0001"}).content.decode()
    assert client.get(reverse("certificate", args=["PSQM-99X-0001"])).status_code == 404


def test_hq_revokes_and_reissues_by_page_and_others_can_t(sign_in, hq):
    made = helpers.released(hq)
    award = Award.objects.get()
    revoke, reissue = (reverse(f"certificate_{what}", args=[award.number]) for what in ("revoke", "reissue"))
    outsider = sign_in(made.hub.memberships.get().user)
    for url in (revoke, reissue):
        assert outsider.get(url).status_code == 403
        assert outsider.post(url, {"reason": "x", "name": "y"}).status_code == 403
    client = sign_in(hq)
    assert client.get(revoke).status_code == client.get(reissue).status_code == 200
    client.post(reissue, {"name": "New Name", "reason": "Renamed."})
    client.post(revoke, {"reason": "By mistake."})
    award.refresh_from_db()
    assert (award.school_name, award.status, award.status_reason) == ("New Name", "revoked", "By mistake.")


def own_queries(client: Client, url: str) -> int:
    """What the page itself asks, without what every page of a signed-in person costs (menu, session)."""
    counts = []
    for one in (reverse("certificate_check"), url):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(one).status_code == 200
        counts.append(len(asked))
    return counts[1] - counts[0]


@pytest.mark.parametrize(
    ("name", "number"), [("round_reviews", 8), ("round_decisions", 9), ("round_release", 10), ("reviews", 2)]
)
def test_r24_lists_cost_the_same_for_1_3_and_10_rows(sign_in, hq, name, number):
    cycle, in_hub = factories.round_(framework=factories.framework(criteria=1, documents=0)), factories.hub()
    reviewers = [helpers.reviewer(), helpers.reviewer()]
    client = sign_in(reviewers[0] if name == "reviews" else hq)
    url = reverse(name, args=[] if name == "reviews" else [cycle.slug])
    make = {"round_decisions": helpers.reviewed, "round_release": helpers.decided}.get(
        name, helpers.in_review
    )
    rows = 0
    client.get(url)
    for wanted in (1, 3, 10):
        for _ in range(wanted - rows):
            make(hq, reviewers=reviewers, cycle=cycle, in_hub=in_hub)
        rows = wanted
        assert own_queries(client, url) == number


def test_r24_one_review_costs_the_same_for_3_and_12_criteria(sign_in, hq):
    for criteria in (3, 12):
        cycle = factories.round_(framework=factories.framework(criteria=criteria))
        made = helpers.in_review(hq, cycle=cycle)
        review = helpers.reviews_of(made)[0]
        client = sign_in(review.standing.user)
        client.get(reverse("reviews"))
        assert own_queries(client, reverse("review", args=[review.pk])) == 10


def test_r24_the_choice_of_reviewers_costs_the_same_for_3_and_12_people(sign_in, hq):
    made = helpers.submitted()
    client = sign_in(hq)
    url = reverse("assign_reviewers", args=[made.round.slug, made.pk])
    client.get(url)
    for people in (3, 9):
        for _ in range(people):
            helpers.reviewer()
        assert own_queries(client, url) == 9


def test_wrong_methods_are_refused(sign_in, hq):
    made = helpers.in_review(hq)
    client = sign_in(hq)
    assert client.get(reverse("decide_several", args=[made.round.slug])).status_code == 405
    for name in ("round_reviews", "round_decisions"):
        assert client.post(reverse(name, args=[made.round.slug])).status_code == 405
    assert client.delete(reverse("round_release", args=[made.round.slug])).status_code == 405
    assert Review.objects.filter(status="assigned").count() == 2
