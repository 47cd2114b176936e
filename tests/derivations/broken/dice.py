"""Breaks of the dice derivations and of the rules, as a tired author would make them.

Each is a key, a kind, a file, the source text and what stands in its place. What is printed is then
false, or means nothing.
"""

from __future__ import annotations

DICE, RULES = "derivations/problems/dice", "derivations/rules"
SYMBOLS = f"{DICE}/symbols.py"
JOINT, UPDATE, BOUND, ASCENT = (f"{RULES}/{n}.py" for n in ("joint", "update", "bound", "ascent"))
EVIDENCE, PREDICTIVE, SETTING = (f"{RULES}/{n}.py" for n in ("evidence", "predictive", "setting"))
NEW_POINT, MOMENTS = (f"{RULES}/{n}.py" for n in ("new_point", "moments"))

_DECLARED = [  # every key of the model has to notice a wrong declaration
    (
        "dice.graph",
        "model",
        "Variable(pi2, Dirichlet(), (Vector(alpha2[l], l),)),",
        "Variable(pi2, Dirichlet(), (Vector(2 * alpha2[l], l),)),",
    ),
    ("dice.log_joint", "index", "rho[z1[n] + z2[n] - 1, d]", "rho[z1[n] - z2[n] + D2, d]"),
    ("dice.q_z1", "index", "rho[z1[n] + z2[n] - 1, d]", "rho[K + 1 - z1[n] - z2[n] + 1, d]"),
    ("dice.q_pi1", "index", "rho[z1[n] + z2[n] - 1, d]", "rho[z1[n], d]"),
    (
        "dice.q_rho",
        "model",
        "(Vector(beta[k, d], d),), plates=(k,)",
        "(Vector(beta[K + 1 - k, d], d),), plates=(k,)",
    ),
    (
        "dice.q_z2",
        "letters",
        "Variable(z2, Categorical(), (Vector(pi2[l], l),), plates=(n,)),",
        "Variable(z2, Categorical(), (Vector(pi1[i], i),), plates=(n,)),",
    ),
    ("dice.elbo", "model", 'z2 = Array("z2", (N,)', 'z2 = Array("z2", (J,)'),
    ("dice.log_evidence", "letters", 'alpha2 = Array("alpha2", (D2,)', 'alpha2 = Array("alpha2", (D1,)'),
    ("dice.predictive", "index", "K = D1 + D2 - 1", "K = D1 + D2"),
    ("dice.coordinate_ascent", "index", 'd = Index("k", 1, K), Index("d", 1, D3)', 'd = Index("k", 1, K), Index("d", 1, D2)'),
    ("dice.graph", "model", "(Vector(rho[z1[n] + z2[n] - 1, d], d),), plates=(n, j)", "(Vector(rho[z1[n] + z2[n] - 1, D3 + 1 - d], d),), plates=(n, j)"),
    ("dice.q_z1", "letters", '"hat(alpha)^1", POSITIVE', '"alpha^1", POSITIVE'),
]
_RULES = [
    ("dice.graph", "notation", SETTING, "(variable.slice,), model.given(variable))", "(variable.slice,), model.given(variable)[:-1])"),
    ("dice.graph", "algebra", JOINT, "Mul(*factorization(model))", "Mul(*factorization(model)[1:])"),
    ("dice.log_joint", "notation", JOINT, "body = log(FamilyDensity(value_of(variable), at))", "body = log(conditional(model, variable).func(*conditional(model, variable).args[:2], (at.parameters[0].row,)))"),
    ("dice.log_joint", "index", JOINT, "*variable.plates, *named.indices)", "*variable.plates[:-1], *named.indices)"),
    ("dice.log_joint", "algebra", JOINT, "Mul(*named.conditions, body)", "Mul(body)"),
    ("dice.q_z1", "definition", UPDATE, "log(joint_density(mean_field.model)), own)", "log(joint_density(mean_field.model)))"),
    ("dice.q_rho", "definition", UPDATE, "log(joint_density(mean_field.model)), own)", "-log(joint_density(mean_field.model)), own)"),
    ("dice.q_pi1", "definition", UPDATE, "return Definition(optimal(factor), expected, own)", "return Definition(optimal(factor), expected, ())"),
    ("dice.q_z2", "relation", UPDATE, "up_to_constant(log_p, legible(Add(*terms, measure)), *own)", "equal(log_p, legible(Add(*terms, measure)))"),
    ("dice.q_pi2", "index", UPDATE, "up_to_constant(log_p, legible(Add(*terms, measure)), *own)", "up_to_constant(log_p, legible(Add(*terms, measure)), *own, mean_field.factors[3].variable.slice)"),
    ("dice.q_rho", "algebra", UPDATE, "equal(symbol.entry, closed.entry))", "equal(symbol.entry, closed.entry + 1))"),
    ("dice.q_z1", "definition", UPDATE, "define(symbol.entry, Expectation(q, natural.entry))", "define(symbol.entry, natural.entry)"),
    ("dice.q_z1", "family", UPDATE, "s if d.entry.has(exp) else", "Vector(exp(symbols[0].entry), s.index) if d.entry.has(exp) else"),
    ("dice.q_pi1", "family", UPDATE, "    at = family_of_factor(factor, stars)\n", "    at = family_of_factor(factor)\n"),
    ("dice.q_rho", "family", UPDATE, "    at = family_of_factor(factor, stars)\n", "    at = family_of_factor(factor, symbols)\n"),
    ("dice.q_z2", "notation", UPDATE, "equal(optimum, FamilyDensity(value_of(variable), at))", "equal(log(optimum), FamilyDensity(value_of(variable), at))"),
    ("dice.q_z2", "notation", UPDATE, "equal(optimum, FamilyDensity(value_of(variable), at))", "equal(Density(q, own), FamilyDensity(value_of(variable), at))"),
    ("dice.elbo", "definition", BOUND, "Expectation(q, log_p) - Expectation(q, log_q)", "Expectation(q, log_p) + Expectation(q, log_q)"),
    ("dice.elbo", "algebra", BOUND, "Add(expected, *entropies)", "Add(expected, *entropies[1:])"),
    ("dice.elbo", "index", BOUND, "sum_over(Entropy(factor_density(mean_field, f)), *f.variable.plates)", "Entropy(factor_density(mean_field, f))"),
    ("dice.elbo", "notation", BOUND, "expected = Expectation(q, log(", "expected = Expectation(joint_of(mean_field.model), log("),
    ("dice.elbo", "algebra", BOUND, "equal(bound, closed_form(mean_field))", "equal(bound, mean_field.expected_log_joint)"),
    ("dice.coordinate_ascent", "notation", ASCENT, "Divergence(factor_density(mean_field, factor), best)", "Divergence(best, factor_density(mean_field, factor))"),
    ("dice.coordinate_ascent", "relation", ASCENT, "up_to_constant(there, Integer(0), own.index)", "equal(there, Integer(0))"),
    ("dice.coordinate_ascent", "index", ASCENT, "sum_over(inner, *factor.variable.plates)", "inner"),
    ("dice.coordinate_ascent", "algebra", ASCENT, "equal(_at_update(bound, factor) - bound,", "equal(bound - _at_update(bound, factor),"),
    ("dice.coordinate_ascent", "rule", ASCENT, "        at_most(\n            0,\n", "        at_most(\n            1,\n"),
    ("dice.coordinate_ascent", "letters", ASCENT, "form = Where(form, Slice(array), Slice(star))", "form = Where(form, Slice(star), Slice(array))"),
    ("dice.coordinate_ascent", "notation", ASCENT, "slope = PartialDerivative(bound, own.entry)", "slope = PartialDerivative(bound, at_star(factor)[0].entry)"),
    ("dice.coordinate_ascent", "assumption", ASCENT, "        yield Random(at_parameters(factor, at_star(factor)))", "        yield Random(at_parameters(factor, factor.vectors))"),
    ("dice.log_evidence", "notation", EVIDENCE, "gap = Divergence(factors_density(mean_field), posterior(model))", "gap = Divergence(factors_density(mean_field), posterior(model).func(*posterior(model).args[:2]))"),
    ("dice.log_evidence", "notation", EVIDENCE, "evidence = marginal(model, ())", "evidence = marginal(model, discrete[:1])"),
    ("dice.log_evidence", "notation", EVIDENCE, "joint = marginal(model, discrete)", "joint = marginal(model, discrete[:1])"),
    ("dice.log_evidence", "algebra", EVIDENCE, "sum(normalizers, Integer(0))", "-sum(normalizers, Integer(0))"),
    ("dice.log_evidence", "index", EVIDENCE, "StateSum(exp(integrated), *(v.array for v in discrete))", "StateSum(exp(integrated), *(v.array for v in discrete[:1]))"),
    ("dice.predictive", "index", PREDICTIVE, "product_over(point.density_of_one, *point.inner)", "product_over(point.density_of_one)"),
    ("dice.predictive", "notation", PREDICTIVE, "density = Density(point.joint, (point.values,))", "density = Density(joint_of(mean_field.model), (Slice(observed),))"),
    ("dice.predictive", "definition", NEW_POINT, "return letter, sum_over(Iverson(self.value, index), *self.inner)", "return letter, Iverson(self.value, index)"),
    ("dice.predictive", "family", NEW_POINT, "part(value_of(f.variable), family_of_factor(f), *f.variable.plates) for f in factors", "part(value_of(f.variable), family_of_factor(f, f.variable.parameters), *f.variable.plates) for f in factors"),
    ("dice.predictive", "algebra", MOMENTS, "loggamma(base) + one * log(base)", "loggamma(base) + log(base)"),
    ("dice.predictive", "algebra", PREDICTIVE, "equal(sum_over(closed, index), Integer(1))", "equal(closed, Integer(1))"),
    ("dice.q_z1", "assumption", SETTING, "arrays += tuple(p for f in declared.factors for p in f.parameters)", "arrays += tuple(p for f in declared.factors[1:] for p in f.parameters)"),
]  # fmt: skip

BROKEN = [
    *((key, kind, SYMBOLS, old, new) for key, kind, old, new in _DECLARED),
    *_RULES,
]
