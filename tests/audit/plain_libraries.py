"""How SciPy and BayesPy are asked, by the same names as the others."""

from __future__ import annotations

from audit.libraries import SHARE_NAN, Programs
from audit.program import Program

SCIPY_LAWS = {
    "Beta": "stats.beta(a, b)",
    "Dirichlet": "stats.dirichlet(alpha)",
    "Gaussian": "stats.norm(m, s)",
}
RNG = "size=n, random_state=np.random.default_rng(seed)"


def scipy_programs(_: str) -> Programs:
    """Ask scipy.stats."""
    found: Programs = {}
    for name, form in SCIPY_LAWS.items():
        begin = ("from scipy import stats", f"law = {form}")
        drawing = ("import numpy as np", *begin, f"x = law.rvs({RNG})")
        at_draws = "p = law.logpdf(x.T)" if name == "Dirichlet" else "p = law.logpdf(x)"
        found |= {
            (name, "log density"): Program(begin, "float(law.logpdf(x))"),
            (name, "entropy"): Program(begin, "float(law.entropy())"),
            (name, "distribution function"): Program(begin, "float(law.cdf(x))"),
            (name, "draws"): Program(drawing, "x"),
            (name, "own draws"): Program((*drawing, at_draws), SHARE_NAN),
        }
    begin = ("from scipy import stats", "law = stats.rv_discrete(values=(range(len(p)), p))")
    return found | {
        ("Categorical", "log density"): Program(begin, "float(law.logpmf(x))"),
        ("Categorical", "entropy"): Program(begin[:1], "float(stats.entropy(p))"),
        ("Categorical", "divergence"): Program(begin[:1], "float(stats.entropy(p, q))"),
        ("Categorical", "draws"): Program(
            ("import numpy as np", *begin, f"x = law.rvs({RNG})"), "x"
        ),
    }


BAYESPY_LAWS = {
    "Beta": ("Beta([a, b]{})", "Beta", "[a, b]", "[c, d]"),
    "Dirichlet": ("Dirichlet(alpha{})", "Dirichlet", "alpha", "beta"),
    "Gaussian": ("GaussianARD(m, s**-2{})", "GaussianARD", "", ""),
    "Categorical": ("Categorical(p{})", "Categorical", "p", "q"),
}


def bayespy_programs(_: str) -> Programs:
    """Ask BayesPy's nodes; a divergence is minus what a node adds to the bound."""
    found: Programs = {}
    for name, (form, node, first, second) in BAYESPY_LAWS.items():
        begin = ("import numpy as np", f"from bayespy.nodes import {node}")
        law = f"law = {form.format('')}"
        draw = ("np.random.seed(seed)", f"x = {form.format(', plates=(n,)')}.random()")
        found |= {
            (name, "log density"): Program((*begin, law), "float(law.logpdf(np.array(x)))"),
            (name, "draws"): Program((*begin, *draw), "x"),
        }
        if first:
            lines = (
                *begin,
                f"law = {node}({second})",
                f"law.initialize_from_parameters(np.array({first}))",
            )
            result = "float(-law.lower_bound_contribution(ignore_masked=False))"
            found[name, "divergence"] = Program(lines, result)
    begin = ("import numpy as np", "from bayespy.nodes import Dirichlet", "law = Dirichlet(alpha)")
    gradient = "gradient = law._distribution.compute_gradient([np.array(g)], None, law.phi)[0]"
    return found | {
        ("Dirichlet", "mean log"): Program(begin, "law.get_moments()[0].tolist()"),
        ("Dirichlet", "natural gradient"): Program((*begin, gradient), "gradient.tolist()"),
    }
