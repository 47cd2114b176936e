"""How each library is asked: a table of programs by distribution and question.

Parameters have our names in every library: ``a, b`` of Beta and Kumaraswamy, ``alpha`` of a
Dirichlet, ``m, s`` (mean, standard deviation) of a Gaussian, ``p`` of a Categorical; ``c, d``,
``beta`` and ``q`` are those of a second law, ``x`` a point, ``u`` a level, ``n`` and ``seed`` of
draws, ``j`` the number of the parameter by which a draw is differentiated.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass

from audit.program import Program

Programs = dict[tuple[str, str], Program]
FIRST = {
    "Beta": ("a", "b"),
    "Kumaraswamy": ("a", "b"),
    "Dirichlet": ("alpha",),
    "Gaussian": ("m", "s"),
    "Categorical": ("p",),
    "logistic normal": ("m", "s"),
    "softmax-Gaussian": ("m", "s"),
}
SECOND = {
    "Beta": ("c", "d"),
    "Dirichlet": ("beta",),
    "Gaussian": ("c", "d"),
    "Categorical": ("q",),
}
SHARE_NAN = "float((p != p).sum()) / n"
SHARE_INFINITE = "float((~(abs(v) < float('inf'))).sum()) / n"
PAIRS = "[x.tolist(), v.tolist()]"


@dataclass(frozen=True)
class Library:
    """A library: its name for readers, its distribution package, its programs by type."""

    name: str
    package: str
    programs: Callable[[str], Programs]
    types: tuple[str, ...] = ("float64", "float32")
    is_control: bool = False

    @property
    def version(self) -> str:
        """The installed version."""
        return importlib.metadata.version(self.package)


def _of_torch(
    header: tuple[str, ...], laws: dict[str, str], dtype: str, *, has_rsample_of: set[str]
) -> Programs:
    """Return the programs of torch.distributions, and of whatever keeps to its interface."""
    begin = (*header, f"torch.set_default_dtype(torch.{dtype})")
    seeded = (*begin, "torch.manual_seed(seed)")
    found: Programs = {}
    for name, form in laws.items():
        law = f"law = {_given(form, FIRST[name])}"
        scored = (*seeded, law, "x = law.sample((n,))", "p = law.log_prob(x)")
        questions: Programs = {
            (name, "log density"): Program((*begin, law), "float(law.log_prob(torch.tensor(x)))"),
            (name, "entropy"): Program((*begin, law), "float(law.entropy())"),
            (name, "mode"): Program((*begin, law), "law.mode.tolist()"),
            (name, "distribution function"): Program(
                (*begin, law), "float(law.cdf(torch.tensor(x)))"
            ),
            (name, "quantile"): Program((*begin, law), "float(law.icdf(torch.tensor(u)))"),
            (name, "draws"): Program((*seeded, law, "x = law.sample((n,))"), "x"),
            (name, "own draws"): Program(scored, SHARE_NAN),
        }
        if name in SECOND:
            pair = (f"p = {_given(form, FIRST[name])}", f"q = {_given(form, SECOND[name])}")
            questions[name, "divergence"] = Program(
                (*begin, *pair), "float(torch.distributions.kl_divergence(p, q))"
            )
        if name in has_rsample_of:
            found |= _torch_gradients(name, form, seeded)
        found |= questions
    return found


def _given(form: str, names: tuple[str, ...]) -> str:
    return form.format(*(f"torch.tensor({name})" for name in names))


def _torch_gradients(name: str, form: str, seeded: tuple[str, ...]) -> Programs:
    """Return the programs that differentiate draws, each draw with parameters of its own."""
    listed = "alpha" if name == "Dirichlet" else f"[{', '.join(FIRST[name])}]"
    theta = f"theta = torch.tensor({listed}).repeat(n, 1).requires_grad_()"
    if name == "Dirichlet":
        lines = (
            f"x = {form.format('theta')}.rsample()",
            "v = [torch.autograd.grad(y.sum(), theta, retain_graph=True)[0] for y in x.T]",
            "x, v = x.detach(), torch.stack([w[:, j] for w in v], 1)",
        )
    else:
        lines = (
            f"x = {form.format('theta[:, 0]', 'theta[:, 1]')}.rsample()",
            "v = torch.autograd.grad(x.sum(), theta)[0][:, j]",
            "x = x.detach()",
        )
    body = (*seeded, theta, *lines)
    return {
        (name, "flow"): Program(body, "(x, v)"),
        (name, "velocities"): Program(body, PAIRS),
        (name, "finite gradients"): Program(body, SHARE_INFINITE),
    }


TORCH_LAWS = {
    "Beta": "D.Beta({}, {})",
    "Kumaraswamy": "D.Kumaraswamy({}, {})",
    "Dirichlet": "D.Dirichlet({})",
    "Gaussian": "D.Normal({}, {})",
    "Categorical": "D.Categorical({})",
    "logistic normal": "D.LogisticNormal({}, {})",
}
DIFFERENTIATED = {"Beta", "Kumaraswamy", "Dirichlet", "Gaussian"}


def torch_programs(dtype: str) -> Programs:
    """Ask torch.distributions."""
    header = ("import torch", "import torch.distributions as D")
    found = _of_torch(header, TORCH_LAWS, dtype, has_rsample_of=DIFFERENTIATED)
    return found | _from_uniform(header, dtype)


def pyro_programs(dtype: str) -> Programs:
    """Ask Pyro, most of whose laws are PyTorch's."""
    header = ("import torch", "import pyro.distributions as D")
    found = _of_torch(header, TORCH_LAWS, dtype, has_rsample_of=DIFFERENTIATED)
    return found | _from_uniform(header, dtype)


def _from_uniform(header: tuple[str, ...], dtype: str) -> Programs:
    lines = (
        *header,
        f"torch.set_default_dtype(torch.{dtype})",
        "p = D.Uniform(torch.tensor(0.0), torch.tensor(1.0))",
        "q = D.Beta(torch.tensor(c), torch.tensor(d))",
    )
    result = "float(torch.distributions.kl_divergence(p, q))"
    return {("Beta", "divergence from uniform"): Program(lines, result)}


def our_programs(dtype: str) -> Programs:
    """Ask impl.samplers, the control."""
    header = ("import torch", "from impl.samplers.kumaraswamy import Kumaraswamy")
    found = _of_torch(
        header,
        {"Kumaraswamy": "Kumaraswamy({}, {})"},
        dtype,
        has_rsample_of={"Kumaraswamy"},
    )
    lines = (
        *header,
        f"torch.set_default_dtype(torch.{dtype})",
        "p = Kumaraswamy(torch.tensor(a), torch.tensor(b))",
        "q = torch.distributions.Beta(torch.tensor(c), torch.tensor(d))",
    )
    result = "float(torch.distributions.kl_divergence(p, q))"
    found["Kumaraswamy", "divergence from Beta"] = Program(lines, result)
    header = ("import torch", "from impl.samplers.softmax_gaussian import SoftmaxGaussian")
    form = "SoftmaxGaussian({}, {}**2)"
    return found | _of_torch(header, {"softmax-Gaussian": form}, dtype, has_rsample_of=set())


NUMPYRO_LAWS = {
    "Beta": "D.Beta({}, {})",
    "Kumaraswamy": "D.Kumaraswamy({}, {})",
    "Dirichlet": "D.Dirichlet(jnp.array({}))",
    "Gaussian": "D.Normal({}, {})",
    "Categorical": "D.Categorical(jnp.array({}))",
}


def numpyro_programs(dtype: str) -> Programs:
    """Ask NumPyro."""
    begin = (
        "import jax, jax.numpy as jnp",
        "import numpyro.distributions as D",
        f"jax.config.update('jax_enable_x64', {dtype == 'float64'})",
    )
    found: Programs = {}
    for name, form in NUMPYRO_LAWS.items():
        made = form.format(*FIRST[name])
        law = f"law = {made}"
        draw = "x = law.sample(jax.random.key(seed), (n,))"
        vector = "jnp.array(alpha)" if name == "Dirichlet" else "jnp.array(["
        vector += "" if name == "Dirichlet" else f"{', '.join(FIRST[name])}])"
        inner = form.format("t[0]", "t[1]") if name != "Dirichlet" else "D.Dirichlet(t)"
        moved = (
            *begin,
            f"theta = {vector}",
            f"sample = lambda t: {inner}.sample(jax.random.key(seed), (n,))",
            "x, v = jax.jvp(sample, (theta,), (jnp.eye(len(theta))[j],))",
        )
        found |= {
            (name, "log density"): Program((*begin, law), "float(law.log_prob(jnp.array(x)))"),
            (name, "entropy"): Program((*begin, law), "float(law.entropy())"),
            (name, "mode"): Program((*begin, law), "law.mode.tolist()"),
            (name, "distribution function"): Program((*begin, law), "float(law.cdf(x))"),
            (name, "quantile"): Program((*begin, law), "float(law.icdf(u))"),
            (name, "draws"): Program((*begin, law, draw), "x"),
            (name, "own draws"): Program((*begin, law, draw, "p = law.log_prob(x)"), SHARE_NAN),
            (name, "flow"): Program(moved, "(x, v)"),
            (name, "finite gradients"): Program(moved, SHARE_INFINITE),
        }
        if name in SECOND:
            pair = (f"p = {made}", f"q = {form.format(*SECOND[name])}")
            found[name, "divergence"] = Program((*begin, *pair), "float(D.kl_divergence(p, q))")
        if name in {"Kumaraswamy", "Gaussian"}:  # of Beta, a draw moves as its two Gammas do
            found[name, "velocities"] = Program(moved, PAIRS)
    found["Kumaraswamy", "divergence from Beta"] = Program(
        (*begin, "p = D.Kumaraswamy(a, b)", "q = D.Beta(c, d)"), "float(D.kl_divergence(p, q))"
    )
    found["Beta", "divergence from uniform"] = Program(
        (*begin, "p = D.Uniform(0.0, 1.0)", "q = D.Beta(c, d)"), "float(D.kl_divergence(p, q))"
    )
    return found
