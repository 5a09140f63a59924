"""How many queries a page costs by itself."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def count_of(client: Client, path: str) -> int:
    client.get(path)  # content types and the like are asked once per process
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200, path
    return len(asked)


def own_queries(client: Client, path: str) -> int:
    """What the page asks beyond what every signed-in page does (session, person, navigation)."""
    return count_of(client, path) - count_of(client, "/account/")
