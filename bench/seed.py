"""Scale data: submissions in bulk, in every stage, each with 12 pieces of evidence and 3 reviews.

    python -m bench.seed --submissions 10000

Fills an empty, migrated database (DATABASE_URL, else SQLite in BENCH_DIR). People and schools are made up and
every file is a row without bytes. Reviews of work that isn't in review yet are ones that were taken back.
"""

import argparse
import os
import sys
import time

import django


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, default=1000)
    wanted: int = parser.parse_args().submissions
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    from bench.scale import Scale  # noqa: PLC0415 - needs Django set up
    from submissions.models import Submission  # noqa: PLC0415 - as above

    if Submission.objects.exists():
        sys.exit("There are submissions already: scale data goes into an empty database.")
    began = time.monotonic()
    scale = Scale(wanted)
    scale.make()
    scale.settle()
    print(f"{wanted:,} submissions in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
