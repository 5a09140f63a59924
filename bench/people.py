"""Which pages are measured, and the session of a person who may see them."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import reverse

from accounts.models import User
from accounts.session_store import SessionStore
from bench import FLOOR_BACKEND
from bench.scale import ADMIN
from psqm_portal.core.roles import Role
from rounds.models import Round
from submissions.models import Submission
from submissions.queries import school_people


def session_of(user: User, backend: str = "") -> str:
    """As after a sign-in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend or settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def pages() -> dict[str, dict[str, str]]:
    """By name: path and session. One submission is a school's in its working year, seen by its leader."""
    person = User.objects.get(email=ADMIN)
    admin = session_of(person)
    newest = Round.objects.order_by("pk")[0]
    working = Submission.objects.filter(status=Submission.Status.ENROLLED, round=newest).order_by("pk")[0]
    leader = school_people(working, Role.SUBJECT_LEADER)[0]
    return {
        "floor": {"path": "/floor/", "session": session_of(person, FLOOR_BACKEND)},
        "list": {"path": reverse("submissions"), "session": admin},
        "one submission": {"path": reverse("submission", args=[working.pk]), "session": session_of(leader)},
        "round board": {"path": reverse("round_board", args=[newest.slug]), "session": admin},
    }
