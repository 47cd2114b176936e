"""The graph of a model and its log joint, abstract and expanded."""

from __future__ import annotations

from sympy import Expr, exp, log

from derivations.calculus.expressions import Array, Density, Slice
from derivations.calculus.model import Model, states_spelled_out
from derivations.calculus.normal_form import collect
from derivations.calculus.steps import Derivation, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.dependence import edges_are_dependences
from derivations.evidence.enumeration import equals_literal_log_joint
from derivations.evidence.equality import enclosure, proof

FACTORIZE = Rule(
    "directed factorization",
    "The joint density is the product of each variable's density given its parents.",
    "bishop2006, sec. 8.1",
)
LOG_OF_PRODUCT = Rule("log of a product", "The log of a product is the sum of the logs.")
NAME_SELECTION = Rule(
    "name the selected parent",
    "A parent chosen by other variables is named by an index; the indicator says which it is.",
)
INSERT = Rule("insert the densities", "Each log density is written out in its family's form.")
SPELL_OUT = Rule(
    "spell out the states",
    "An indicator of several variables is the sum, over their states, of the product of one "
    "indicator each.",
)
ELIMINATE = Rule(
    "eliminate indicators",
    "A sum over an index that an indicator fixes is its body at that value, which is proved to "
    "lie in the index's range; sums over products come apart into terms.",
)


def joint_density(model: Model) -> Density:
    """Return ``p(all variables | all hyperparameters)``."""
    ordered = [v for v in model.variables if v.observed] + list(model.latent)
    given: dict[Array, None] = {}
    for variable in model.variables:
        given |= dict.fromkeys(model.hyperparameters(variable))
    values = tuple(Slice(v.array) for v in ordered)
    return Density("p", values, tuple(Slice(a) for a in given))


def graph(brief: Brief, model: Model) -> Derivation:
    """Derive the factorization that the declared model's graph stands for."""
    relation = Relation(joint_density(model), model.factorization())
    return brief.derivation(
        steps=(
            Step(
                FACTORIZE,
                relation,
                (
                    equals_literal_log_joint(
                        "the log of the product is the literal log joint",
                        model,
                        log(model.factorization()),
                        brief.sizes,
                    ),
                ),
            ),
        ),
        results=(relation,),
        checks=(
            edges_are_dependences(
                "each conditional changes with its parents alone", model, brief.sizes
            ),
        ),
        sources=("bishop2006",),
        model=model,
        readings=(log,),
        names=(Relation(joint_density(model), model.factorization()),),
    )


def log_joint(brief: Brief, model: Model) -> Derivation:
    """Derive the log joint: in indicators and abstract log densities, then expanded."""
    left = log(joint_density(model))
    lines: tuple[tuple[Rule, Expr], ...] = (
        (LOG_OF_PRODUCT, model.log_factorization()),
        (NAME_SELECTION, model.abstract_log_joint()),
        (INSERT, model.inserted_log_joint()),
        (SPELL_OUT, states_spelled_out(model.inserted_log_joint(), model)),
        (ELIMINATE, collect(states_spelled_out(model.inserted_log_joint(), model))),
    )
    claim = "equal to the literal log joint"
    steps = [
        Step(
            rule,
            Relation(left, right),
            (equals_literal_log_joint(claim, model, right, brief.sizes),),
        )
        for rule, right in lines
    ]
    before, after = lines[-2][1], lines[-1][1]
    same = "equal to the line before"
    checks = (proof(same, before, after), enclosure(same, before, after))
    steps[-1] = Step(ELIMINATE, Relation(left, after), (*steps[-1].checks, *checks))
    return brief.derivation(
        steps=tuple(steps),
        results=(Relation(left, lines[1][1]), Relation(left, after)),
        checks=tuple(
            equals_literal_log_joint(claim, model, r, brief.sizes) for r in (lines[1][1], after)
        ),
        sources=("bishop2006",),
        names=(Relation(joint_density(model), exp(model.log_factorization())),),
    )
