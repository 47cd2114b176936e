"""What a builder is told about a derivation besides the mathematics."""

from __future__ import annotations

from dataclasses import dataclass

from derivations.calculus.mean_field import MeanField
from derivations.calculus.model import Model, ModelError
from derivations.calculus.steps import Check, Derivation, Prose, Reading, Relation, Step
from derivations.evidence.drawing import Sizes


@dataclass(frozen=True)
class Brief:
    """Key, title, question, assumptions, small sizes to try it at, twins in ``impl``."""

    key: str
    title: str
    question: str
    assumptions: tuple[Prose, ...]
    sizes: Sizes
    twins: tuple[str, ...]

    def refuse_without_sizes(self, mean_field: MeanField) -> None:
        """Refuse a brief without the sizes by which joint states of the model are enumerated."""
        arrays = (v.array for v in mean_field.model.latent)
        needed = {s for a in arrays for e in (*a.sizes, a.states) for s in e.free_symbols}
        missing = sorted(needed - set(self.sizes), key=str)
        if missing:
            message = (
                f"{mean_field.model.name}: wanted small values for the sizes "
                f"{', '.join(map(str, missing))} to enumerate its states at, got "
                f"sizes={dict(self.sizes)}"
            )
            raise ModelError(message)

    def derivation(
        self,
        *,
        steps: tuple[Step, ...],
        results: tuple[Relation, ...],
        checks: tuple[Check, ...],
        sources: tuple[str, ...],
        model: Model | None = None,
        remarks: tuple[Prose, ...] = (),
        readings: tuple[Reading, ...] = (),
        meaning: Reading | None = None,
        names: tuple[Relation, ...] = (),
    ) -> Derivation:
        """Join the mathematics with what is known besides."""
        return Derivation(
            key=self.key,
            title=self.title,
            question=self.question,
            assumptions=self.assumptions,
            steps=steps,
            results=results,
            checks=checks,
            twins=self.twins,
            sources=sources,
            remarks=remarks,
            model=model,
            readings=readings,
            meaning=meaning,
            names=names,
        )
