"""The run as a table, and beside quality.md's targets."""

from typing import Any

# Page: (queries, times the floor). Growth and memory hold for all.
TARGETS = {"list": (12, 5.0), "one submission": (15, 4.0), "round board": (12, 5.0)}
GROWTH, MEMORY_MB = 1.3, 150

HEAD = (
    f"{'submissions':>11}  {'page':<15}{'conn':>5}{'queries':>9}{'instances':>11}{'db ms':>8}{'kB':>7}"
    f"{'p50 ms':>9}{'p95 ms':>9}{'req/s':>8}{'× floor':>9}"
)


def table(runs: list[dict[str, Any]]) -> str:
    lines = [HEAD, "-" * len(HEAD)]
    for run in runs:
        for name, page in {"floor": run["floor"], **run["pages"]}.items():
            lines += [
                _line(run, name, page, cell, floor)
                for cell, floor in zip(page["cells"], run["floor"]["cells"], strict=True)
            ]
        memory = f"{run['memory_mb']:.0f} MB" if run["memory_mb"] else "not known"
        lines.append(
            f"{'':>11}  larger worker {memory}; floor moved by {run['drift']:.0%};"
            f" filled in {run['seed_seconds']:.0f} s\n"
        )
    return "\n".join(lines)


def _line(
    run: dict[str, Any], name: str, page: dict[str, Any], cell: dict[str, Any], floor: dict[str, Any]
) -> str:
    return (
        f"{run['submissions']:>11,}  {name:<15}{cell['connections']:>5}{page['queries']:>9}"
        f"{page['instances']:>11}{page['database_ms']:>8.1f}{page['kb']:>7.0f}{cell['p50_ms']:>9.1f}{cell['p95_ms']:>9.1f}"
        f"{cell['per_second']:>8.1f}{cell['p50_ms'] / floor['p50_ms']:>9.1f}"
    )


def targets(runs: list[dict[str, Any]]) -> str:
    """Each target of quality.md with the worst figure over all sizes, at one connection."""
    lines = ["Targets (worst over all sizes, one connection)"]
    for name, (queries, times) in TARGETS.items():
        pages = [(run, run["pages"][name]) for run in runs if name in run["pages"]]
        if not pages:
            continue
        p50s = [page["cells"][0]["p50_ms"] for _, page in pages]
        ratio = max(page["cells"][0]["p50_ms"] / run["floor"]["cells"][0]["p50_ms"] for run, page in pages)
        lines.append(_target(f"{name}: queries", max(page["queries"] for _, page in pages), queries, "d"))
        lines.append(_target(f"{name}: times the floor", ratio, times, ".1f"))
        if len(p50s) > 1:
            growth = p50s[-1] / p50s[0]
            lines.append(_target(f"{name}: growth, smallest to largest", growth, GROWTH, ".2f"))
    memory = [run["memory_mb"] for run in runs if run["memory_mb"]]
    if memory:
        lines.append(_target("worker memory, MB", max(memory), MEMORY_MB, ".0f"))
    return "\n".join(lines)


def _target(what: str, figure: float, limit: float, shape: str) -> str:
    word = "met" if figure <= limit else "MISSED"
    return f"  {what:<45}{figure:>8{shape}}  at most {limit:<6g}{word}"
