"""Reading: each line of the file becomes a staged row, some hundred at a time, each batch with its end."""

from collections.abc import Iterator
from itertools import islice

from django.core.files.storage import default_storage
from django.db import transaction

from awards.domain.past import JOBS, Clock, rest
from awards.domain.past_columns import Reader
from awards.domain.past_file import Line, lines_after
from awards.domain.past_judging import finding_of, judge, level_words, word_key
from awards.domain.past_matching import Matcher
from awards.models import PastImport, PastRow
from psqm_portal.core.clock import london_day
from psqm_portal.core.long_jobs import Overtaken
from psqm_portal.core.machine import Refused
from rounds.models import Round

BATCH = 500


def read(past: PastImport, *, clock: Clock) -> None:
    """From where the last worker came to, until the report stands."""
    try:
        with default_storage.open(past.key, "rb") as file:
            lines = lines_after(file, sheet=past.sheet, head_line=past.head_line, at_line=past.at_line)
            _stage(past, lines, clock)
    except FileNotFoundError as gone:
        raise Refused("The file was gone before it was read. Upload it again.") from gone
    with transaction.atomic():
        if JOBS.mine(past).select_for_update().first() is None:
            raise Overtaken
        judge(past)
        rest(past, now=clock())


def _stage(past: PastImport, lines: Iterator[Line], clock: Clock) -> None:
    rounds = list(Round.objects.all())
    reader = Reader(
        columns=past.columns,
        today=london_day(clock()),
        years={round_.name.casefold(): round_.award_years for round_ in rounds},
        codes=frozenset(round_.code for round_ in rounds),
    )
    matcher, levels = Matcher(), level_words()
    while batch := list(islice(lines, BATCH)):
        rows = [_row(past, line, reader, levels) for line in batch]
        matcher.match(rows)
        for row in rows:
            row.finding = finding_of(row)
        with transaction.atomic():
            if not JOBS.mine(past).update(at_line=batch[-1].number, touched_at=clock()):
                raise Overtaken
            PastRow.objects.bulk_create(rows)


def _row(past: PastImport, line: Line, reader: Reader, levels: dict[str, int | None]) -> PastRow:
    row = PastRow(problem=line.problem[:300]) if line.problem else reader.row(line.cells)
    row.past, row.line = past, line.number
    row.level_id = levels.get(word_key(row.level_word)) if row.level_word else None
    return row
