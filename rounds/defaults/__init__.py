"""What a new portal starts with. All of it is data that HQ changes; installing twice changes nothing.

``get_model`` is ``apps.get_model``, of today's models or of a migration's: nothing here imports a model.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rounds.defaults.calendar import TEMPLATES, Months

GetModel = Callable[[str, str], Any]

# Strands, criteria with a description for each level (lowest first) and core documents, in our own words.
TEXTS: dict[str, Any] = json.loads(Path(__file__).with_name("framework.json").read_text(encoding="utf-8"))

LEVELS = ("Bronze", "Silver", "Gold")
OUTREACH_LEVELS = ("PSQM", "Gilt", "Outreach")
OFFSETS = (-28, -14, -7, -1, 0, 3, 10)


def install(get_model: GetModel) -> None:
    default = install_framework(get_model, "PSQM", LEVELS, is_active=True)
    install_framework(get_model, "PSQM, Gilt, Outreach", OUTREACH_LEVELS, is_active=False)
    for (season, kind), milestones in TEMPLATES.items():
        install_template(get_model, default, season, kind, milestones)
    install_reminder_rules(get_model)


def install_framework(get_model: GetModel, name: str, levels: tuple[str, ...], *, is_active: bool) -> Any:
    framework, made = get_model("rounds", "Framework").objects.get_or_create(
        name=name, version=1, defaults={"is_active": is_active}
    )
    if not made:
        return framework
    level_model, descriptor, document = (
        get_model("rounds", name) for name in ("Level", "Descriptor", "CoreDocument")
    )
    level_rows = level_model.objects.bulk_create(
        level_model(framework=framework, name=level, rank=rank, audit_rating=rank)
        for rank, level in enumerate(levels, start=1)
    )
    strands = {
        letter: get_model("rounds", "Strand").objects.create(framework=framework, letter=letter, title=title)
        for letter, title in TEXTS["strands"].items()
    }
    for text in TEXTS["criteria"]:
        criterion = get_model("rounds", "Criterion").objects.create(
            strand=strands[text["code"][0]], code=text["code"], title=text["title"], guidance=text["guidance"]
        )
        descriptor.objects.bulk_create(
            descriptor(criterion=criterion, level=level, text=words)
            for level, words in zip(level_rows, text["descriptors"], strict=True)
        )
    document.objects.bulk_create(
        document(framework=framework, position=position, **words)
        for position, words in enumerate(TEXTS["core_documents"], start=1)
    )
    return framework


def install_template(
    get_model: GetModel, framework: Any, season: str, kind: str, milestones: tuple[Months, ...]
) -> None:
    template, made = get_model("rounds", "RoundTemplate").objects.get_or_create(
        season=season, kind=kind, defaults={"framework": framework}
    )
    if not made:
        return
    milestone = get_model("rounds", "TemplateMilestone")
    milestone.objects.bulk_create(
        milestone(
            template=template,
            step=row.step,
            audience=row.audience,
            label=row.label,
            first_month=row.first,
            last_month=row.last,
            opens_day=row.opens_day,
            due_day=row.due_day,
            days_before_close=row.days_before_close,
        )
        for row in milestones
    )


def install_reminder_rules(get_model: GetModel) -> None:
    rule = get_model("rounds", "ReminderRule")
    rule.objects.bulk_create(
        (
            rule(audience=audience, step="", offset=offset, copies_hub_leader=audience == "school")
            for audience in ("school", "hub_leader", "hq")
            for offset in OFFSETS
        ),
        ignore_conflicts=True,
    )
