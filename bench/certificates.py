"""Certificates: what a round's take in batches, on one core, beside a plain WeasyPrint loop in the same run.

    python -m bench.certificates    on its own; DATABASE_URL names an empty database, else SQLite in BENCH_DIR

The batch is what a worker does: rows taken up, laid out together by the program, kept one by one. The loop
lays out such pages one after the other, without database or storage. Prints one line of JSON.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import django

COUNT, LOOP = 600, 40
MOST_MS, MOST_KB = 40, 20
_NAMES = [
    "Oak Primary School",
    "St Cuthbert’s Catholic Primary School",
    "Ysgol Gynradd yr Ŵyddfa",
    "Kirkby Lonsdale St Mary’s Church of England Voluntary Aided Primary School",
]


@dataclass(frozen=True, slots=True)
class Each:
    """Of one certificate."""

    ms: float
    processor_ms: float


def measure(count: int) -> dict[str, Any]:
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    from awards.domain import certificates  # noqa: PLC0415 - as above
    from awards.models import Certificate  # noqa: PLC0415 - as above
    from psqm_portal.core import clock  # noqa: PLC0415 - as above

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    call_command("migrate", verbosity=0)
    _fill(count)
    loop = _loop()

    def batches() -> None:
        while certificates.make_waiting(clock=clock.now):
            pass

    batch = _timed(batches, count)
    sizes = list(Certificate.objects.values_list("file__size", flat=True))
    return {
        "count": len(sizes),
        "loop": asdict(loop),
        "batch": asdict(batch),
        "largest_kb": max(sizes) / 1000,
        "children_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def _fill(count: int) -> None:
    from awards.models import Award, Certificate  # noqa: PLC0415 - needs Django set up
    from tests import factories  # noqa: PLC0415 - as above

    cycle = factories.round_(name="Autumn 2026")
    levels = list(cycle.framework.levels.all())
    for number in range(count):
        work = factories.submission(cycle=cycle, parts=False)
        award = Award.objects.create(
            school=work.school,
            submission=work,
            round_name=str(cycle),
            number=f"PSQM-26A-{number + 1:04d}",
            school_name=f"{_NAMES[number % len(_NAMES)]} {number}",
            level=levels[number % len(levels)],
            awarded_on=date(2026, 11, 23),
            valid_until=date(2029, 11, 23),
        )
        Certificate.objects.create(award=award, asked_at=factories.NOW)


def _loop() -> Each:
    """As a program would do it that has only read WeasyPrint's first page."""
    import weasyprint  # noqa: PLC0415 - two seconds

    from awards.domain import certificates  # noqa: PLC0415 - needs Django set up
    from awards.models import Award  # noqa: PLC0415 - as above
    from psqm_portal.core import pdf, printing  # noqa: PLC0415 - as above
    from psqm_portal.core.certificates import html_of  # noqa: PLC0415 - as above

    awards = list(Award.objects.select_related("level").order_by("pk")[:LOOP])
    pages = [html_of("certificates/award.html", [sheet]) for sheet in certificates.sheets_of(awards)]
    fetcher = printing._fetcher(pdf._own_static_file)  # noqa: SLF001 - the same files, the same guard

    def one_by_one() -> None:
        for page in pages:
            fonts = weasyprint.text.fonts.FontConfiguration()
            faces = pdf._font_faces(page)  # noqa: SLF001 - as above
            style = weasyprint.CSS(
                string=faces, font_config=fonts, url_fetcher=fetcher, base_url=pdf.BASE_URL
            )
            html = weasyprint.HTML(string=page, base_url=pdf.BASE_URL, url_fetcher=fetcher)
            html.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")

    return _timed(one_by_one, len(pages))


def _timed(does: Callable[[], None], count: int) -> Each:
    began, used = time.perf_counter(), _processor()
    does()
    return Each(1000 * (time.perf_counter() - began) / count, 1000 * (_processor() - used) / count)


def _processor() -> float:
    """Seconds of this process and of those that it started."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def table(found: dict[str, Any]) -> str:
    loop, batch = found["loop"], found["batch"]
    ratio, kb = batch["ms"] / loop["ms"], found["largest_kb"]
    size = f"the largest {kb:.1f} kB, at most {MOST_KB}: {_verdict(kb <= MOST_KB)}"
    speed = f"at most {MOST_MS}: {_verdict(batch['ms'] <= MOST_MS)}   {ratio:.2f} × the loop"
    return "\n".join(
        [
            f"Certificates: {found['count']:,} on one core, each; in brackets its processor's time",
            f"  a plain WeasyPrint loop    {loop['ms']:>6.1f} ms ({loop['processor_ms']:.1f})",
            f"  a worker's batches         {batch['ms']:>6.1f} ms ({batch['processor_ms']:.1f}), {speed}",
            f"  {size}   the program's memory at its peak {found['children_mb']:,.0f} MB",
        ]
    )


def _verdict(is_met: bool) -> str:  # noqa: FBT001 - a word for a figure
    return "met" if is_met else "MISSED"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=COUNT)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    print(json.dumps(measure(asked.count)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
