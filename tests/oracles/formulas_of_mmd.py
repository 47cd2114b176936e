"""Maximum mean discrepancy and its estimators beside their printed formulas.

On a finite space any kernel is an inner product of as many features as it has points.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from harness.vae_models import double
from sympy import Basic
from torch import Tensor

from derivations.calculus.expressions import POSITIVE, Array
from derivations.meaning.notation import Joint, part
from derivations.problems.mmd import normals, symbols
from derivations.problems.mmd.normals import d
from impl import mmd
from impl.vae import notebook
from oracles.formulas import Comparison, Floats, Pair, Printed, at_most, of_order_one

NOTEBOOK = 2.0
"""The notebook's bandwidth."""
SHAPES = [(2, 3, 2), (4, 2, 3)]
"""Points of the first sample, of the second, and their dimension."""
OTHER_MEAN = Array("other_mean", normals.mean.sizes, "other mean")
OTHER_VARIANCES = Array("other_variances", normals.mean.sizes, "other variances", POSITIVE)
OF_Y = normals.normal(OTHER_MEAN[d], OTHER_VARIANCES[d])
NORMAL: dict[Basic, Basic] = {
    symbols.P: normals.P,
    symbols.Q: Joint("q", (part(normals.y[d], OF_Y, d), part(normals.y_copy[d], OF_Y, d))),
    symbols.x: normals.X,
    symbols.x_copy: normals.X_COPY,
    symbols.y: normals.Y,
    symbols.y_copy: normals.Y_COPY,
}
"""Two normal distributions in the place of any."""


class Atoms:
    """Two distributions on common points, with features whose kernel is the printed one there."""

    def __init__(self, points: Floats, bandwidth: float, laws: tuple[Floats, Floats]) -> None:
        kernel = Printed("mmd.gaussian_kernel_expectation").right(0)
        table = [[kernel(x=x, y=y, b=bandwidth) for y in points] for x in points]
        self.points, self.bandwidth, self.laws = points, bandwidth, laws
        self.numbers = {"weights_x": laws[0], "weights_y": laws[1]}
        self.numbers["phi table"] = np.linalg.cholesky(table).T

    def sampled(self, samples: tuple[Floats, Floats]) -> dict[str, object]:
        """Return the numbers with samples, which are places of points, from zero."""
        return {**self.numbers, "sample_x": samples[0] + 1, "sample_y": samples[1] + 1}

    def statistic(self, samples: tuple[Floats, Floats], kind: str) -> Tensor:
        """Return the code's statistic of samples, or of a batch of them."""
        x, y = (double(self.points[part]) for part in samples)
        return mmd.squared_mmd(x, y, self.bandwidth, kind)

    def expected(self, sizes: tuple[int, int], kind: str) -> float:
        """Average the code's statistic over all samples of two sizes."""
        first, second = sizes
        every = np.array(list(product(range(len(self.points)), repeat=first + second)))
        x, y = every[:, :first], every[:, first:]
        weights = self.laws[0][x].prod(1) * self.laws[1][y].prod(1)
        return float(weights @ self.statistic((x, y), kind).numpy())


def _atoms(rng: np.random.Generator, count: int, dimensions: int) -> Atoms:
    """Draw points, a bandwidth and two distributions on the points."""
    laws = rng.dirichlet(np.ones(count)), rng.dirichlet(np.ones(count))
    return Atoms(rng.normal(size=(count, dimensions)), float(rng.uniform(0.5, 3)), laws)


def kernel_form(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare samples' V-statistics with three means under the samples' own distributions."""
    pairs = []
    for dimensions in (2, 3):
        for bandwidth in (float(rng.uniform(0.5, 3)), NOTEBOOK):
            points = rng.normal(size=(4, dimensions))
            # each point is in both samples: a distribution on points has them all
            samples = [np.append(np.arange(4), rng.integers(4, size=n)) for n in (1, 3)]
            laws = tuple(np.bincount(sample) / len(sample) for sample in samples)
            wanted = printed.right(0)(**Atoms(points, bandwidth, laws).numbers)
            x, y = (double(points[sample]) for sample in samples)
            within = [float(mmd.rbf_kernel(s, s, bandwidth).mean()) for s in (x, y)]
            by_kernel = sum(within) - 2 * float(mmd.rbf_kernel(x, y, bandwidth).mean())
            found = [float(mmd.squared_mmd(x, y, bandwidth)), by_kernel]
            if bandwidth == NOTEBOOK:
                found.append(float(notebook.MMD(x, y)))
            pairs += [of_order_one(got, wanted) for got in found]
    return pairs


def statistic(kind: str) -> Comparison:
    """Compare a statistic of samples, and its mean over all samples less the discrepancy."""

    def compare(printed: Printed, rng: np.random.Generator) -> list[Pair]:
        pairs = []
        for n, m, dimensions in SHAPES:
            atoms = _atoms(rng, 3, dimensions)
            samples = rng.integers(3, size=n), rng.integers(3, size=m)
            got = float(atoms.statistic(samples, kind))
            wanted = printed.right(0)(**atoms.sampled(samples))
            bias = printed.right(1)(**atoms.numbers, n=n, m=m)
            apart = atoms.expected((n, m), kind) - printed.defined("MMD2")(**atoms.numbers)
            pairs += [of_order_one(got, wanted), of_order_one(apart, bias)]
        return pairs + (_of_normals(printed, rng) if kind == "v" else [])

    return compare


def _of_normals(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the V-statistic's mean under normal distributions."""
    pairs = []
    with_kernel = Printed("mmd.inert_in_high_dimension")
    form = printed.claims[1].right
    for n, m, dimensions in SHAPES:
        bandwidth = float(rng.uniform(0.8, 3))
        centres, spreads = rng.normal(size=(2, dimensions)), rng.uniform(0.3, 1.2, (2, dimensions))
        given = {"mean": centres[0], "variances": spreads[0], "b": bandwidth, "D": dimensions}
        given |= {"other_mean": centres[1], "other_variances": spreads[1], "n": n, "m": m}
        laws = [double(part) for part in (centres[0], spreads[0], centres[1], spreads[1])]
        got = mmd.expected_v_statistic(*laws, bandwidth, counts=(n, m))
        less = mmd.gaussian_squared_mmd(*laws, bandwidth)
        wanted = with_kernel(form, model=NORMAL)(**given)
        between = with_kernel(symbols.KERNEL_FORM, model=NORMAL)(**given)
        pairs += [of_order_one(float(got - less), wanted), of_order_one(float(less), between)]
    return pairs


def gaussian_kernel_expectation(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare the kernel, its mean and the discrepancy; also moved and scaled."""
    pairs = []
    for dimensions in (2, 3, 5):
        bandwidth, variance = rng.uniform(0.5, 2.5, size=2)
        mean = rng.normal(size=dimensions)
        spread = rng.uniform(0.3, 2, size=dimensions)
        at = {"b": bandwidth, "variance": variance, "mean": mean, "variances": spread}
        at["D"] = dimensions
        x, y = rng.normal(size=(3, dimensions)), rng.normal(size=(2, dimensions))
        kernel = printed.right(0)
        kernels = [[kernel(**at, x=one, y=two) for two in y] for one in x]
        got = mmd.rbf_kernel(double(x), double(y), float(bandwidth))
        pairs.append(Pair(got.tolist(), kernels))
        wanted = [printed.right(number)(**at) for number in (1, 2)]
        for move, scale in ((np.zeros(dimensions), 1.0), (rng.normal(size=dimensions), 1.7)):
            other = double(move), double(np.full(dimensions, scale**2))
            width, moved = float(scale**2 * bandwidth), double(move + scale * mean)
            equal = double(np.full(dimensions, scale**2 * variance))
            apart = mmd.expected_kernel(moved, double(scale**2 * spread), *other, width)
            distance = mmd.gaussian_squared_mmd(moved, equal, *other, width)
            pairs += [Pair(float(apart), wanted[0]), Pair(float(distance), wanted[1])]
    return pairs


def inert_in_high_dimension(printed: Printed, rng: np.random.Generator) -> list[Pair]:
    """Compare means and the pull on a mean between standard normals at bandwidth two."""
    pairs = []
    counts = {"n": 7, "m": 4}
    growing = printed(printed.claims[4].right)
    for dimensions in (2, 5, 40):
        zero, one = (double(np.full(dimensions, value)) for value in (0.0, 1.0))
        rate = float(rng.uniform(0.5, 2))
        at = {"D": dimensions, "beta": rate, **counts}
        standard = mmd.expected_kernel(zero, one, zero, one, NOTEBOOK)
        null = mmd.expected_v_statistic(
            zero, one, zero, one, NOTEBOOK, counts=tuple(counts.values())
        )
        wide = float(mmd.expected_kernel(zero, one, zero, one, rate * dimensions))
        shift = rng.normal(size=dimensions)
        farthest = 2 * shift / np.linalg.norm(shift)
        by_mean = [_pull(mean, one) for mean in (shift, farthest)]
        limit = float(printed.right(3)(**at))
        lengths = [float(pull @ pull) for pull in by_mean]
        pairs += [
            Pair(float(standard), printed.right(0)(**at)),
            Pair(float(null), printed.right(1)(**at)),
            Pair(by_mean[0], printed.right(2)(**at, mean=shift)),
            Pair(by_mean[1], printed.right(2)(**at, mean=farthest)),
            Pair(wide, growing(**at)),
            at_most(printed.left(4)(**at), wide),
            at_most(wide, printed.right(5)(**at)),
            at_most(lengths[0], limit),
            Pair(lengths[1], limit),
        ]
    return pairs


def _pull(mean: Floats, one: Tensor) -> Floats:
    """Differentiate the code's discrepancy from a standard normal distribution by its mean."""
    at = double(mean).requires_grad_()
    distance = mmd.gaussian_squared_mmd(at, one, torch.zeros_like(one), one, NOTEBOOK)
    return torch.autograd.grad(distance, at)[0].numpy()


COMPARISONS: dict[str, Comparison] = {
    "mmd.kernel_form": kernel_form,
    "mmd.v_statistic": statistic("v"),
    "mmd.u_statistic": statistic("u"),
    "mmd.gaussian_kernel_expectation": gaussian_kernel_expectation,
    "mmd.inert_in_high_dimension": inert_in_high_dimension,
}
