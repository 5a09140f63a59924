import pytest

from psqm_portal.core import events
from rounds.models import Kind, RoundTemplate, Season


@pytest.fixture
def template(db):
    def get(season: str = Season.AUTUMN, kind: str = Kind.STANDARD) -> RoundTemplate:
        return RoundTemplate.objects.get(season=season, kind=kind)

    return get


@pytest.fixture
def told():
    """Listens to an event for one test: ``heard = told("round.made")`` → [(subject, occasion), …]."""
    listening = []

    def listen(name: str) -> list:
        heard: list = []

        def handler(subject, occasion):
            heard.append((subject, occasion))

        events.on(name)(handler)
        listening.append((name, handler))
        return heard

    yield listen
    for name, handler in listening:
        events._handlers[name].remove(handler)
