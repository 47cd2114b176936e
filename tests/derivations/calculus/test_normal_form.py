"""The normal form: true identities are proved for all sizes, near misses never are."""

from __future__ import annotations

import pytest
from sympy import Abs, Expr, Integer, Rational, exp, log, loggamma, sqrt

from derivations.calculus.binding import free_indices
from derivations.calculus.expressions import (
    POSITIVE,
    SIMPLEX,
    Array,
    IndexProduct,
    IndexSum,
    Iverson,
    StateSum,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.matrices import Determinant
from derivations.calculus.normal_form import collect, is_proved_equal, normal_form

N, D, D1, D2 = (size(name) for name in ("N", "D", "D1", "D2"))
K = D1 + D2 - 1
n, n2, m = Index("n", 1, N), Index("n'", 1, N), Index("m", 1, N)
zero, one = Index("_0", 1, N), Index("_1", 1, N)
tail, tail2 = Index("t", 2, N), Index("u", 2, N)
head = Index("e", 1, N - 1)
j, far = Index("j", 1, D1), Index("f", 1, 2 * K)
i, l, k = Index("i", 1, D1), Index("l", 1, D2), Index("k", 1, K)  # noqa: E741 - two dice
k2 = Index("k", 1, D1)
d = Index("d", 1, D)
a, b = Array("a", (N,)), Array("b", (N,))
g, h = Array("g", (N, N)), Array("h", (D1, D2))
c = Array("c", (N,), domain=POSITIVE)
w = Array("w", (D1,), domain=POSITIVE)
r = Array("r", (K,), domain=POSITIVE)
x = Array("x", (), domain=POSITIVE)[()]
y, v = Array("y", ())[()], Array("v", ())[()]
p = Array("p", (D1,), domain=SIMPLEX)
q = Array("q", (N, D1), domain=SIMPLEX)
square = Array("s", (D1, D1), domain=SIMPLEX)
z = Array("z", (N,), states=D1)


NOTHING = IndexSum(c[n], n) - IndexSum(c[m], m)
"""Zero, which the normal form alone can see."""


def S(body: Expr, *indices: Index) -> Expr:  # noqa: N802 - a sum, as it is written
    """Return a sum over indices."""
    return IndexSum(body, *indices)


IDENTITIES = {
    "an indicator that guards itself": (
        Iverson(z[n], j) / S(w[i] * Iverson(z[n], j), i),
        Iverson(z[n], j) / S(w[i], i),
    ),
    "what an empty sum shelters": (S(y * a[tail] / (N - 1), tail), y * S(a[tail] / (N - 1), tail)),
    "an empty sum of what has a value": (S(log(x), tail) + log(x), N * log(x)),
    "relabelled": (S(a[n], n), S(a[m], m)),
    "reordered": (S(h[i, l], i, l), S(S(h[i, l], i), l)),
    "split": (S(a[n] + b[n], n), S(a[n], n) + S(b[m], m)),
    "constant drawn out": (S(y * a[n], n), y * S(a[m], m)),
    "product of sums": (S(a[n], n) * S(b[n], n), S(a[n] * b[m], n, m)),
    "square of a sum": (S(a[n], n) ** 2, S(a[n] * a[m], n, m)),
    "relabelled powers": (S(a[n] ** 2 * a[m], n, m), S(a[n] * a[m] ** 2, n, m)),
    "transposed": (S(g[n, m] * a[n], n, m), S(g[m, n] * a[m], n, m)),
    "a free letter of the normal form": (S(a[zero] * b[one], zero), b[one] * S(a[n], n)),
    "primed letters": (S(a[n2] * b[n], n2), b[n] * S(a[n], n)),
    "shadowed letter": (S(b[n] * S(a[n], n), n), S(b[n], n) * S(a[m], m)),
    "one letter, two ranges": (S(w[k2] * S(r[k], k), k2), S(r[k], k) * S(w[i], i)),
    "indicator": (S(Iverson(n, m) * a[n], n), a[m]),
    "indicator from either side": (S(Iverson(m, n) * g[n, m], m), g[n, n]),
    "two indicators": (S(Iverson(n, m) * Iverson(m, n2) * g[n, m], n, m), g[n2, n2]),
    "two indicators, other order": (
        S(S(Iverson(n, m) * Iverson(n, n2) * g[n, m], m), n),
        g[n2, n2],
    ),
    "an indicator twice": (S(Iverson(n, m) ** 2 * a[n], n), S(Iverson(n, m) * a[n], n)),
    "the die of two faces": (S(Iverson(i + l - 1, k) * r[k] * w[i], k), r[i + l - 1] * w[i]),
    "dice summed over pairs": (
        S(Iverson(i + l - 1, k) * r[k] * h[i, l], i, l, k),
        S(r[i + l - 1] * h[i, l], i, l),
    ),
    "pairs with a given sum": (
        S(Iverson(i + l - 1, k) * log(r[i + l - 1]) * h[i, l], i, l),
        log(r[k]) * S(Iverson(k, i + l - 1) * h[i, l], l, i),
    ),
    "count": (S(Integer(1), n), N),
    "count of the sums": (S(y, i, l) + S(y, k) - y * D1 * D2, y * (D1 + D2 - 1)),
    "an empty range counts nothing at N = 1": (S(y, tail) + y, N * y),
    "a simplex sums to one": (S(y * p[i], i), y),
    "a simplex for each n": (S(a[n] * q[n, i], n, i), S(a[n], n)),
    "states sum to one": (S(Iverson(z[n], i) * a[n], n, i), S(a[n], n)),
    "log of a product": (log(c[n] ** 2 * w[i]), 2 * log(c[n]) + log(w[i])),
    "log of a softmax": (
        log(exp(a[n]) / S(exp(a[m]), m)),
        a[n] - log(S(exp(a[n2]), n2)),
    ),
    "a softmax sums to one": (S(exp(a[n]) / S(exp(a[m]), m), n), Integer(1)),
    "exponentials join": (exp(a[n]) * exp(-b[n]), exp(a[n] - b[n])),
    "a sum over a power of an index's element": (S(2 ** a[n], n), S(2 ** a[m], m)),
    "a quotient of sums": (x / (x + S(c[n], n)) + S(c[m], m) / (x + S(c[n], n)), Integer(1)),
    "the sign of a divisor": (1 / (-x - y), -1 / (x + y)),
    "sums inside functions": (loggamma(S(c[n], n)), loggamma(S(c[m], m))),
    "a power beneath an indicator": (S(Iverson(n, m) * c[n] ** a[n], n), c[m] ** a[m]),
}

NEAR_MISSES = {
    "a softmax over what may be empty": (S(exp(a[tail]) / S(exp(a[tail2]), tail2), tail), x / x),
    "a mean over what may be empty": (S(y / S(x / x, tail2), tail), y),
    "a count divided by itself": (S(1 / (N - 1), tail), x / x),
    "a sum switched off, divided by itself": (
        S(w[i] * Iverson(z[n], j) / S(w[i] * Iverson(z[n], j), i), i),
        x / x,
    ),
    "an indicator cancelled in a divisor": (
        Iverson(z[n], j) / S(w[i] * Iverson(z[n], j), i),
        1 / S(w[i], i),
    ),
    "pairs that may not be, divided by themselves": (
        S(Iverson(i + l, k) * w[i] / S(Iverson(i + l, k) * w[i], i, l), i, l),
        x / x,
    ),
    "an index that may be out of the other's range": (
        S(Iverson(k, i) * y / S(Iverson(k, i), i), i),
        y,
    ),
    "a condition that lies too far out": (S(Iverson(i + l - 1, far) * r[i + l - 1], i), x - x),
    "ranges that overlap": (S(a[head], head) + S(a[tail], tail), S(a[n], n)),
    "ranges that overlap, counted twice": (S(a[head], head) + S(a[tail], tail), 2 * S(a[n], n)),
    "a range without its end": (S(a[head], head), S(a[n], n) - a[1]),
    "a delta solved at the head": (S(Iverson(tail, n) * a[tail], tail), a[n]),
    "a delta at a place that may not be": (S(Iverson(tail, N) * a[tail], tail), a[N]),
    "a delta shifted out of the range": (S(Iverson(n + 1, m) * a[n], n), a[m]),
    "a delta out of the range": (S(Iverson(tail, 1) * a[tail], tail), a[1]),
    "all but one": (S((1 - Iverson(n, m)) * a[n], n), S(a[n], n)),
    "three that agree, two of them": (S(Iverson(n, m) * Iverson(n, n2) * a[n], n), a[m]),
    "states under their own sum": (
        StateSum(a[n] * w[z[n]], z) * w[z[n]],
        StateSum(a[n] * w[z[n]] ** 2, z),
    ),
    "root of a product": (sqrt(y * v), sqrt(y) * sqrt(v)),
    "cube root of a cube": ((y**3) ** Rational(1, 3), y),
    "a power of a square": ((y**2) ** x, y ** (2 * x)),
    "a power of a power": ((y**x) ** v, y ** (x * v)),
    "a power of a product": ((y * v) ** x, y**x * v**x),
    "minus one to an index": ((-1) ** n, x / x),
    "zero to a size": (Integer(0) ** (N - 1), x - x),
    "log of a product of any sign": (log(y * v), log(y) + log(v)),
    "log of a quotient of any sign": (log(1 / y), -log(y)),
    "log of what may be empty": (log(y * S(c[tail], tail)), log(y) + log(S(c[tail], tail))),
    "an absolute value": (Abs(y), y),
    "nothing times its log": (NOTHING * log(NOTHING), x - x),
    "nothing in a divisor": (1 / NOTHING, 1 / NOTHING),
    "nothing in a log": (S(a[n] * log(NOTHING), n), S(a[m] * log(NOTHING), m)),
    "a size as an index": (S(n, n), N * (N + 1)),
    "a transposed determinant": (Determinant(g[n, m], n, m), Determinant(2 * g[n, m], n, m)),
    "a product's letter": (
        IndexProduct(S(a[zero] * b[one], zero), one),
        IndexProduct(S(a[zero] * b[zero], zero), one),
    ),
    "another array": (S(a[n], n), S(b[n], n)),
    "another range": (S(w[i], i), S(r[k], k)),
    "the tail of a sum": (S(a[n], n), S(a[tail], tail)),
    "an empty tail at N = 1": (S(y, tail), N * y),
    "sum of products, product of sums": (S(a[n] * b[n], n), S(a[n], n) * S(b[n], n)),
    "sum of squares, square of sum": (S(a[n] ** 2, n), S(a[n], n) ** 2),
    "the diagonal": (S(g[n, n], n), S(g[n, m], n, m)),
    "transposed at a point": (g[n, m], g[m, n]),
    "transposed in one place": (S(g[n, m] * a[n], n, m), S(g[n, m] * a[m], n, m)),
    "powers of the wrong one": (S(a[n] ** 2 * b[m], n, m), S(a[n] * b[m] ** 2, n, m)),
    "a captured index": (S(a[n] * b[m], n), S(a[n] * b[n], n)),
    "a captured index of the normal form": (S(a[zero] * b[one], zero), S(a[zero] * b[zero], zero)),
    "bound against free": (S(a[n], n), a[n]),
    "an off-by-one die": (S(Iverson(i + l, k) * r[k], k), r[i + l - 1]),
    "pairs of another sum": (
        S(Iverson(i + l - 1, k) * h[i, l], i, l),
        S(Iverson(i + l, k) * h[i, l], i, l),
    ),
    "an indicator solved out of range": (S(Iverson(i + l - 1, k) * w[i], i), w[i]),
    "an indicator left out": (S(Iverson(i + l - 1, k) * h[i, l], i, l), S(h[i, l], i, l)),
    "an indicator in a half": (S(Iverson(2 * n, m + 1), n), Integer(1)),
    "an indicator of the half": (S(Iverson(n, m / 2 + Rational(1, 2)), n), Integer(1)),
    "an indicator divided by": (a[n] / Iverson(z[n], i), a[n] * Iverson(z[n], i)),
    "indicators multiplied": (S(Iverson(n, m) * a[n], n) ** 2, a[m]),
    "a simplex squared": (S(p[i] ** 2, i), Integer(1)),
    "a simplex summed with a weight": (S(p[i] * w[i], i), S(w[i], i)),
    "a simplex summed along the wrong axis": (S(q[n, i], n), Integer(1)),
    "a simplex's diagonal": (S(square[i, i], i), Integer(1)),
    "a simplex restricted": (S(p[i] * Iverson(i + l - 1, k), i), Integer(1)),
    "two states": (S(Iverson(z[n], i) * Iverson(z[m], i), i), Integer(1)),
    "states summed over points": (S(Iverson(z[n], i), n), Integer(1)),
    "a count off by one": (S(y, k), y * (D1 + D2)),
    "a count of pairs": (S(y, i, l), y * (D1 + D2)),
    "log of a sum": (log(x + c[n]), log(x) + log(c[n])),
    "log of a square that may be negative": (log(y**2), 2 * log(y)),
    "root of a square": (sqrt(y**2), y),
    "the average of a log": (log(S(w[i], i)), S(log(w[i]), i)),
    "a softmax over another index": (S(exp(a[n]) / S(exp(b[m]), m), n), Integer(1)),
    "a quotient summed": (S(w[i] / S(w[i] * w[i], i), i), Integer(1)),
    "a softmax of its square": (S(exp(a[n]) ** 2 / S(exp(a[m]), m), n), Integer(1)),
    "another function": (loggamma(x), log(x)),
    "loggamma of a sum": (loggamma(S(c[n], n)), S(loggamma(c[n]), n)),
    "a power with the exponent left behind": (S(2 ** a[n], n), N * 2 ** a[n]),
    "a power solved in its base alone": (S(Iverson(n, m) * c[n] ** a[n], n), c[m] ** a[n]),
    "a product of one factor": (IndexProduct(c[n], n), S(c[n], n)),
    "the wrong divisor": (x / (x + y), Integer(1)),
    "a divisor's sign": (1 / (x - y), 1 / (y - x)),
    "a constant": (S(a[n], n), S(a[n], n) + 1),
    "not a number": (x / (y - y), x / (y - y)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_an_identity_is_proved_for_all_sizes(name: str) -> None:
    """Both sides have one normal form; what is proved does not depend on the side."""
    left, right = IDENTITIES[name]
    assert is_proved_equal(left, right)
    assert is_proved_equal(right, left)
    assert normal_form(left) == normal_form(right)


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_a_near_miss_is_not_proved(name: str) -> None:
    """Two expressions that differ somewhere are never proved equal, from either side."""
    left, right = NEAR_MISSES[name]
    assert not is_proved_equal(left, right)
    assert not is_proved_equal(right, left)


@pytest.mark.parametrize("name", IDENTITIES)
def test_collecting_is_proved_to_change_nothing(name: str) -> None:
    """What is collected for reading equals what it was collected from."""
    for side in IDENTITIES[name]:
        assert is_proved_equal(side, collect(side))
        assert free_indices(collect(side)) <= free_indices(side)


def test_there_are_enough_near_misses() -> None:
    """At least as many near misses as identities are kept, and 25 of each."""
    assert len(NEAR_MISSES) >= len(IDENTITIES) >= 25


def test_the_normal_form_of_a_normal_form_proves_the_same() -> None:
    """Normalizing twice is proved equal to normalizing once."""
    for left, right in IDENTITIES.values():
        assert is_proved_equal(normal_form(left), right)
