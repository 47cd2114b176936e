"""Maximum mean discrepancy and its estimators, as printed and by the code.

Means over discrete laws are sums over all outcomes; those over normal laws are Gauss-Hermite's.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import torch
from harness.vae_models import double
from sympy import Expr
from torch import Tensor

from derivations.calculus.expressions import Array
from derivations.calculus.notation import Applied, Mean, PartialDerivative
from derivations.calculus.point import Point
from derivations.catalogue import derive
from derivations.mmd import gaussian, high_dimension, statistics, symbols
from derivations.mmd.normals import D, d
from impl.vae import mmd, notebook
from oracles.printed import (
    Floats,
    Pair,
    Results,
    at_most,
    gauss_hermite,
    of_order_one,
    read,
    stated,
    table,
)

TABLE = Array("kernel_at_atoms", (symbols.A, symbols.A))
PULL = Array("pull", (D,))
NOTEBOOK = 2.0
"""The notebook's bandwidth."""


def kernel_table(atoms: Floats, bandwidth: float) -> Floats:
    """Tabulate the printed kernel at all pairs of points."""
    right = derive("mmd.gaussian_kernel_expectation").results[0].right
    point = Point({D: atoms.shape[1]}, {gaussian.bandwidth.array: np.array(bandwidth)})
    rows = [
        [read(right, point.having({gaussian.x: x, gaussian.y: y})) for y in atoms] for x in atoms
    ]
    return np.array(rows)


class Atoms:
    """Two laws on common points, with the printed kernel there."""

    def __init__(self, points: Floats, bandwidth: float, laws: tuple[Floats, Floats]) -> None:
        sizes = {symbols.A: len(points)}
        self.points, self.bandwidth = points, bandwidth
        self.laws = dict(zip("xy", laws, strict=True))
        self.point = Point(sizes, {TABLE: kernel_table(points, bandwidth)})

    def value(self, expression: Expr, samples: tuple[Floats, Floats] | None = None) -> float:
        """Evaluate a line; samples are numbers of points, from zero."""
        at = self.point
        if samples is not None:
            x, y = samples
            sizes = {**at.sizes, symbols.n: len(x), symbols.m: len(y)}
            at = Point(sizes, {**at.arrays, symbols.x_sample: x + 1, symbols.y_sample: y + 1})
        return read(expression, at, {Applied: _at_atoms, Mean: self._mean})

    def _mean(self, node: Mean) -> float:
        """Sum over the points that each independent variable may be."""
        total = 0.0
        for places in product(range(len(self.points)), repeat=len(node.over)):
            named = list(zip(node.over, places, strict=True))
            weight = np.prod([self.laws[v.array.name[0]][p] for v, p in named])
            here = self.point.having({v.array: np.array(p + 1) for v, p in named})
            total += weight * read(node.body, here, {Applied: _at_atoms})
        return total

    def statistic(self, samples: tuple[Floats, Floats], kind: str) -> Tensor:
        """Return the code's statistic of samples, or of a batch of them."""
        x, y = (double(self.points[part]) for part in samples)
        return mmd.squared_mmd(x, y, self.bandwidth, kind)

    def expected(self, sizes: tuple[int, int], kind: str) -> float:
        """Average the code's statistic over all samples of two sizes."""
        first, second = sizes
        every = np.array(list(product(range(len(self.points)), repeat=first + second)))
        x, y = every[:, :first], every[:, first:]
        weights = self.laws["x"][x].prod(1) * self.laws["y"][y].prod(1)
        return float(weights @ self.statistic((x, y), kind).numpy())


def _at_atoms(node: Applied) -> Expr:
    """Return the kernel's number at two points, given by theirs."""
    return TABLE[node.arguments]


def _atoms(rng: np.random.Generator, count: int, dimensions: int) -> Atoms:
    """Draw points, a bandwidth and two laws on the points."""
    laws = rng.dirichlet(np.ones(count)), rng.dirichlet(np.ones(count))
    return Atoms(rng.normal(size=(count, dimensions)), float(rng.uniform(0.5, 3)), laws)


SHAPES = [(2, 3, 2), (4, 2, 3)]
"""Points of the first sample, of the second, and their dimension."""


def kernel_form(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare samples' V-statistics with three means under the samples' own laws."""
    pairs = []
    for n, m, dimensions in SHAPES:
        for bandwidth in (float(rng.uniform(0.5, 3)), NOTEBOOK):
            points = rng.normal(size=(n + m, dimensions))
            laws = np.repeat([1 / n, 0], [n, m]), np.repeat([0, 1 / m], [n, m])
            atoms = Atoms(points, bandwidth, laws)
            wanted = atoms.value(results[0].right)
            x, y = double(points[:n]), double(points[n:])
            within = [float(mmd.rbf_kernel(s, s, bandwidth).mean()) for s in (x, y)]
            by_kernel = sum(within) - 2 * float(mmd.rbf_kernel(x, y, bandwidth).mean())
            found = [float(mmd.squared_mmd(x, y, bandwidth)), by_kernel]
            if bandwidth == NOTEBOOK:
                found.append(float(notebook.MMD(x, y)))
            pairs += [of_order_one(got, wanted) for got in found]
    return pairs


def statistic(kind: str) -> Callable[[Results, np.random.Generator], list[Pair]]:
    """Compare a statistic of samples, and its mean over all samples less the discrepancy."""

    def compare(results: Results, rng: np.random.Generator) -> list[Pair]:
        pairs = []
        form = derive("mmd.kernel_form").results[0].right
        for n, m, dimensions in SHAPES:
            atoms = _atoms(rng, 3, dimensions)
            samples = rng.integers(3, size=n), rng.integers(3, size=m)
            got = float(atoms.statistic(samples, kind))
            pairs.append(of_order_one(got, atoms.value(results[0].right, samples)))
            sizes = {symbols.n: n, symbols.m: m}
            bias = results[1].right.xreplace(sizes)
            apart = atoms.expected((n, m), kind) - atoms.value(form)
            pairs.append(of_order_one(apart, atoms.value(bias)))
        return pairs + (_of_normals(results, rng) if kind == "v" else [])

    return compare


def _of_normals(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare the V-statistic's mean under normal laws, the means of the kernel by quadrature."""
    pairs, whole = [], stated(derive("mmd.v_statistic"), statistics.LINEAR)
    for n, m, dimensions in SHAPES:
        bandwidth = float(rng.uniform(0.8, 3))
        centres, spreads = rng.normal(size=(2, dimensions)), rng.uniform(0.3, 1.2, (2, dimensions))
        laws = dict(zip("xy", zip(centres, spreads, strict=True), strict=True))

        def mean(node: Mean, laws: dict = laws, bandwidth: float = bandwidth) -> float:
            points = node.body.arguments
            at = [laws[point.array.name[0]] for point in points]
            return _mean_kernel(*at, bandwidth, one_point=points[0] == points[1])

        first, second = ((double(c), double(s)) for c, s in laws.values())
        got = mmd.expected_v_statistic(*first, *second, bandwidth, counts=(n, m))
        less = mmd.gaussian_squared_mmd(*first, *second, bandwidth)
        point = Point({symbols.n: n, symbols.m: m}, {})
        for value, line in ((got - less, results[1]), (got, whole)):
            pairs.append(of_order_one(float(value), read(line.right, point, {Mean: mean})))
    return pairs


def _mean_kernel(
    first: tuple[Floats, Floats],
    second: tuple[Floats, Floats],
    bandwidth: float,
    *,
    one_point: bool,
) -> float:
    """Integrate the kernel over two independent normal points, or one point taken twice."""
    noise, weights = gauss_hermite(1, 60)
    total = 1.0
    for m, v, other_m, other_v in zip(*first, *second, strict=True):
        x, y = m + np.sqrt(v) * noise, other_m + np.sqrt(other_v) * noise
        if one_point:
            total *= weights @ np.exp(-((x - x) ** 2) / (2 * bandwidth)).ravel()
        else:
            total *= weights @ np.exp(-((x - y.T) ** 2) / (2 * bandwidth)) @ weights
    return float(total)


def gaussian_kernel_expectation(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare the kernel, its mean and the discrepancy of normal laws; also moved and scaled."""
    pairs = []
    for dimensions in (2, 3, 5):
        bandwidth, variance = rng.uniform(0.5, 2.5, size=2)
        mean = rng.normal(size=dimensions)
        spread = rng.uniform(0.3, 2, size=dimensions)
        arrays = {
            gaussian.bandwidth.array: np.array(bandwidth),
            gaussian.variance.array: np.array(variance),
            gaussian.mean: mean,
            gaussian.variances: spread,
        }
        at = Point({D: dimensions}, arrays)
        x, y = rng.normal(size=(3, dimensions)), rng.normal(size=(2, dimensions))
        kernels = [
            [read(results[0].right, at.having({gaussian.x: one, gaussian.y: two})) for two in y]
            for one in x
        ]
        got = mmd.rbf_kernel(double(x), double(y), float(bandwidth))
        pairs.append(Pair(got.tolist(), kernels))
        wanted = [read(r.right, at) for r in results[1:]]
        for move, scale in ((np.zeros(dimensions), 1.0), (rng.normal(size=dimensions), 1.7)):
            other = double(move), double(np.full(dimensions, scale**2))
            width, moved = float(scale**2 * bandwidth), double(move + scale * mean)
            equal = double(np.full(dimensions, scale**2 * variance))
            apart = mmd.expected_kernel(moved, double(scale**2 * spread), *other, width)
            distance = mmd.gaussian_squared_mmd(moved, equal, *other, width)
            pairs += [Pair(float(apart), wanted[0]), Pair(float(distance), wanted[1])]
    return pairs


def inert_in_high_dimension(results: Results, rng: np.random.Generator) -> list[Pair]:
    """Compare means and the pull on a mean between standard normal laws at bandwidth two."""
    pairs = []
    counts = dict(zip((symbols.n, symbols.m), (7, 4), strict=True))
    growing = stated(derive("mmd.inert_in_high_dimension"), high_dimension.PROPORTIONAL, 1)
    for dimensions in (2, 5, 40):
        zero, one = (double(np.full(dimensions, value)) for value in (0.0, 1.0))
        sizes = {D: dimensions, **counts}
        rate = float(rng.uniform(0.5, 2))
        standard = mmd.expected_kernel(zero, one, zero, one, NOTEBOOK)
        null = mmd.expected_v_statistic(
            zero, one, zero, one, NOTEBOOK, counts=tuple(counts.values())
        )
        wide = mmd.expected_kernel(zero, one, zero, one, rate * dimensions)
        shift = rng.normal(size=dimensions)
        farthest = 2 * shift / np.linalg.norm(shift)
        by_mean = [_pull(mean, one) for mean in (shift, farthest)]
        at = Point(sizes, {gaussian.mean: shift, high_dimension.rate.array: np.array(rate)})
        there = at.having({gaussian.mean: farthest})
        low, high = read(results[4].left, at), read(growing.right, at)
        pairs += [
            Pair(float(standard), read(results[0].right, at)),
            Pair(float(null), read(results[1].right, at)),
            Pair(by_mean[0], table(results[2].right, at, d)),
            Pair(by_mean[1], table(results[2].right, there, d)),
            Pair(float(wide), read(results[4].right, at)),
            at_most(low, float(wide)),
            at_most(float(wide), high),
        ]
        lengths = [
            read(results[3].left, at.having({PULL: pull}), {PartialDerivative: _pull_by})
            for pull in by_mean
        ]
        limit = read(results[3].right, at)
        pairs += [at_most(lengths[0], limit), Pair(lengths[1], limit)]
    return pairs


def _pull_by(node: PartialDerivative) -> Expr:
    """Return the number that a derivative by one mean is."""
    return PULL[node.by.subscripts]


def _pull(mean: Floats, one: Tensor) -> Floats:
    """Differentiate the code's discrepancy from a standard normal law by its mean."""
    at = double(mean).requires_grad_()
    distance = mmd.gaussian_squared_mmd(at, one, torch.zeros_like(one), one, NOTEBOOK)
    return torch.autograd.grad(distance, at)[0].numpy()


COMPARISONS = {
    "mmd.kernel_form": kernel_form,
    "mmd.v_statistic": statistic("v"),
    "mmd.u_statistic": statistic("u"),
    "mmd.gaussian_kernel_expectation": gaussian_kernel_expectation,
    "mmd.inert_in_high_dimension": inert_in_high_dimension,
}
