"""What awards add to the pages of apps below: a school's awards, for its people and HQ's admins."""

from typing import Any, cast

from django.http import HttpRequest

from accounts.models import User
from awards.queries import awards_visible_to
from psqm_portal.core.clock import london_day, now
from schools.models import School
from schools.registers import school_sections


def awards_of_school(request: HttpRequest, school: School) -> tuple[str, dict[str, Any]] | None:
    """The newest first."""
    user = cast(User, request.user)
    awards = awards_visible_to(user).filter(school=school).select_related("level", "submission__hub")
    today = london_day(now())
    rows = [
        {
            "award": award,
            "standing": award.standing_on(today),
            "hub": award.submission.hub if award.submission else award.hub_name,
        }
        for award in awards.order_by("-awarded_on", "-pk")
    ]
    if not rows:
        return None
    return "awards/past/_school_awards.html", {"rows": rows, "knows_hubs": any(row["hub"] for row in rows)}


if awards_of_school not in school_sections:
    school_sections.append(awards_of_school)
