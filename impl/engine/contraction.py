"""Sums of products of tensors, two at a time in the cheapest order, by matrix products."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = tuple[int, ...]
Path = list[tuple[int, int]]


def contract(
    values: Sequence[Floats], labels: Sequence[Labels], kept: Labels, path: Path
) -> Floats:
    """Return the product of tensors summed over all labels that are not kept.

    Each label is an index; a path names which two to join next, the result going to the end.
    """
    left = list(zip(values, labels, strict=True))
    for first, second in path:
        pair = left[first], left[second]
        left = [operand for n, operand in enumerate(left) if n not in {first, second}]
        needed = {*kept, *(x for _, own in left for x in own)}
        left.append(_joined(*pair, needed))
    ((value, own),) = left
    return _summed(value, own, kept)


def cheapest_path(
    shapes: Sequence[tuple[int, ...]], labels: Sequence[Labels], kept: Labels
) -> Path:
    """Return the order of pairs that needs the fewest multiplications."""
    if len(labels) < 2:  # noqa: PLR2004 - there is no pair
        return []
    lengths = {
        x: n
        for shape, own in zip(shapes, labels, strict=True)
        for x, n in zip(own, shape, strict=True)
    }
    return _search([frozenset(own) for own in labels], frozenset(kept), lengths)[1]


def _search(
    operands: list[frozenset[int]], kept: frozenset[int], lengths: dict[int, int]
) -> tuple[int, Path]:
    """Try all orders of up to five tensors, and the greedy one of more."""
    if len(operands) == 1:
        return 0, []
    pairs = [(i, j) for j in range(len(operands)) for i in range(j)]
    costs = {p: math.prod(lengths[x] for x in operands[p[0]] | operands[p[1]]) for p in pairs}
    if len(operands) > 5:  # noqa: PLR2004 - the number of orders grows like a factorial
        pairs = [min(pairs, key=costs.__getitem__)]
    found: list[tuple[int, Path]] = []
    for pair in pairs:
        rest = [o for n, o in enumerate(operands) if n not in pair]
        needed = kept.union(*rest)
        joined = (operands[pair[0]] | operands[pair[1]]) & needed
        cost, path = _search([*rest, joined], kept, lengths)
        found.append((cost + costs[pair], [pair, *path]))
    return min(found, key=lambda order: order[0])


def _joined(
    first: tuple[Floats, Labels], second: tuple[Floats, Labels], needed: set[int]
) -> tuple[Floats, Labels]:
    """Multiply two tensors and sum over the labels that nothing else needs."""
    (a, in_a), (b, in_b) = (
        _without(*operand, other[1], needed)
        for operand, other in ((first, second), (second, first))
    )
    both = [x for x in in_a if x in in_b]
    summed = [x for x in both if x not in needed]
    batch = [x for x in both if x in needed]
    rest_a = [x for x in in_a if x not in both]
    rest_b = [x for x in in_b if x not in both]
    out = (*batch, *rest_a, *rest_b)
    if not summed:
        return spread(a, in_a, out) * spread(b, in_b, out), out
    if batch:
        return _einsum(a, in_a, b, in_b, out), out
    axes = ([in_a.index(x) for x in summed], [in_b.index(x) for x in summed])
    if not out:
        return np.asarray((a * _summed(b, in_b, in_a)).sum()), out
    return np.tensordot(a, b, axes), out


def _without(value: Floats, own: Labels, others: Labels, needed: set[int]) -> tuple[Floats, Labels]:
    """Sum over the labels that only this tensor has and nothing else needs."""
    kept = tuple(x for x in own if x in needed or x in others)
    return (value, own) if kept == own else (_summed(value, own, kept), kept)


def _summed(value: Floats, own: Labels, kept: Labels) -> Floats:
    """Sum over labels, and bring the kept ones into order."""
    gone = tuple(n for n, x in enumerate(own) if x not in kept)
    if gone:
        value, own = value.sum(axis=gone), tuple(x for x in own if x in kept)
    return value if own == kept else np.transpose(value, [own.index(x) for x in kept])


def spread(value: Floats, own: Labels, out: Labels) -> Floats:
    """Bring a tensor's axes into the order of others, of length one where it has none."""
    ordered = np.transpose(value, [own.index(x) for x in out if x in own])
    return ordered[tuple(slice(None) if x in own else None for x in out)]


def _einsum(a: Floats, in_a: Labels, b: Floats, in_b: Labels, out: Labels) -> Floats:
    """Return NumPy's sum of products of two tensors."""
    letters = {x: chr(ord("a") + n) for n, x in enumerate(dict.fromkeys((*in_a, *in_b)))}
    written = ["".join(letters[x] for x in labels) for labels in (in_a, in_b, out)]
    found: Floats = np.einsum(f"{written[0]},{written[1]}->{written[2]}", a, b)
    return found
