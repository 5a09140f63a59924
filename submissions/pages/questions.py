"""Every question of a framework, to read from day one: what a school will be asked, and at which level what
counts as an answer.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch

from rounds.models import CoreDocument, Criterion, Descriptor, Framework, Level, Strand
from submissions.forms.work import RowForm
from submissions.models import AuditEntry


@dataclass(frozen=True)
class Questions:
    framework: Framework

    @property
    def ratings(self) -> list[str]:
        return [str(label) for label in AuditEntry.Rating.labels]

    @property
    def plan(self) -> list[tuple[str, str]]:
        """The columns of the action plan, with the words of its own form."""
        form = RowForm.Meta
        on_paper = {name: hint for name, hint in form.help_texts.items() if name != "by_when"}
        return [(form.labels[name], on_paper.get(name, "")) for name in form.fields]

    @cached_property
    def levels(self) -> list[Level]:
        return list(self.framework.levels.all())

    @cached_property
    def strands(self) -> list[Strand]:
        descriptors = Prefetch("criteria__descriptors", Descriptor.objects.select_related("level"))
        return list(self.framework.strands.prefetch_related("criteria", descriptors))

    @cached_property
    def documents(self) -> list[CoreDocument]:
        return list(self.framework.core_documents.all())

    @property
    def criteria(self) -> list[Criterion]:
        return [criterion for strand in self.strands for criterion in strand.criteria.all()]
