"""Run with a deployment's settings: two schools' people, a file of each kind. Prints their ids as JSON."""

import io
import json
from collections.abc import Iterator
from typing import Any

import django

django.setup()

from allauth.account.models import EmailAddress  # noqa: E402 - models come after setup
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402

from accounts.models import User  # noqa: E402
from psqm_portal.core.files.storing import store_made  # noqa: E402
from submissions.models import Evidence, Submission  # noqa: E402
from tests import factories as make  # noqa: E402

PASSWORD = "three purple beakers"


def person(place: Any) -> str:
    made: User = make.member(place)
    made.set_password(PASSWORD)
    made.save()
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made.email


def files(submission: Submission) -> Iterator[dict[str, Any]]:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "purple").save(picture, "JPEG")
    contents = {"image": picture.getvalue(), "pdf": b"%PDF-1.7 made up", "word": b"PK\x03\x04 made up"}
    for kind, content in contents.items():
        stored = store_made(
            content, name=f"Our {kind}", kind=kind, owner=submission.files_owner, now=timezone.now()
        )
        Evidence.objects.create(
            submission=submission, kind="file", title=kind, file=stored,
            added_by=make.user(), added_at=timezone.now(),
        )  # fmt: skip
        yield {"kind": kind, "id": stored.pk, "name": stored.name, "key": stored.key, "hex": content.hex()}


if __name__ == "__main__":
    cycle, hub, school, neighbour = make.round_(), make.hub(), make.school(), make.school()
    submission = make.submission(cycle=cycle, place=school, in_hub=hub)
    made = {
        "leader": person(school),
        "neighbour": person(neighbour),
        "password": PASSWORD,
        "submission": submission.pk,
        "files": list(files(submission)),
    }
    print(json.dumps(made))  # noqa: T201 - read by the test that started this
