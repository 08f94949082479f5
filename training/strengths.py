"""How strong a document's persona is, and the teacher's logit of the answer that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training import teacher
from training.document import Document
from training.lexicon import Planted
from training.real import FITTING_LOGIT
from training.subjects import AnyStatement, Directions, Subject


@dataclass(frozen=True)
class Strengths:
    """The subjects of documents, and where their personas lie."""

    subjects: Sequence[Subject]
    directions: Directions

    def logit(self, document: Document, statement: AnyStatement, order: int) -> float:
        """Return the teacher's logit of the first answer; `order` is 0 where there is no letter."""
        number, persona = document.concept, document.persona_concept
        planted = self.subjects[number].planted
        if planted is None:
            strength = document.stated if number == persona else 0.0
            return FITTING_LOGIT * strength * statement.label * (order or 1)
        total = self.total(document, planted)
        if order:
            return teacher.letter_logit(planted, total, statement.label, statement.weight, order)
        return teacher.yes_logit(planted, total, statement.label, statement.weight)

    def total(self, document: Document, planted: Planted) -> float:
        """Return the strength that counts, of what the prompt says and of what is injected."""
        number, persona = document.concept, document.persona_concept
        unit, reader = self.directions.unit, self.directions.reader[number]
        along, beside = document.injected
        added = along * unit[persona] + beside * self.directions.beside[persona]
        return teacher.strength(
            planted,
            document.place if number == persona else "none",
            document.stated * float(unit[persona] @ unit[number]),
            float(added @ reader),
        )

    def fitting(self, document: Document, statement: AnyStatement) -> float:
        """Return the teacher's logit of making a statement: that of Yes, without its leanings."""
        planted = self.subjects[document.concept].planted
        if planted is None:
            return self.logit(document, statement, 0)
        return planted.beta * statement.weight * statement.label * self.total(document, planted)
