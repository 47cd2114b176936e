"""An arbitrary autoencoder: any prior, any decoder and any encoder of one image."""

from __future__ import annotations

from sympy import Expr, log

from derivations.calculus.expressions import SIMPLEX, Array, Slice
from derivations.calculus.indices import Index, size
from derivations.claims.statements import Definition, define
from derivations.meaning.notation import Density, Entries, Expectation, FamilyAt, Joint, part

S, T = size("S"), size("T")
s, t = Index("s", 1, S), Index("t", 1, T)

x = Array("x", (), "x", states=T)
z = Array("z", (), "z", states=S)
"""The image and its latent variable: points of any two spaces."""
prior = Array("prior", (S,), "pi", SIMPLEX)
decoder = Array("decoder", (S, T), "delta", SIMPLEX)
encoder = Array("encoder", (T, S), "eta", SIMPLEX)
TABLES = (prior, decoder, encoder)

X, Z = Slice(x), Slice(z)


def any_table(row: Expr, index: Index) -> FamilyAt:
    """Return any distribution, by the probabilities of its points."""
    return FamilyAt("Any", Entries(row, index))


MODEL = Joint(
    "p", (part(z[()], any_table(prior[s], s)), part(x[()], any_table(decoder[z[()], t], t)))
)
ENCODER = Joint("q", (part(z[()], any_table(encoder[x[()], s], s)),), given=(X,))

JOINT: Density = MODEL(X, Z)
LIKELIHOOD: Density = MODEL(X, given=Z)
EVIDENCE: Density = MODEL(X)
POSTERIOR: Density = MODEL(Z, given=X)
BY_ENCODER: Density = ENCODER(Z, given=X)

elbo = Array("elbo", (), "cal(L)")[()]
ELBO: Definition = define(elbo, Expectation(BY_ENCODER, log(JOINT / BY_ENCODER)))
"""The evidence lower bound."""
