"""Breaks of the autoencoder's derivations, as a tired author would make them.

Each is a key, a kind, a file, the source text and what stands in its place. What is printed is then
false, or means nothing.
"""

from __future__ import annotations

HERE = "derivations/problems/gaussian_vae"
DRAWS, BOUND, DIVERGENCE = (f"{HERE}/{n}.py" for n in ("draws", "bound", "divergence"))
LIKELIHOOD, PATHWISE = (f"{HERE}/{n}.py" for n in ("likelihood", "pathwise"))
SYMBOLS, ANY_MODEL = f"{HERE}/symbols.py", f"{HERE}/any_model.py"
VARIANCES, SAMPLED, IMPORTANCE = (f"{HERE}/{n}.py" for n in ("variances", "sampled", "importance"))

_DRAWS = [
    ("definition", "Random(OF_NOISE)\n    yield step(TRANSFORM, DRAW)", "Random(OF_NOISE)"),
    ("family", "normals(mean[k], variance[k])))", "normals(variance[k], mean[k])))"),
    ("family", "normals(mean[k], variance[k])))", "normals(mean[k], sqrt(variance[k]))))"),
    (
        "notation",
        "at_draw = log(ENCODER(At(Z, DRAWN), given=X))",
        "at_draw = log(ENCODER(Z, given=X))",
    ),
    ("notation", "ENCODER(At(Z, DRAWN), given=X)", "ENCODER(At(Z, DRAWN))"),
    ("letters", "equal(noise[k], (drawn[k] - mean[k])", "equal(drawn[k], (noise[k] - mean[k])"),
    ("index", "Iverson(k, j) * sqrt(variance[k])", "sqrt(variance[k])"),
    ("index", "IndexProduct(sqrt(variance[k]), k)", "IndexSum(sqrt(variance[k]), k)"),
    ("algebra", "log_noise - log(Determinant", "log_noise + log(Determinant"),
    ("algebra", "exp(log_variance[k] / 2)", "exp(log_variance[k])"),
    ("assumption", "yield Domain(x, mean, log_variance)", "yield Domain(x, mean, variance)"),
]
_BOUND = [
    ("notation", "- Divergence(q, prior)", "- Divergence(prior, q)"),
    (
        "notation",
        "to_posterior = Divergence(q, POSTERIOR)",
        "to_posterior = Divergence(POSTERIOR, q)",
    ),
    (
        "notation",
        "to_posterior = Divergence(q, POSTERIOR)",
        "to_posterior = Divergence(q, MODEL(Z))",
    ),
    (
        "notation",
        "equal(elbo, Expectation(q, log(LIKELIHOOD)) - ",
        "equal(elbo, Expectation(prior, log(LIKELIHOOD)) - ",
    ),
    ("notation", "log(LIKELIHOOD * prior / q)", "log(JOINT * prior / q)"),
    ("notation", "prior = BY_ENCODER, MODEL(Z)", "prior = BY_ENCODER, POSTERIOR"),
    (
        "notation",
        "equal(Expectation(q, POSTERIOR / q), 1)",
        "equal(Expectation(POSTERIOR, POSTERIOR / q), 1)",
    ),
    ("relation", "at_most(elbo, log(EVIDENCE))", "at_most(log(EVIDENCE), elbo)"),
    ("relation", "at_most(elbo, log(EVIDENCE))", "equal(elbo, log(EVIDENCE))"),
    ("rule", "at_most(log(u), u - 1)", "at_most(u - 1, log(u))"),
    ("rule", "at_most(log(u), u - 1)", "at_most(log(u), u - 2)"),
    ("assumption", "given=(Domain(u),)", "given=()"),
    ("algebra", "log(EVIDENCE) - to_posterior", "log(EVIDENCE) + to_posterior"),
]
_DIVERGENCE = [
    ("notation", "equal(Divergence(q, p), Expec", "equal(Divergence(p, q), Expec"),
    ("notation", "Expectation(q, log(q / p))", "Expectation(p, log(q / p))"),
    (
        "notation",
        "LINEARITY, equal(Divergence(own, other)",
        "LINEARITY, equal(Divergence(other, own)",
    ),
    ("notation", "k), Divergence(own, other)))", "k), Divergence(other, own)))"),
    ("notation", "Divergence(own, normals(ZERO, ONE))", "Divergence(normals(ZERO, ONE), own)"),
    ("notation", "q, p = ENCODER(Z, given=X)", "q, p = ENCODER(Z)"),
    (
        "family",
        "normals(mean[k], variance[k]), normals(",
        "normals(variance[k], mean[k]), normals(",
    ),
    (
        "family",
        "normals(prior_mean[k], prior_variance[k])",
        "normals(prior_mean[k], prior_variance[k] ** 2)",
    ),
    ("letters", "apart = (mean[k] - prior_mean[k]) ** 2", "apart = (mean[k] - mean[k]) ** 2"),
    (
        "index",
        "HALF * IndexSum(apart / prior_variance[k], k)",
        "k.upper * IndexSum(apart / prior_variance[k], k)",
    ),
    ("letters", "IndexSum(apart / prior_variance[k], k)", "IndexSum(apart / variance[k], k)"),
    ("relation", "at_most(HALF * IndexSum(apart", "equal(HALF * IndexSum(apart"),
    ("rule", "at_most(0, t - 1 - log(t))", "at_most(0, t - 2 - log(t))"),
    ("algebra", "/ prior_variance[k] - 1\n", "/ prior_variance[k]\n"),
    (
        "algebra",
        "exp(log_variance[k]) - 1 - log_variance[k]",
        "exp(2 * log_variance[k]) - 1 - log_variance[k]",
    ),
    (
        "assumption",
        "prior_mean, prior_variance)\n    yield BY_LOG",
        "prior_mean)\n    yield BY_LOG",
    ),
]
_LIKELIHOOD = [
    (
        "definition",
        "define(theta[d], 1 / (1 + exp(-eta[d])))",
        "define(theta[d], 1 / (1 + exp(eta[d])))",
    ),
    (
        "definition",
        "define(estimate, likelihood - to_prior)",
        "define(estimate, likelihood + to_prior)",
    ),
    ("family", 'FamilyAt("Bernoulli", theta[d])', 'FamilyAt("Bernoulli", 1 - theta[d])'),
    ("family", 'FamilyAt("Bernoulli", theta[d])', 'FamilyAt("Bernoulli", eta[d])'),
    (
        "notation",
        "Divergence(normals(mean[k], variance[k]), normals(ZERO, ONE))",
        "Divergence(normals(ZERO, ONE), normals(mean[k], variance[k]))",
    ),
    ("notation", "DECODER(Slice(x), given=Z)", "DECODER(Slice(x))"),
    ("algebra", "x[d] * eta[d] - softplus, d)", "x[d] * eta[d] + softplus, d)"),
    ("algebra", "x[d] - theta[d]))", "theta[d] - x[d]))"),
    ("index", "IndexSum(x[d] * eta[d] - softplus, d)", "IndexSum(x[d] * eta[d] - softplus, d) / D"),
    ("relation", "at_most(at_grey, at_most_grey)", "at_most(at_most_grey, at_grey)"),
    ("letters", "(1 - grey[d]) * log(1 - grey[d])", "(1 - grey[d]) * log(grey[d])"),
    ("letters", "at_grey = grey[d] *", "at_grey = theta[d] *"),
    ("relation", "at_most(at_grey, at_most_grey)", "at_most(at_grey, at_most_grey - HALF)"),
    ("assumption", 'Array("grey", (D,), "y", UNIT)', 'Array("grey", (D,), "y")'),
]
_PATHWISE = [
    ("notation", "Expectation(p, at_draw))", "Expectation(q, at_draw))"),
    (
        "notation",
        "q, p = ENCODER(Z, given=X), OF_NOISE(NOISE)",
        "q, p = ENCODER(Z, given=X), ENCODER(Z, given=X)",
    ),
    (
        "letters",
        "at_draw = Expectation(q, Applied(f, Z)), Applied(f, DRAWN)",
        "at_draw = Expectation(q, Applied(f, Z)), Applied(f, NOISE)",
    ),
    ("index", "PartialDerivative(Applied(f, Z), z[k])", "PartialDerivative(Applied(f, Z), z[1])"),
    ("algebra", "rate = HALF * exp(log_variance[k] / 2)", "rate = exp(log_variance[k] / 2)"),
    ("algebra", "Mul(HALF, z[k] - mean[k], slope)", "Mul(z[k] - mean[k], slope)"),
    ("letters", "(mean[k], slope, RATE", "(log_variance[k], slope, RATE"),
    ("assumption", "    yield AnyFunction(f, (Z,))\n", ""),
    ("algebra", "RATE, (1,))", "RATE, (2,))"),
]
_VARIANCES = [
    ("notation", "Q = ENCODER(Z, given=X)", "Q = ENCODER(Z)"),
    (
        "notation",
        "Expectation(Q, OF_Z), Variance(Q, OF_Z)",
        "Expectation(Q, OF_Z), Expectation(Q, OF_Z**2)",
    ),
    ("definition", "define(g_baseline, (OF_Z - E) * score)", "define(g_baseline, OF_Z * score)"),
    (
        "definition",
        "define(h_path, Mul(HALF, z[j] - mean[j], slope))",
        "define(h_path, Mul(z[j] - mean[j], slope))",
    ),
    (
        "definition",
        "define(OF_Z, IndexSum((z[k] - c[k]) ** 2, k))",
        "define(OF_Z, IndexSum(z[k] - c[k], k))",
    ),
    ("letters", "define(h_score, OF_Z * score_by_log)", "define(h_score, OF_Z * score)"),
    ("index", "slope = PartialDerivative(OF_Z, z[j])", "slope = PartialDerivative(OF_Z, z[1])"),
    ("algebra", "+ 4 * E + 4 * offset**2 + 8 * variance[j]", "+ 4 * offset**2 + 8 * variance[j]"),
    ("algebra", "13 * variance[j] ** 2", "12 * variance[j] ** 2"),
    (
        "relation",
        "less(Variance(Q, g_path), Variance(Q, g_baseline))",
        "less(Variance(Q, g_baseline), Variance(Q, g_path))",
    ),
    (
        "letters",
        "equal(Variance(Q, g_path), 4 * variance[j])",
        "equal(Variance(Q, h_path), 4 * variance[j])",
    ),
]
_SAMPLED = [
    ("notation", "to_prior = Divergence(Q, PRIOR)", "to_prior = Divergence(PRIOR, Q)"),
    ("notation", "moved = log(Q / PRIOR)", "moved = log(PRIOR / Q)"),
    (
        "notation",
        "fit = PartialDerivative(log(MODEL(X, given=Z)), z[k])",
        "fit = PartialDerivative(log(MODEL(X, Z)), z[k])",
    ),
    (
        "notation",
        "Expectation(Q, log(MODEL(X, Z) / Q))",
        "Expectation(PRIOR, log(MODEL(X, Z) / Q))",
    ),
    (
        "family",
        "normal(c[d] + IndexSum(W[d, i] * z[i], i), tau)",
        "normal(c[d] + IndexSum(W[d, i] * z[i], i), 1 / tau)",
    ),
    ("index", "W[d, k] * W[d, j], d) / tau", "W[d, k] * W[d, k], d) / tau"),
    (
        "algebra",
        "(h_sampled, log_variance[k], half(z[k] * distance - 1))",
        "(h_sampled, log_variance[k], z[k] * distance - 1)",
    ),
    ("definition", "define(one, whole - score)", "define(one, whole + score)"),
    ("definition", "define(one, fit - subtracted)", "define(one, fit + subtracted)"),
    ("letters", "(u_sampled, g_sampled)", "(u_sampled, mean[k])"),
    ("letters", "(g_path, (1 - variance[k]) ** 2 / variance[k])", "(g_path, variance[k])"),
    ("index", "(u_path, G[k, j] - same / variance[j])", "(u_path, G[k, j] - 1 / variance[j])"),
    (
        "relation",
        "less(Variance(Q, u_closed), Variance(Q, u_sampled))",
        "less(Variance(Q, u_path), Variance(Q, u_closed))",
    ),
    (
        "letters",
        "less(Variance(Q, u_closed), Variance(Q, u_sampled))",
        "less(Variance(Q, u_closed), Variance(Q, u_path))",
    ),
    ("algebra", "2 * G[k, k] - 1 - 1 / variance[k]", "2 * G[k, k] - 1 + 1 / variance[k]"),
]
_IMPORTANCE = [
    (
        "definition",
        "log(IndexSum(weight[first], first) / k)",
        "log(IndexSum(weight[first], first))",
    ),
    ("definition", "log(IndexSum(weight[first], first) / k)", "log(IndexSum(weight[i], i) / k)"),
    ("definition", "ENCODER(at_sample, given=X)\n", "MODEL(at_sample, given=X)\n"),
    (
        "notation",
        "Expectation(BY_ENCODER, log(JOINT / BY_ENCODER))",
        "Expectation(MODEL(Z), log(JOINT / BY_ENCODER))",
    ),
    ("notation", "ratio = MODEL(X, at_sample)", "ratio = MODEL(X, given=at_sample)"),
    ("notation", "equal(JOINT / POSTERIOR, EVIDENCE)", "equal(JOINT / BY_ENCODER, EVIDENCE)"),
    ("relation", "at_most(bound[k], bound[one_more])", "at_most(bound[one_more], bound[k])"),
    ("relation", "at_most(bound[k], log(EVIDENCE))", "at_most(log(EVIDENCE), bound[k])"),
    (
        "index",
        "left_out = (IndexSum(weight[i], i) - weight[j]) / k",
        "left_out = (IndexSum(weight[i], i) - weight[1]) / k",
    ),
    ("index", "weight[j]) / k", "weight[j]) / one_more"),
    ("index", "bound[1], Expectation", "bound[2], Expectation"),
    ("family", "any_table(encoder[x[()], s], s)", "any_table(TABLES[0][s], s)"),
]

_SYMBOLS = [
    ("reparameterization", "definition", "sqrt(variance[k]) * noise[k]", "variance[k] * noise[k]"),
    (
        "reparameterization",
        "definition",
        "sqrt(variance[k]) * noise[k]",
        "sqrt(variance[k]) * noise[1]",
    ),
    (
        "reparameterization",
        "family",
        "normal(mean[k], variance[k])",
        "normal(variance[k], mean[k])",
    ),
    ("pathwise_gradient", "family", "noise[k], normal(ZERO, ONE)", "noise[k], normal(ONE, ONE)"),
    (
        "sampled_kl_gradient",
        "definition",
        "define(variance[k], exp(log_variance[k]))",
        "define(variance[k], exp(2 * log_variance[k]))",
    ),
    (
        "gaussian_kl",
        "index",
        "normal(mean[k], variance[k]), k),)",
        "normal(mean[1], variance[k]), k),)",
    ),
]
_ANY_MODEL = [
    ("elbo", "definition", "log(JOINT / BY_ENCODER)", "log(LIKELIHOOD / BY_ENCODER)"),
    ("elbo", "notation", "Expectation(BY_ENCODER, log", "Expectation(POSTERIOR, log"),
    ("importance_weighted_bound", "notation", "MODEL(Z, given=X)", "MODEL(Z)"),
]
_SHARED = [(SYMBOLS, *row) for row in _SYMBOLS] + [(ANY_MODEL, *row) for row in _ANY_MODEL]

BROKEN = [
    (f"gaussian_vae.{key}", kind, path, old, new)
    for key, path, rows in (
        ("reparameterization", DRAWS, _DRAWS),
        ("elbo", BOUND, _BOUND),
        ("gaussian_kl", DIVERGENCE, _DIVERGENCE),
        ("bernoulli_logits", LIKELIHOOD, _LIKELIHOOD),
        ("pathwise_gradient", PATHWISE, _PATHWISE),
        ("gradient_variance", VARIANCES, _VARIANCES),
        ("sampled_kl_gradient", SAMPLED, _SAMPLED),
        ("importance_weighted_bound", IMPORTANCE, _IMPORTANCE),
    )
    for kind, old, new in rows
] + [(f"gaussian_vae.{key}", kind, path, old, new) for path, key, kind, old, new in _SHARED]
