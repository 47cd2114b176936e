"""Squared MMD and its expectations by literal loops and by quadrature."""

import math

import mpmath as mp
import numpy as np

Floats = np.ndarray


def kernel(x: Floats, y: Floats, bandwidth: float) -> float:
    """The notebook's kernel of two points, with the mean over dimensions that it takes."""
    size = len(x)
    s = (2 / size) * bandwidth
    return math.exp(-sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / size / s)


def squared_mmd(x: Floats, y: Floats, bandwidth: float, *, unbiased: bool = False) -> float:
    """Mean kernels over pairs, one by one; unbiased leaves out a point's pair with itself."""

    def within(points: Floats) -> float:
        pairs = [
            kernel(p, q, bandwidth)
            for i, p in enumerate(points)
            for j, q in enumerate(points)
            if i != j or not unbiased
        ]
        return math.fsum(pairs) / len(pairs)

    across = [kernel(p, q, bandwidth) for p in x for q in y]
    return within(x) + within(y) - 2 * math.fsum(across) / len(across)


def expected_kernel(
    first: tuple[Floats, Floats], second: tuple[Floats, Floats], bandwidth: float
) -> float:
    """Product over dimensions of integrals over the difference, a Gaussian; (mean, variance)."""
    total = mp.mpf(1)
    with mp.workdps(30):
        for m, v, n, w in zip(*first, *second, strict=True):
            centre, spread = mp.mpf(m) - mp.mpf(n), mp.mpf(v) + mp.mpf(w)

            def integrand(t: mp.mpf, c: mp.mpf = centre, s: mp.mpf = spread) -> mp.mpf:
                density = mp.exp(-((t - c) ** 2) / (2 * s)) / mp.sqrt(2 * mp.pi * s)
                return density * mp.exp(-(t**2) / (2 * bandwidth))

            width = mp.sqrt(spread)
            ends = [centre + step * width for step in (-14, -5, -1, 1, 5, 14)]
            total *= mp.quad(integrand, sorted([*ends, mp.mpf(0)]))
        return float(total)
