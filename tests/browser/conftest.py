"""Playwright keeps an event loop running in this process, which Django takes for asynchronous code."""

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def _allow_database_beside_the_browser() -> None:
    """Not undone at the end: the loop lives as long as the process, and so for the tests after these."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
