"""The people of a journey. All but the first of HQ come in by the portal's own invitations."""

from dataclasses import dataclass, field
from functools import cached_property

from submissions.models import Submission
from tests.browser.person import Person
from tests.browser.stage import Stage


@dataclass
class Cast:
    stage: Stage
    school_name: str = "Ashbrook Primary School"
    round_name: str = "Autumn 2026"
    hub_name: str = "Chilterns"
    everybody: dict[str, Person] = field(default_factory=dict)

    def _person(self, name: str, email: str) -> Person:
        return self.everybody.setdefault(email, Person(self.stage, name, email))

    @cached_property
    def hq(self) -> Person:
        return self._person("Hope Quill", "hope@hq.example")

    @cached_property
    def finance(self) -> Person:
        return self._person("Fin Ledger", "fin@hq.example")

    @cached_property
    def hub_leader(self) -> Person:
        return self._person("Holly Baker", "holly@hub.example")

    @cached_property
    def reviewers(self) -> list[Person]:
        return [
            self._person("Ravi Menon", "ravi@fens.example"),
            self._person("Rosa Field", "rosa@wolds.example"),
        ]

    @cached_property
    def subject_leader(self) -> Person:
        return self._person("Sam O’Neill", "sam@ashbrook.example")

    @cached_property
    def headteacher(self) -> Person:
        return self._person("Hana Obi", "hana@ashbrook.example")

    @cached_property
    def visitor(self) -> Person:
        """Somebody without an account: the school before it takes part, or a parent with a certificate."""
        return self._person("", "")

    @property
    def submission(self) -> Submission:
        return Submission.objects.get(school__name=self.school_name)

    def page(self, rest: str = "") -> str:
        return f"/submissions/{self.submission.pk}/{rest}"
