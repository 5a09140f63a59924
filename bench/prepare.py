"""A database of one size: made, migrated, filled; and who signs in to see which page of it.

python -m bench.prepare --submissions 1000     prints {"pages": …} as JSON, DATABASE_URL names the database
"""

import argparse
import json
import os

import django


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submissions", type=int, required=True)
    wanted: int = parser.parse_args().submissions
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up

    from bench.people import pages  # noqa: PLC0415 - as above
    from bench.scale import Scale  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    scale = Scale(wanted)
    scale.make()
    scale.settle()
    print(json.dumps(pages()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
