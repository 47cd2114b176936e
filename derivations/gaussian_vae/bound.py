"""The evidence lower bound, rewritten twice, and that it lies below the log evidence."""

from __future__ import annotations

from sympy import Expr, Integer, Pow, log

from derivations.calculus.binding import replace_elements
from derivations.calculus.expressions import POSITIVE, SIMPLEX, UNIT, Array, IndexSum, Slice
from derivations.calculus.indices import Index, size
from derivations.calculus.notation import Divergence, Expectation
from derivations.calculus.steps import AT_MOST, Check, Derivation, Prose, Relation, Rule, Step
from derivations.derive.brief import Brief
from derivations.evidence.equality import at_most, enclosure, proof
from derivations.evidence.normal_mean import equals_normal_mean
from derivations.gaussian_vae.divergence import summand
from derivations.gaussian_vae.symbols import (
    ENCODER,
    EVIDENCE,
    HALF,
    JOINT,
    LIKELIHOOD,
    POSTERIOR,
    PRIOR,
    D,
    averaged,
    d,
    elbo,
    log_normal,
    x,
    z,
)

ZERO, ONE = Integer(0), Integer(1)

ASSUMPTIONS: tuple[Prose, ...] = (
    (
        "The encoder's law ",
        ENCODER,
        " is any law of the latent variables that is positive only where ",
        JOINT,
        " is, with ",
        Expectation(log(JOINT / ENCODER)),
        " and ",
        Expectation(log(LIKELIHOOD)),
        " finite. Parameters of decoder and encoder are left out of the notation.",
    ),
)
REMARKS: tuple[Prose, ...] = (
    (
        "Each line is proved with sums for the expectations, for every joint table of an image and "
        "a latent variable with finitely many values, and tried by quadrature where one latent "
        "variable is normal and the decoder linear.",
    ),
)

DEFINITION = Rule("definition", "The bound is the mean of the log ratio under the encoder's law.")
PRODUCT = Rule("product rule", "The joint is the likelihood times the prior.")
SPLIT = Rule("log of a product", "The log comes apart, and the expectation is linear.")
DIVERGENCE = Rule("definition of the divergence", "The last term is minus a divergence.")
OTHER_PRODUCT = Rule("the other product", "The joint is also the posterior times the evidence.")
CONSTANT = Rule(
    "the evidence is constant",
    ("It does not depend on ", Slice(z), "; the rest is again minus a divergence."),
)
GIBBS = Rule(
    "Gibbs' inequality",
    "The log is at most its argument less one, so minus the divergence is at most the mean of the "
    "ratio of the two laws less one: at most zero.",
)
BOUND = Rule("lower bound", "A divergence is never negative.")

S, images = size("S"), size("images")
s, r = (Index(name, 1, S) for name in "sr")
v, u = (Index(name, 1, images) for name in "vu")
weights = Array("weights", (images, S), "w", POSITIVE)
law = Array("law", (S,), "q", SIMPLEX)

total: Expr = IndexSum(weights[u, r], u, r)
joint: Expr = weights[v, s] / total
prior: Expr = IndexSum(weights[u, s], u) / total
evidence: Expr = IndexSum(weights[v, r], r) / total
likelihood: Expr = joint / prior
posterior: Expr = joint / evidence
"""Any joint table of image v and latent value s, and what follows from it by definition."""


delta = Array("delta", (), domain=UNIT)[()]
BELOW, ABOVE = 1 - delta / 2, 1 + delta


def table_mean(value: Expr, encoder: Expr = law[s]) -> Expr:
    """Return the mean of a function of the latent value, under any law of it."""
    return IndexSum(encoder * value, s)


TABLES: dict[Expr, Expr] = {
    JOINT: joint,
    PRIOR: prior,
    LIKELIHOOD: likelihood,
    POSTERIOR: posterior,
    EVIDENCE: evidence,
}


def on_tables(form: Expr) -> Expr:
    """Give every density of a formula its table, and every mean and divergence its sum."""
    return _on_tables(form, law[s])


def _on_tables(form: Expr, encoder: Expr) -> Expr:
    form = form.xreplace({**TABLES, ENCODER: encoder})
    means = {e: table_mean(e.body, encoder) for e in form.atoms(Expectation)}
    divergences = {e: table_mean(log(e.left / e.right), encoder) for e in form.atoms(Divergence)}
    return form.xreplace({**means, **divergences})


def where_posterior(form: Expr) -> Expr:
    """Return the same where the encoder's law is the posterior."""
    return _on_tables(form, posterior)


def below_one(form: Expr) -> Expr:
    """Return what is averaged where the ratio of posterior and encoder's law is below one."""
    return _averaged_at(BELOW, form)


def above_one(form: Expr) -> Expr:
    """Return what is averaged where that ratio is above one."""
    return _averaged_at(ABOVE, form)


def _averaged_at(ratio: Expr, form: Expr) -> Expr:
    opened = {e: -Expectation(log(e.right / e.left)) for e in form.atoms(Divergence)}
    return averaged(form.xreplace(opened)).xreplace({POSTERIOR: ratio * ENCODER})


table_bound: Expr = table_mean(log(joint / law[s]))
energy_and_entropy: Expr = table_mean(log(joint)) - table_mean(log(law[s]))
table_divergence: Expr = table_mean(log(law[s] / prior))
table_gap: Expr = table_mean(log(law[s] / posterior))

w, c = Array("w", (D,)), Array("c", (D,))
tau = Array("tau", (), "tau", POSITIVE)[()]
zeta = Array("zeta", (), "z")[()]
noise = Array("noise", (), "epsilon")
centre, spread = Array("centre", (), "mu")[()], Array("spread", (), "sigma^2", POSITIVE)[()]
"""One latent variable and a linear decoder: pixel d is normal around c + w z with variance tau."""

fit: Expr = log_normal(x[d], c[d] + w[d] * zeta, tau, d)
precision: Expr = 1 + IndexSum(Pow(w[d], 2), d) / tau
exact_mean: Expr = IndexSum(w[d] * (x[d] - c[d]), d) / tau / precision
log_posterior: Expr = log_normal(zeta, exact_mean, 1 / precision)
log_joint: Expr = fit + log_normal(zeta, ZERO, ONE)
log_law: Expr = log_normal(zeta, centre, spread)


def at(value: Expr, expression: Expr) -> Expr:
    """Put a value in the place of the latent variable."""
    return replace_elements(expression, {zeta.array: lambda: value})


log_evidence: Expr = at(ZERO, log_joint - log_posterior)
expected_fit: Expr = at(centre, fit) - spread * IndexSum(Pow(w[d], 2), d) / (2 * tau)
to_prior: Expr = HALF * summand(centre, spread, ZERO, ONE)
to_posterior: Expr = HALF * summand(centre, spread, exact_mean, 1 / precision)


def both(claim: str, left: Expr, right: Expr) -> tuple[Check, Check]:
    """Claim an identity of tables for all sizes, by proof and by enclosure."""
    claim = f"{claim}, for every joint table"
    return proof(claim, left, right), enclosure(claim, left, right)


def normal_mean(claim: str, integrand: Expr, closed: Expr) -> Check:
    """Claim a mean where the latent variable is normal and the decoder linear."""
    drawn = centre + Pow(spread, HALF) * noise[()]
    claim = f"{claim}, one normal latent variable and a linear decoder, by quadrature"
    return equals_normal_mean(claim, (noise,), at(drawn, integrand), closed, degree=2)


def elbo_derivation(brief: Brief) -> Derivation:
    """Rewrite the bound as fit less divergence, and as log evidence less divergence."""
    to = Divergence(ENCODER, PRIOR)
    from_posterior = Divergence(ENCODER, POSTERIOR)
    definition = Expectation(log(JOINT / ENCODER))
    ratio = log(LIKELIHOOD * PRIOR / ENCODER)
    apart = log(LIKELIHOOD) + log(PRIOR) - log(ENCODER)
    two_means = Expectation(log(LIKELIHOOD)) + Expectation(log(PRIOR / ENCODER))
    less_divergence = Expectation(log(LIKELIHOOD)) - to
    other = Expectation(log(POSTERIOR * EVIDENCE / ENCODER))
    less_gap = log(EVIDENCE) - from_posterior
    mean_ratio = Expectation(POSTERIOR / ENCODER) - 1
    first = (
        *both("the bound", table_bound, on_tables(less_divergence)),
        normal_mean("the bound", log_joint - log_law, expected_fit - to_prior),
    )
    second = (
        *both("the bound", table_bound, on_tables(less_gap)),
        normal_mean("the bound", log_joint - log_law, log_evidence - to_posterior),
        enclosure(
            "Bayes' rule at every z, with that evidence",
            log_joint,
            log_evidence + log_posterior,
        ),
    )
    below = (
        at_most("at every joint table tried", table_bound, on_tables(log(EVIDENCE))),
        at_most(
            "at one normal latent variable and a linear decoder",
            expected_fit - to_prior,
            log_evidence,
        ),
        *both(
            "equal where the encoder's law is the posterior",
            IndexSum(posterior * log(joint / posterior), s),
            on_tables(log(EVIDENCE)),
        ),
    )
    in_parts = "the mean log joint plus the entropy"
    return brief.derivation(
        steps=(
            Step(
                DEFINITION,
                Relation(elbo, definition),
                both(in_parts, on_tables(definition), energy_and_entropy),
            ),
            Step(
                PRODUCT,
                Relation(elbo, Expectation(ratio)),
                both(in_parts, on_tables(Expectation(ratio)), energy_and_entropy),
            ),
            Step(
                SPLIT,
                Relation(elbo, two_means),
                (
                    proof("the log of the ratio", ratio, apart),
                    *both("the two means", table_bound, on_tables(two_means)),
                ),
            ),
            Step(DIVERGENCE, Relation(elbo, less_divergence), first),
            Step(
                OTHER_PRODUCT,
                Relation(elbo, other),
                both(in_parts, on_tables(other), energy_and_entropy),
            ),
            Step(CONSTANT, Relation(elbo, less_gap), second),
            Step(
                GIBBS,
                Relation(-from_posterior, mean_ratio, AT_MOST),
                (
                    at_most("at every joint table tried", -table_gap, on_tables(mean_ratio)),
                    *both("the mean ratio is one", on_tables(mean_ratio), ZERO),
                    at_most("a log and its bound, below one", log(BELOW), below_one(mean_ratio)),
                    at_most("a log and its bound, above one", log(ABOVE), above_one(mean_ratio)),
                    enclosure(
                        "minus a divergence is the mean of the log ratio the other way round",
                        on_tables(-from_posterior),
                        on_tables(Expectation(log(POSTERIOR / ENCODER))),
                    ),
                    enclosure(
                        "zero where the encoder's law is the posterior",
                        where_posterior(-from_posterior),
                        where_posterior(mean_ratio),
                    ),
                ),
            ),
            Step(BOUND, Relation(elbo, log(EVIDENCE), AT_MOST), below),
        ),
        results=(
            Relation(elbo, less_divergence),
            Relation(elbo, less_gap),
            Relation(elbo, log(EVIDENCE), AT_MOST),
        ),
        checks=(*first, *second, *below),
        sources=("kingma2014", "blei2017"),
        remarks=REMARKS,
        readings=(on_tables, below_one, above_one, where_posterior),
        names=(Relation(elbo, definition),),
    )
