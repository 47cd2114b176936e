"""Squared MMD against literal pairs, closed forms and quadrature, biases counted."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from harness.historical import cases
from harness.vae_models import double
from oracles import mmd as oracle
from torch import Tensor

from derivations.calculus.steps import Verdict
from derivations.evidence.monte_carlo import STANDARD, Plan, SampledCheck, mean_equals
from derivations.evidence.monte_carlo.budget import Budget
from impl import mmd
from impl.errors import InputError
from impl.mmd import rbf_kernel, squared_mmd
from impl.vae import notebook, settings

Statistic = Callable[[Tensor, Tensor, float, str], Tensor]
SIZES = [(4, 6, 3, 0.7), (7, 2, 1, 2.0), (3, 5, 12, 5.5)]
"""Points of each set, their dimension, bandwidth."""


def draw_sets(
    rng: np.random.Generator, sizes: tuple[int, int, int, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of different size, place and spread, some way from the origin."""
    n, m, dimension, _ = sizes
    return 3 + rng.normal(size=(n, dimension)), 3.5 + 0.6 * rng.normal(size=(m, dimension))


def check_pairs(statistic: Statistic, rng: np.random.Generator, device: torch.device) -> None:
    """V- and U-statistic equal literal means over pairs, for sets alone and several at once."""
    for sizes in SIZES:
        x, y = draw_sets(rng, sizes)
        here, there = double(x, device), double(y, device)
        for name in ("v", "u"):
            exact = oracle.squared_mmd(x, y, sizes[3], unbiased=name == "u")
            found = statistic(here, there, sizes[3], name)
            assert float(found) == pytest.approx(exact, rel=1e-11, abs=1e-14)
            swapped = oracle.squared_mmd(y, x, sizes[3], unbiased=name == "u")
            both = statistic(
                torch.stack([here, here + 1]), torch.stack([there, there + 1]), sizes[3], name
            )
            torch.testing.assert_close(both, double([exact, exact], device), rtol=1e-10, atol=1e-13)
            assert swapped == pytest.approx(exact, rel=1e-11, abs=0)


@pytest.mark.establishes(
    "mmd.kernel_form", "mmd.v_statistic", "mmd.u_statistic", kind="enumeration"
)
def test_statistics_equal_literal_means_over_pairs(
    rng: np.random.Generator, device: torch.device
) -> None:
    """Both statistics with the notebook's kernel equal loops over pairs."""
    check_pairs(squared_mmd, rng, device)


@pytest.mark.establishes("mmd.kernel_form", kind="enumeration")
def test_kernel_is_the_notebooks_for_every_pair(
    rng: np.random.Generator, device: torch.device
) -> None:
    """Each entry is exp(-mean_d((x - y)^2) / s) with s = (2 / D) b, whatever D."""
    for sizes in SIZES:
        x, y = draw_sets(rng, sizes)
        exact = [[oracle.kernel(p, q, sizes[3]) for q in y] for p in x]
        found = rbf_kernel(double(x, device), double(y, device), sizes[3])
        torch.testing.assert_close(found, double(exact, device), rtol=1e-12, atol=0)


def elementwise(x: Tensor, y: Tensor, bandwidth: float, _: str) -> Tensor:
    """The kernel of x_i and y_i alone, as the notebook's without broadcasting."""
    n = min(len(x), len(y)) if x.dim() == 2 else x.shape[1]

    def kernel(p: Tensor, q: Tensor) -> Tensor:
        return torch.exp(-((p - q) ** 2).sum(-1) / (2 * bandwidth))

    first, second = x[..., :n, :], y[..., : x.shape[-2], :]
    n = min(first.shape[-2], second.shape[-2])
    first, second = first[..., :n, :], second[..., :n, :]
    return (kernel(first, first) + kernel(second, second) - 2 * kernel(first, second)).mean(-1)


def flat(x: Tensor, y: Tensor, bandwidth: float, name: str) -> Tensor:
    """Both statistics at once for a stack of sets: one number in place of each."""
    return squared_mmd(x, y, bandwidth, name).mean() * torch.ones(x.shape[:-2]).to(x) * 1.01


FAULTY: dict[str, Statistic] = {
    "kernel-elementwise": elementwise,
    "V-statistic called U": lambda x, y, b, _: squared_mmd(x, y, b, "v"),
    "U-statistic called V": lambda x, y, b, _: squared_mmd(x, y, b, "u"),
    "cross term once": lambda x, y, b, s: (
        squared_mmd(x, y, b, s) + rbf_kernel(x, y, b).mean((-2, -1))
    ),
    "cross term added": lambda x, y, b, s: (
        squared_mmd(x, y, b, s) + 4 * rbf_kernel(x, y, b).mean((-2, -1))
    ),
    "bandwidth not doubled": lambda x, y, b, s: squared_mmd(x, y, b / 2, s),
    "bandwidth as deviation": lambda x, y, b, s: squared_mmd(x, y, b**2, s),
    "mean over dimensions left in": lambda x, y, b, s: squared_mmd(x, y, b * x.shape[-1], s),
    "root taken": lambda x, y, b, s: squared_mmd(x, y, b, s).abs().sqrt(),
    "stacked sets mixed": flat,
}


@pytest.mark.parametrize("faulty", cases(FAULTY, kind="enumeration"))
def test_faulty_statistics_are_rejected(faulty: Statistic, rng: np.random.Generator) -> None:
    """Each error fails the check that the implementation passes."""
    with pytest.raises(AssertionError):
        check_pairs(faulty, rng, torch.device("cpu"))


def test_a_shift_raises_the_distance(rng: np.random.Generator, device: torch.device) -> None:
    """Moving one set away raises the distance, up to what is left without cross terms."""
    x, y = (double(points, device) for points in draw_sets(rng, SIZES[0]))
    y = y + (x.amax(0) - y.amin(0))  # beyond x in every coordinate, so that a shift leads away
    shifts = (0.0, 1.0, 3.0, 50.0)
    found = [float(squared_mmd(x, y + shift, 0.7)) for shift in shifts]
    assert min(np.diff(found)) > -1e-12  # far out it no longer grows
    assert found[0] < found[1]
    inner = sum(float(rbf_kernel(part, part, 0.7).mean()) for part in (x, y))
    assert found[-1] == pytest.approx(inner, rel=1e-12, abs=0)


LAWS = [
    (([0.3, -1.0, 0.8], [0.5, 1.7, 0.09]), ([0.0, 0.4, -0.2], [1.0, 0.6, 2.2])),
    (([1.5], [0.2]), ([-0.4], [3.0])),
]


@pytest.mark.establishes("mmd.gaussian_kernel_expectation", kind="enumeration")
@pytest.mark.parametrize("laws", LAWS, ids=["three dimensions", "one dimension"])
@pytest.mark.parametrize("bandwidth", [2.0, 0.3])
def test_expected_kernel_equals_quadrature(
    laws: tuple, bandwidth: float, device: torch.device
) -> None:
    """The closed form equals integrals over differences; the squared MMD is made of three."""
    first, second = (tuple(double(part, device) for part in law) for law in laws)
    pairs = [(laws[i], laws[j]) for i, j in ((0, 0), (1, 1), (0, 1))]
    exact = [oracle.expected_kernel(*pair, bandwidth) for pair in pairs]
    found = mmd.expected_kernel(*first, *second, bandwidth)
    assert float(found) == pytest.approx(exact[2], rel=1e-12, abs=0)
    distance = mmd.gaussian_squared_mmd(*first, *second, bandwidth)
    assert float(distance) == pytest.approx(exact[0] + exact[1] - 2 * exact[2], rel=1e-11, abs=0)
    assert float(mmd.gaussian_squared_mmd(*first, *first, bandwidth)) == 0


def claim(statistic: Statistic, name: str, device: torch.device, plan: Plan) -> SampledCheck:
    """Claim the expectation of a statistic of three and five draws of two Gaussians."""
    laws, counts, bandwidth = LAWS[0], (3, 5), 1.4
    closed = tuple(double(part) for law in laws for part in law)
    value = (
        mmd.expected_v_statistic(*closed, bandwidth, counts=counts)
        if name == "v"
        else mmd.gaussian_squared_mmd(*closed, bandwidth)
    )

    def sampler(rng: np.random.Generator, draws: int) -> np.ndarray:
        sets = [
            double(m + np.sqrt(v) * rng.normal(size=(draws, count, 3)), device)
            for (m, v), count in zip(laws, counts, strict=True)
        ]
        return statistic(*sets, bandwidth, name).cpu().numpy()

    return mean_equals(
        f"the {name.upper()}-statistic of few draws has the closed expectation",
        sampler,
        float(value),
        detects=0.02,  # the V-statistic's bias is 0.36 here, the squared MMD 0.27
        bounds=(-2.0, 2.0),
        plan=plan,
    )


@pytest.mark.parametrize("name", ["v", "u"])
def test_expectations_of_the_statistics_are_the_closed_ones(
    name: str,
    rng: np.random.Generator,
    device: torch.device,
    ledger,  # noqa: ANN001 - the fixture of the harness
) -> None:
    """The V-statistic's mean is the squared MMD and its bias; the U-statistic has no bias."""
    entry = ledger.record(
        key=f"mmd.{name}_statistic",
        claim="the mean of the statistic of few draws is the closed one",
        kind="monte carlo",
    )
    finding = claim(squared_mmd, name, device, STANDARD)(rng)
    entry.figures.update(finding.figures)
    assert finding.verdict is Verdict.ESTABLISHED, finding.reason


@pytest.mark.parametrize("name", ["v", "u"])
def test_a_statistic_with_the_others_bias_is_refuted(name: str, rng: np.random.Generator) -> None:
    """Exchanged, each statistic is refuted by the check of the other."""
    other = {"v": "u", "u": "v"}[name]

    def exchanged(x: Tensor, y: Tensor, bandwidth: float, _: str) -> Tensor:
        return squared_mmd(x, y, bandwidth, other)

    plan = Plan(budget=Budget())
    finding = claim(exchanged, name, torch.device("cpu"), plan)(rng)
    assert finding.verdict is Verdict.REFUTED, finding


@pytest.mark.establishes("mmd.inert_in_high_dimension", kind="enumeration")
def test_notebooks_kernel_between_standard_normals_is_a_power_of_one_half(
    device: torch.device,
) -> None:
    """At bandwidth 2 the expected kernel is 2^(-D/2): 8e-31 at D = 200."""
    for dimension in (1, 2, 7, 200):
        zero, one = (double([value] * dimension, device) for value in (0.0, 1.0))
        found = float(mmd.expected_kernel(zero, one, zero, one, 2.0))
        assert found == pytest.approx(2 ** (-dimension / 2), rel=1e-13, abs=0)


def test_notebooks_mmd_pulls_nothing_at_200_dimensions(
    rng: np.random.Generator, device: torch.device
) -> None:
    """Of 100 latents of variance 1 it is the constant 2 / 100, its gradient below 1e-15."""
    for dimension, inert in ((2, False), (200, True)):
        prior, z = (double(rng.normal(size=(100, dimension)), device) for _ in range(2))
        z = (1 + z).requires_grad_()
        found = notebook.MMD(prior, z)
        (slope,) = torch.autograd.grad(found, z)
        assert (float(slope.norm()) < 1e-15) is inert
        assert (float(found.detach()) == pytest.approx(0.02, abs=1e-15)) is inert


def test_gradient_equals_differences_also_where_points_coincide(
    rng: np.random.Generator, device: torch.device
) -> None:
    """Gradcheck holds for both statistics; points shared by the sets give finite gradients."""
    x, y = (double(points, device).requires_grad_() for points in draw_sets(rng, SIZES[0]))
    for name in ("v", "u"):
        assert torch.autograd.gradcheck(
            lambda p, q, name=name: squared_mmd(p, q, 0.7, name), (x, y)
        )
        same = squared_mmd(x, torch.cat([x, x]), 0.7, name)
        for slope in torch.autograd.grad(same, x):
            assert bool(slope.isfinite().all())


def test_identical_sets_have_no_distance_and_one_point_is_a_set(device: torch.device) -> None:
    """V-statistic: 0 for equal sets, 2 - 2 k for two points."""
    x = double([[0.5, 1.0], [2.0, -1.0]], device)
    assert float(squared_mmd(x, x, 0.7)) == pytest.approx(0, abs=1e-15)
    pair = squared_mmd(x[:1], x[1:], 0.7)
    assert float(pair) == pytest.approx(
        2 - 2 * oracle.kernel(*x.cpu().numpy(), 0.7), rel=1e-12, abs=0
    )


def test_float32_is_good_to_the_fifth_decimal(
    rng: np.random.Generator, device: torch.device
) -> None:
    """At a batch of 100 in 200 dimensions, far from the origin, float32 errs by 5e-6 at most."""
    x, y = (np.float32(300 + rng.normal(size=(100, 200))) for _ in range(2))
    for bandwidth in (2.0, 200.0):
        exact = float(squared_mmd(double(x), double(y), bandwidth))
        single = (torch.tensor(part, dtype=torch.float32, device=device) for part in (x, y))
        assert float(squared_mmd(*single, bandwidth)) == pytest.approx(exact, abs=5e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.ones(3, 2), torch.ones(3, 4), 1.0), "y: wanted points of dimension 2, as x, got 4"),
        ((torch.ones(3), torch.ones(3, 2), 1.0), r"x: wanted a shape .* got shape \(3,\)"),
        ((torch.ones(0, 2), torch.ones(3, 2), 1.0), r"x: .* of 1 points or more"),
        ((torch.ones(3, 2), torch.ones(1, 2), 1.0, "u"), r"y: .* of 2 points or more"),
        ((torch.ones(3, 2), torch.ones(3, 2), 0.0), "bandwidth: wanted a number above 0, got 0.0"),
        ((torch.ones(3, 2), torch.ones(3, 2), 1.0, "w"), "statistic: wanted v or u, got 'w'"),
    ],
)
def test_sets_that_have_no_distance_are_refused(
    arguments: tuple[object, ...], message: str
) -> None:
    """A wrong shape, bandwidth or statistic is named."""
    with pytest.raises(InputError, match=message):
        squared_mmd(*arguments)


def test_settings_know_the_same_statistics() -> None:
    """They name them once more, so that a command's help need not import PyTorch."""
    assert mmd.STATISTICS == settings.STATISTICS
