"""The audit's truths agree with quadrature, its control holds, and what is broken is refuted."""

import itertools
from collections.abc import Callable, Iterator

import mpmath as mp
import numpy as np
import pytest
import torch
from audit import truths
from audit.catalogue import LIBRARIES, all_claims
from audit.drawing import gamma_log_velocity_square
from audit.judging import Answer, printed_numbers
from audit.libraries import Library, Programs, our_programs, torch_programs
from audit.program import LONGEST, Program, execute
from audit.running import Row, rows, settled

CLAIMS = {(c.distribution, c.name): c for c in all_claims()}
OURS = LIBRARIES[-1]


@pytest.fixture(autouse=True)
def _type_of_others() -> Iterator[None]:
    """Give back the type that a user's lines set for a process of their own."""
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


def audited(library: Library, *claims: tuple[str, str], dtype: str = "float64") -> list[Row]:
    """Run some claims on a library."""
    return list(rows([library], [CLAIMS[claim] for claim in claims], dtype))


def integral(density: Callable[[mp.mpf], mp.mpf], ends: tuple[float, float] = (0, 1)) -> mp.mpf:
    """Integrate over an interval, both ends possibly singular."""
    low, high = (mp.mpf(end) for end in ends)
    return mp.quad(density, [low, (low + high) / 2, high])


LINE = {
    "beta": (mp.mpf("1.5"), mp.mpf("2.25")),
    "kumaraswamy": (mp.mpf("1.75"), mp.mpf("1.25")),
    "gaussian": (mp.mpf("0.5"), mp.mpf("0.75")),
}


@pytest.mark.parametrize("name", LINE)
def test_truths_on_the_line_agree_with_quadrature(name: str) -> None:
    """Densities integrate to F, and the entropy is minus the mean log density."""
    first, second = LINE[name]
    bounds = (-9, 10) if name == "gaussian" else (0, 1)
    parameters = ("m", "s") if name == "gaussian" else ("a", "b")
    law = dict(zip(parameters, (first, second), strict=True))

    def density(x: mp.mpf) -> mp.mpf:
        return mp.exp(getattr(truths, f"{name}_log_density")(**law, x=x))

    def surprise(x: mp.mpf) -> mp.mpf:
        return -density(x) * getattr(truths, f"{name}_log_density")(**law, x=x)

    at = mp.mpf("0.625")
    part = integral(density, (bounds[0], at))
    assert mp.almosteq(part, getattr(truths, f"{name}_distribution")(**law, x=at), 1e-9)
    assert mp.almosteq(integral(surprise, bounds), getattr(truths, f"{name}_entropy")(**law), 1e-9)


@pytest.mark.parametrize("name", ["beta", "kumaraswamy"])
def test_modes_are_where_the_log_density_is_flat(name: str) -> None:
    """The derivative of the log density is 0 at the mode."""
    a, b = mp.mpf("3.5"), mp.mpf("1.75")
    mode = getattr(truths, f"{name}_mode")(a, b)
    assert abs(mp.diff(lambda x: getattr(truths, f"{name}_log_density")(a, b, x), mode)) < 1e-8


def test_divergences_agree_with_quadrature() -> None:
    """KL is the integral of the density times the log ratio."""
    a, b, c, d = (mp.mpf(v) for v in ("1.5", "2.25", "3.5", "1.25"))

    def by_quadrature(p: Callable, q: Callable, ends: tuple[float, float]) -> mp.mpf:
        return integral(lambda x: mp.exp(p(x)) * (p(x) - q(x)), ends)

    beta = lambda x: truths.beta_log_density(c, d, x)  # noqa: E731 - three laws side by side
    unit = ((0, 1),) * 3
    pairs = (
        (truths.beta_divergence(a, b, c, d), lambda x: truths.beta_log_density(a, b, x)),
        (truths.beta_from_uniform(c, d), lambda _: mp.mpf(0)),
        (
            truths.kumaraswamy_beta_divergence(a, b, c, d),
            lambda x: truths.kumaraswamy_log_density(a, b, x),
        ),
    )
    for (wanted, first), ends in zip(pairs, unit, strict=True):
        assert mp.almosteq(by_quadrature(first, beta, ends), wanted, 1e-8)
    gaussians = [
        lambda x, m=m, s=s: truths.gaussian_log_density(m, s, x) for m, s in ((a, b), (c, d))
    ]
    wanted = truths.gaussian_divergence(a, b, c, d)
    assert mp.almosteq(by_quadrature(*gaussians, (-25, 28)), wanted, 1e-8)


def test_densities_on_the_simplex_integrate_to_one() -> None:
    """Dirichlet, the stick-breaking and the softmax law of three coordinates are densities."""
    m, s = [mp.mpf("0.25"), mp.mpf("-0.5"), mp.mpf("0.75")], [mp.mpf("0.5")] * 3
    laws = (
        lambda x: truths.dirichlet_log_density([mp.mpf("1.5"), mp.mpf(2), mp.mpf("2.5")], x),
        lambda x: truths.logistic_normal_log_density(m[:2], s[:2], x),
        lambda x: truths.softmax_gaussian_log_density(m, s, x),
    )
    nodes, weights = np.polynomial.legendre.leggauss(30)
    points = list(zip((nodes + 1) / 2, weights / 2, strict=True))
    for law in laws:
        mass = sum(
            p * q * (1 - u) * float(mp.exp(law([u, v * (1 - u), (1 - v) * (1 - u)])))
            for (u, p), (v, q) in itertools.product(points, points)
        )
        assert mass == pytest.approx(1, abs=1e-3)


def test_jacobian_and_variance_bound_agree_with_differences_and_draws(
    rng: np.random.Generator,
) -> None:
    """The Jacobian is that of E[log x]; the mean square velocity of log Gammas is 1/a^2 at 0."""
    alpha, g, step = [mp.mpf("1.5"), mp.mpf("2.5"), mp.mpf(4)], [1, -2, 3], mp.mpf("1e-6")
    for k, wanted in enumerate(truths.dirichlet_jacobian_times(alpha, g)):
        found = mp.mpf(0)
        for j, weight in enumerate(g):
            up, down = (
                truths.dirichlet_mean_log([a + s * step * (i == j) for i, a in enumerate(alpha)])[k]
                for s in (1, -1)
            )
            found += weight * (up - down) / (2 * step)
        assert mp.almosteq(found, wanted, 1e-8)
    # As a falls, g = (u Gamma(a + 1))^(1/a), and d log g/da = -log u / a^2 to first order.
    u = rng.uniform(size=1000)
    small = 0.01
    assert gamma_log_velocity_square(small) == pytest.approx(2 / small**4, rel=0.2, abs=0)
    assert np.mean(np.log(u) ** 2) == pytest.approx(2, abs=0.5)


def test_printed_numbers_are_read_as_printed() -> None:
    """NaN, infinities and nested lists come back; what is no number does not."""
    assert printed_numbers("-1.5e-3") == -1.5e-3
    assert printed_numbers("[-inf, [inf, 2]]") == [-np.inf, [np.inf, 2.0]]
    assert np.isnan(printed_numbers("nan"))
    assert printed_numbers("tensor(1.)") is None


QUICK = [
    ("Kumaraswamy", name)
    for name in ("log density at the ends", "entropy", "mode", "own draws can be scored")
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_control_holds(dtype: str) -> None:
    """Our samplers pass what is quick to ask; the record has the rest."""
    found = audited(OURS, *QUICK, ("softmax-Gaussian", "log density"), dtype=dtype)
    assert len(found) == len(QUICK) + 1
    for row in found:
        assert {r.answer for r in row.rulings} == {Answer.RIGHT}, row.claim.name


def broken(question: tuple[str, str], change: Callable[[Program], Program]) -> Library:
    """Ours with the program of one question changed."""

    def programs(dtype: str) -> Programs:
        found = torch_programs(dtype) | our_programs(dtype)
        return {question: change(found[question])}

    return Library("broken", "varproof", programs)


def result(text: str) -> Callable[[Program], Program]:
    """Change the result."""
    return lambda program: Program(program.lines, text.format(program.result))


def line(text: str) -> Callable[[Program], Program]:
    """Add a statement to the last line, so that the script has no more of them."""
    return lambda program: Program(
        (*program.lines[:-1], f"{program.lines[-1]}; {text}"), program.result
    )


BREAKS = {
    "entropy, sign of its logarithm flipped": (
        ("Kumaraswamy", "entropy"),
        ("Kumaraswamy", "entropy"),
        result("{} + 2 * torch.tensor(a * b).log().item()"),
    ),
    "mode always NaN": (("Kumaraswamy", "mode"), ("Kumaraswamy", "mode"), result("{} * torch.nan")),
    "log density NaN at the ends": (
        ("Kumaraswamy", "log density at the ends"),
        ("Kumaraswamy", "log density"),
        result("{} if 0 < x < 1 else torch.nan"),
    ),
    "draws reflected": (
        ("Kumaraswamy", "law of draws"),
        ("Kumaraswamy", "draws"),
        line("x = 1 - x"),
    ),
    "draws not numbers": (
        ("Kumaraswamy", "law of draws"),
        ("Kumaraswamy", "draws"),
        line("x[::50] = torch.nan"),
    ),
    "one gradient NaN": (
        ("Kumaraswamy", "finite gradients"),
        ("Kumaraswamy", "finite gradients"),
        line("v[0] = torch.nan"),
    ),
    "gradients of the wrong sign": (
        ("Kumaraswamy", "pathwise gradients"),
        ("Kumaraswamy", "velocities"),
        line("v = -v"),
    ),
    "gradients a hundredth too large": (
        ("Kumaraswamy", "pathwise gradients"),
        ("Kumaraswamy", "velocities"),
        line("v = v * 1.01"),
    ),
    "gradients of a Dirichlet halved": (
        ("Dirichlet", "flow of gradients"),
        ("Dirichlet", "flow"),
        line("v = v / 2"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BREAKS)
def test_broken_library_is_refuted_by_its_script(name: str) -> None:
    """A fault put in by hand refutes the claim, and the script of the row shows it."""
    claim, question, change = BREAKS[name]
    (found,) = settled(audited(broken(question, change), claim))
    assert found["verdict"] == "refuted", found
    shown = found["reproducer"]
    assert shown["shows"]
    assert len(shown["script"].splitlines()) <= LONGEST
    assert execute([shown["script"]])[0].text == shown["output"]


def test_failure_that_no_script_shows_is_unknown() -> None:
    """What goes wrong only within the audit's own process refutes nothing."""
    state = ("import sys", "inside = 'audit.program' in sys.modules")
    odd = Program(state, "float('nan') if inside else 2.0")
    library = Library("odd", "varproof", lambda _: {("Kumaraswamy", "mode"): odd})
    claim = CLAIMS["Kumaraswamy", "mode"]
    (wrong_everywhere,) = settled(rows([library], [claim], "float64"))
    assert wrong_everywhere["verdict"] == "refuted"  # 2.0 is no mode either
    truth = float(truths.kumaraswamy_mode(mp.mpf("1.5"), mp.mpf("1.25")))
    right = Program(state, f"float('nan') if inside else {truth!r}")
    library = Library("odd", "varproof", lambda _: {("Kumaraswamy", "mode"): right})
    one = type(claim)(**{**vars(claim), "cases": claim.cases[:1]})
    (found,) = settled(rows([library], [one], "float64"))
    assert found["verdict"] == "unknown"


def test_script_that_is_too_long_is_refused() -> None:
    """A page shows at most ten lines."""
    long = Program(("import math", *("x = 1",) * LONGEST), "x")
    with pytest.raises(ValueError, match="at most 10 lines"):
        long.script({"a": 1.0})
