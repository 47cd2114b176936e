"""The libraries that are audited, and how each is asked."""

from __future__ import annotations

from dataclasses import replace

from audit.programs import Library, Program

SHARE_NAN = "float((p != p).sum()) / n"
SHARE_INFINITE = "float((~(abs(v) < float('inf'))).sum()) / n"
PAIRS = "[x.tolist(), v.tolist()]"
LAW = "law = $law"

SEED, DRAW = "torch.manual_seed(seed)", "x = law.sample((n,))"
THETA = "t = torch.tensor($theta).repeat(n, 1).requires_grad_()"
KL = "float(torch.distributions.kl_divergence(p, q))"
BETA = "q = torch.distributions.Beta(torch.tensor(c), torch.tensor(d))"
UNIFORM = "p = D.Uniform(torch.tensor(0.0), torch.tensor(1.0))"
MOVED = (
    *(SEED, THETA, "x = $moved.rsample()", "v = torch.autograd.grad(x.sum(), t)[0][:, j]"),
    "x = x.detach()",
)
MOVED_VECTORS = (
    *(SEED, THETA, "x = $moved.rsample()"),
    "v = [torch.autograd.grad(y.sum(), t, retain_graph=True)[0] for y in x.T]",
    "x, v = x.detach(), torch.stack([w[:, j] for w in v], 1)",
)
TORCH: dict[str, Program] = {
    "log density": (LAW, "float(law.log_prob(torch.tensor(x)))"),
    "entropy": (LAW, "float(law.entropy())"),
    "mode": (LAW, "law.mode.tolist()"),
    "distribution function": (LAW, "float(law.cdf(torch.tensor(x)))"),
    "quantile": (LAW, "float(law.icdf(torch.tensor(u)))"),
    "draws": (SEED, LAW, DRAW, "x"),
    "own draws": (SEED, LAW, DRAW, "p = law.log_prob(x)", SHARE_NAN),
    "divergence": ("p = $law", "q = $other", KL),
    "flow": (*MOVED, "(x, v)"),
    "velocities": (*MOVED, PAIRS),
    "finite gradients": (*MOVED, SHARE_INFINITE),
}
PYTORCH = TORCH | {
    "Dirichlet: flow": (*MOVED_VECTORS, "(x, v)"),
    "Dirichlet: finite gradients": (*MOVED_VECTORS, SHARE_INFINITE),
    "Beta: divergence from uniform": (UNIFORM, "q = $other", KL),
}
PYTORCH_LAWS = {
    "Beta": "D.Beta({}, {})",
    "Kumaraswamy": "D.Kumaraswamy({}, {})",
    "Dirichlet": "D.Dirichlet({})",
    "Gaussian": "D.Normal({}, {})",
    "Categorical": "D.Categorical({})",
    "logistic normal": "D.LogisticNormal({}, {})",
}


TYPE = "torch.set_default_dtype(torch.$type)"
TORCH_ITSELF = Library(
    *("torch.distributions", "torch", ("import torch", "import torch.distributions as D", TYPE)),
    *(PYTORCH_LAWS, PYTORCH, "torch.tensor({})"),
)
PYRO = replace(
    TORCH_ITSELF,
    name="Pyro",
    package="pyro-ppl",
    setup=("import torch", "import pyro.distributions as D", TYPE),
)
OURS = replace(
    TORCH_ITSELF,
    name="impl.samplers",
    package="varproof",
    setup=("import torch", "from impl.samplers import kumaraswamy, softmax_gaussian", TYPE),
    laws={
        "Kumaraswamy": "kumaraswamy.Kumaraswamy({}, {})",
        "softmax-Gaussian": "softmax_gaussian.SoftmaxGaussian({}, {}**2)",
    },
    questions=TORCH | {"Kumaraswamy: divergence from Beta": ("p = $law", BETA, KL)},
    is_control=True,
)

DRAW_JAX = "x = law.sample(jax.random.key(seed), (n,))"
MOVED_JAX = (
    "t = jnp.array($theta)",
    "sample = lambda t: $moved.sample(jax.random.key(seed), (n,))",
    "x, v = jax.jvp(sample, (t,), (jnp.eye(len(t))[j],))",
)
KL_JAX = "float(D.kl_divergence(p, q))"
NUMPYRO = Library(
    "NumPyro",
    "numpyro",
    setup=(
        "import jax, jax.numpy as jnp",
        "import numpyro.distributions as D",
        "jax.config.update('jax_enable_x64', $double)",
    ),
    laws={law: form for law, form in PYTORCH_LAWS.items() if law != "logistic normal"},
    questions={
        "log density": (LAW, "float(law.log_prob(jnp.array(x)))"),
        "entropy": (LAW, "float(law.entropy())"),
        "mode": (LAW, "law.mode.tolist()"),
        "distribution function": (LAW, "float(law.cdf(x))"),
        "quantile": (LAW, "float(law.icdf(u))"),
        "draws": (LAW, DRAW_JAX, "x"),
        "own draws": (LAW, DRAW_JAX, "p = law.log_prob(x)", SHARE_NAN),
        "divergence": ("p = $law", "q = $other", KL_JAX),
        "flow": (*MOVED_JAX, "(x, v)"),
        "finite gradients": (*MOVED_JAX, SHARE_INFINITE),
        # Of Beta, a draw moves as its two Gammas do.
        "Kumaraswamy, Gaussian: velocities": (*MOVED_JAX, PAIRS),
        "Kumaraswamy: divergence from Beta": ("p = $law", "q = D.Beta(c, d)", KL_JAX),
        "Beta: divergence from uniform": ("p = D.Uniform(0.0, 1.0)", "q = $other", KL_JAX),
    },
    parameter="jnp.array({})",
)

RVS = "x = law.rvs(size=n, random_state=np.random.default_rng(seed))"
SCIPY = Library(
    "SciPy",
    "scipy",
    setup=("import numpy as np", "from scipy import stats"),
    laws={
        "Beta": "stats.beta({}, {})",
        "Dirichlet": "stats.dirichlet({})",
        "Gaussian": "stats.norm({}, {})",
        "Categorical": "stats.rv_discrete(values=(range(len({0})), {0}))",
    },
    questions={
        "log density": (LAW, "float(law.logpdf(x))"),
        "entropy": (LAW, "float(law.entropy())"),
        "distribution function": (LAW, "float(law.cdf(x))"),
        "draws": (LAW, RVS, "x"),
        "own draws": (LAW, RVS, "p = law.logpdf(x)", SHARE_NAN),
        "Dirichlet: own draws": (LAW, RVS, "p = law.logpdf(x.T)", SHARE_NAN),
        "Categorical: log density": (LAW, "float(law.logpmf(x))"),
        "Categorical: entropy": ("float(stats.entropy(p))",),
        "Categorical: divergence": ("float(stats.entropy(p, q))",),
    },
    types=("float64",),
)

BAYESPY = Library(
    "BayesPy",
    "bayespy",
    setup=("import numpy as np", "from bayespy import nodes"),
    laws={
        "Beta": "nodes.Beta([{}, {}])",
        "Dirichlet": "nodes.Dirichlet({})",
        "Gaussian": "nodes.GaussianARD({}, {}**-2)",
        "Categorical": "nodes.Categorical({})",
    },
    questions={
        "log density": (LAW, "float(law.logpdf(np.array(x)))"),
        "draws": ("np.random.seed(seed)", "x = $many.random()", "x"),
        # A divergence is minus what a node adds to the bound.
        "Beta, Dirichlet, Categorical: divergence": (
            "law = $other",
            "law.initialize_from_parameters(np.array($theta))",
            "float(-law.lower_bound_contribution(ignore_masked=False))",
        ),
        "Dirichlet: mean log": (LAW, "law.get_moments()[0].tolist()"),
        "Dirichlet: natural gradient": (
            LAW,
            "gradient = law._distribution.compute_gradient([np.array(g)], None, law.phi)[0]",
            "gradient.tolist()",
        ),
    },
    types=("float64",),
)
LIBRARIES = (TORCH_ITSELF, PYRO, NUMPYRO, SCIPY, BAYESPY, OURS)
