"""The audit's truths agree with quadrature, its control holds, and what is broken is refuted."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import torch
from audit.catalogue import LIBRARIES
from audit.claims import all_claims
from audit.draws import gamma_log_velocity_square
from audit.judges import numbers_in
from audit.programs import LONGEST, Library, Program, printed, script
from audit.rows import rows
from audit.truths import TRUTHS

CLAIMS = {(c.distribution, c.name): c for c in all_claims()}
TORCH, OURS = LIBRARIES[0], LIBRARIES[-1]


@pytest.fixture(autouse=True)
def _type_of_others() -> Iterator[None]:
    """Give back the type that a user's lines set for a process of their own."""
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


def audited(library: Library, *names: tuple[str, str], dtype: str = "float64") -> list[dict]:
    """Run some claims on a library."""
    return list(rows(library, [CLAIMS[name] for name in names], dtype))


def integral(function: Callable[[mp.mpf], mp.mpf], low: float = 0, high: float = 1) -> mp.mpf:
    """Integrate over an interval, both ends possibly singular."""
    low, high = mp.mpf(low), mp.mpf(high)
    return mp.quad(function, [low, (low + high) / 2, high])


LINE = {
    "Beta": ({"a": "1.5", "b": "2.25"}, {"c": "3.5", "d": "1.25"}, (0, 1)),
    "Kumaraswamy": ({"a": "1.75", "b": "1.25"}, None, (0, 1)),
    "Gaussian": ({"m": "0.5", "s": "0.75"}, {"c": "1.5", "d": "1.25"}, (-9, 10)),
}


@pytest.mark.parametrize("name", LINE)
def test_truths_on_the_line_agree_with_quadrature(name: str) -> None:
    """Densities integrate to F; entropy and divergence are the mean log density and log ratio."""
    first, second, ends = LINE[name]
    truths, law = TRUTHS[name], {k: mp.mpf(v) for k, v in first.items()}

    def mean(function: Callable[[mp.mpf], mp.mpf], high: float = ends[1]) -> mp.mpf:
        return integral(lambda x: mp.exp(log(x)) * function(x), ends[0], high)

    def log(x: mp.mpf) -> mp.mpf:
        return truths["log density"](**law, x=x)

    at = mp.mpf("0.625")
    part = truths["distribution function"](**law, x=at)
    assert mp.almosteq(mean(lambda _: 1, at), part, 1e-9)
    assert mp.almosteq(mean(lambda x: -log(x)), truths["entropy"](**law), 1e-9)
    if second:
        other = {k: mp.mpf(v) for k, v in second.items()}
        values = list(other.values())
        wanted = mean(lambda x: log(x) - truths["log density"](*values, x=x))
        assert mp.almosteq(wanted, truths["divergence"](**law, **other), 1e-8)


def test_divergences_from_and_to_beta_agree_with_quadrature() -> None:
    """KL is the integral of the density times the log ratio."""
    a, b, c, d = (mp.mpf(v) for v in ("1.5", "2.25", "3.5", "1.25"))
    beta = TRUTHS["Beta"]["log density"]
    found = TRUTHS["Beta"]["divergence from uniform"](c, d)
    assert mp.almosteq(integral(lambda x: -beta(c, d, x)), found, 1e-8)
    log = TRUTHS["Kumaraswamy"]["log density"]
    found = TRUTHS["Kumaraswamy"]["divergence from Beta"](a, b, c, d)
    wanted = integral(lambda x: mp.exp(log(a, b, x)) * (log(a, b, x) - beta(c, d, x)))
    assert mp.almosteq(wanted, found, 1e-8)


@pytest.mark.parametrize("name", ["Beta", "Kumaraswamy"])
def test_modes_and_quantiles_solve_their_equations(name: str) -> None:
    """The derivative of the log density is 0 at the mode, and F of the quantile is the level."""
    a, b = mp.mpf("3.5"), mp.mpf("1.75")
    truths = TRUTHS[name]
    mode = truths["mode"](a, b)
    assert abs(mp.diff(lambda x: truths["log density"](a, b, x), mode)) < 1e-8
    if "quantile" in truths:
        at = truths["distribution function"](a, b, truths["quantile"](a, b, mp.mpf("0.3")))
        assert mp.almosteq(at, mp.mpf("0.3"), 1e-12)


def test_truths_on_the_simplex_agree_with_quadrature() -> None:
    """Three densities of three coordinates integrate to 1; means of logs are those of Dirichlet."""
    alpha, beta = [mp.mpf(v) for v in ("1.5", "2", "2.5")], [mp.mpf(v) for v in ("2", "1", "3")]
    m, s = [mp.mpf("0.25"), mp.mpf("-0.5"), mp.mpf("0.75")], [mp.mpf("0.5")] * 3
    dirichlet = TRUTHS["Dirichlet"]
    nodes, weights = np.polynomial.legendre.leggauss(30)
    points = list(zip((nodes + 1) / 2, weights / 2, strict=True))
    cells = [
        ([u, v * (1 - u), (1 - v) * (1 - u)], p * q * (1 - u))
        for (u, p), (v, q) in itertools.product(points, points)
    ]

    def mean(log: Callable[[list], Any], of: Callable[[list], Any] = lambda _: 1) -> float:
        return float(sum(w * mp.exp(log(x)) * of(x) for x, w in cells))

    def log(x: list) -> mp.mpf:
        return dirichlet["log density"](alpha, x)

    stick, softmax = (
        TRUTHS[name]["log density"] for name in ("logistic normal", "softmax-Gaussian")
    )
    for density in (log, lambda x: stick(m[:2], s[:2], x), lambda x: softmax(m, s, x)):
        assert mean(density) == pytest.approx(1, abs=1e-3)
    for wanted, k in zip(dirichlet["mean log"](alpha), range(3), strict=True):
        assert mean(log, lambda x, k=k: mp.log(x[k])) == pytest.approx(float(wanted), abs=5e-3)
    entropy = mean(log, lambda x: -log(x))
    assert float(dirichlet["entropy"](alpha)) == pytest.approx(entropy, abs=1e-3)
    divergence = mean(log, lambda x: log(x) - dirichlet["log density"](beta, x))
    assert float(dirichlet["divergence"](alpha, beta)) == pytest.approx(divergence, abs=5e-3)


def test_truths_of_outcomes_agree_with_sums() -> None:
    """Entropy and divergence are sums over outcomes, 0 log 0 is 0, and log 0 infinite."""
    p, q = (
        [mp.mpf("0.5"), mp.mpf("0.25"), mp.mpf("0.25")],
        [mp.mpf(0), mp.mpf("0.5"), mp.mpf("0.5")],
    )
    truths = TRUTHS["Categorical"]
    assert mp.almosteq(truths["entropy"](p), mp.mpf("1.5") * mp.log(2))
    assert mp.almosteq(truths["entropy"](q), mp.log(2))
    assert mp.almosteq(truths["divergence"](q, p), mp.log(2))
    assert truths["divergence"](p, q) == mp.inf
    assert truths["log density"](q, 0) == mp.ninf


def test_jacobian_and_variance_bound_agree_with_differences_and_draws(
    rng: np.random.Generator,
) -> None:
    """The Jacobian is that of E[log x]; the mean square velocity of log Gammas is 1/a^2 at 0."""
    alpha, g = [mp.mpf("1.5"), mp.mpf("2.5"), mp.mpf(4)], [1, -2, 3]
    mean_log = TRUTHS["Dirichlet"]["mean log"]
    for k, wanted in enumerate(TRUTHS["Dirichlet"]["natural gradient"](alpha, g)):
        along = mp.diff(
            lambda t, k=k: mean_log([a + t * v for a, v in zip(alpha, g, strict=True)])[k], 0
        )
        assert mp.almosteq(along, wanted, 1e-8)
    # As a falls, g = (u Gamma(a + 1))^(1/a), and d log g/da = -log u / a^2 to first order.
    small = 0.1
    assert gamma_log_velocity_square(small) == pytest.approx(2 / small**4, rel=0.2, abs=0)
    assert np.mean(np.log(rng.uniform(size=1000)) ** 2) == pytest.approx(2, abs=0.5)


def test_printed_numbers_are_read_as_printed() -> None:
    """NaN, infinities and lists come back; what is no number does not."""
    assert numbers_in("-1.5e-3") == -1.5e-3
    assert numbers_in("[[-inf, 1], [inf, 2]]").tolist() == [[-np.inf, 1], [np.inf, 2]]
    assert np.isnan(numbers_in("nan"))
    for text in ("tensor(1.)", "", "[1, [2]]", "None"):
        assert numbers_in(text) is None, text


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_control_holds(dtype: str) -> None:
    """Our samplers pass what is quick to ask; the record has the rest."""
    quick = ("log density at the ends", "entropy", "mode", "own draws can be scored")
    asked = [("softmax-Gaussian", "log density"), *(("Kumaraswamy", name) for name in quick)]
    found = audited(OURS, *asked, dtype=dtype)
    assert len(found) == len(asked)
    for row in found:
        assert list(row["answers"]) == ["right"], row["claim"]


def result(text: str) -> Callable[[Program], Program]:
    """Change the result."""
    return lambda program: (*program[:-1], text.format(program[-1]))


def line(text: str) -> Callable[[Program], Program]:
    """Add a statement to the last line, so that the script has no more of them."""
    return lambda program: (*program[:-2], f"{program[-2]}; {text}", program[-1])


FLIPPED = result("{} + 2 * torch.tensor(a * b).log().item()")
BREAKS = {
    "entropy, sign of its logarithm flipped": (OURS, "entropy", "entropy", FLIPPED),
    "mode always NaN": (OURS, "mode", "mode", result("{} * torch.nan")),
    "log density NaN at the ends": (
        *(OURS, "log density at the ends", "log density"),
        result("{} if 0 < x < 1 else torch.nan"),
    ),
    "draws reflected": (OURS, "law of draws", "draws", line("x = 1 - x")),
    "draws not numbers": (OURS, "law of draws", "draws", line("x[::50] = torch.nan")),
    "one gradient NaN": (OURS, *["finite gradients"] * 2, line("v[0] = torch.nan")),
    "gradients of the wrong sign": (OURS, "pathwise gradients", "velocities", line("v = -v")),
    "gradients a hundredth too large": (
        *(OURS, "pathwise gradients", "velocities"),
        line("v = v * 1.01"),
    ),
    "gradients of a Dirichlet halved": (
        *(TORCH, "flow of gradients", "Dirichlet: flow"),
        line("v = v / 2"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKS)
def test_broken_library_is_refuted_by_its_script(name: str) -> None:
    """A fault put in by hand refutes the claim, and the script of the row shows it."""
    library, claim, question, change = BREAKS[name]
    questions = {**library.questions, question: change(library.questions[question])}
    law = "Dirichlet" if library is TORCH else "Kumaraswamy"
    (found,) = audited(replace(library, questions=questions), (law, claim))
    assert found["verdict"] == "refuted", found
    shown = found["reproducer"]
    assert shown["shows"]
    assert len(shown["script"].splitlines()) <= LONGEST
    assert printed(shown["script"]) == shown["output"]


def test_failure_that_no_script_shows_is_unknown() -> None:
    """What goes wrong only within the audit's own process refutes nothing."""
    claim = CLAIMS["Kumaraswamy", "mode"]
    one = replace(claim, cases=claim.cases[:1])
    truth = float(TRUTHS["Kumaraswamy"]["mode"](mp.mpf("1.5"), mp.mpf("1.25")))
    for elsewhere, verdict in ((2.0, "refuted"), (truth, "unknown")):
        odd = ("inside = 'audit.programs' in sys.modules", f"nan if inside else {elsewhere!r}")
        setup = ("import sys", "from math import nan")
        library = Library("odd", "varproof", setup, {"Kumaraswamy": ""}, {"mode": odd})
        (found,) = rows(library, [one], "float64")
        assert found["verdict"] == verdict


def test_script_that_is_too_long_is_refused() -> None:
    """A page shows at most ten lines."""
    with pytest.raises(ValueError, match="at most 10 lines"):
        script(("import math", *("x = 1",) * LONGEST, "x"), {"a": 1.0})
