"""Sums of products of tensors, against NumPy's einsum."""

import numpy as np
import pytest

from impl.engine.contraction import cheapest_path, contract, spread

LETTERS = "abcdefg"


def einsum(
    values: list[np.ndarray], labels: list[tuple[int, ...]], kept: tuple[int, ...]
) -> object:
    """Return NumPy's own sum of products."""
    written = ["".join(LETTERS[x] for x in own) for own in (*labels, kept)]
    return np.einsum(f"{','.join(written[:-1])}->{written[-1]}", *values)


def cases(rng: np.random.Generator, tensors: int) -> tuple[list[np.ndarray], list[tuple[int, ...]]]:
    """Draw tensors over some of five indices, whose lengths all differ; one may be a number."""
    lengths = rng.permutation(5) + 2
    labels = [
        tuple(int(x) for x in rng.permutation(5)[: rng.integers(0, 4)]) for _ in range(tensors)
    ]
    return [rng.normal(size=[lengths[x] for x in own]) for own in labels], labels


@pytest.mark.parametrize("tensors", [1, 2, 3, 4, 5, 6, 7])
def test_a_contraction_equals_einsum(tensors: int, rng: np.random.Generator) -> None:
    """Over random labels, any of them kept in any order, to rounding of the terms summed."""
    for _ in range(40):
        values, labels = cases(rng, tensors)
        present = sorted({x for own in labels for x in own})
        kept = tuple(int(x) for x in rng.permutation(present)[: rng.integers(0, len(present) + 1)])
        path = cheapest_path([v.shape for v in values], labels, kept)
        got = contract(values, labels, kept, path)
        size = einsum([np.abs(v) for v in values], labels, kept)
        assert np.shape(got) == np.shape(size)
        assert np.all(np.abs(got - einsum(values, labels, kept)) <= 1e-13 * size)


@pytest.mark.parametrize("tensors", [2, 3, 4])
def test_the_cheapest_path_is_cheapest(tensors: int, rng: np.random.Generator) -> None:
    """No order of pairs that a direct search finds needs fewer multiplications."""

    def cost(path: list[tuple[int, int]], labels: list[tuple[int, ...]]) -> int:
        left, total = [set(own) for own in labels], 0
        for first, second in path:
            joined = left[first] | left[second]
            left = [own for place, own in enumerate(left) if place not in {first, second}]
            total += int(np.prod([lengths[x] for x in joined]))
            left.append(joined & {*kept, *(x for own in left for x in own)})
        return total

    def orders(number: int) -> list[list[tuple[int, int]]]:
        if number == 1:
            return [[]]
        pairs = [(i, j) for j in range(number) for i in range(j)]
        return [[pair, *rest] for pair in pairs for rest in orders(number - 1)]

    for _ in range(10):
        values, labels = cases(rng, tensors)
        lengths = {
            x: n
            for v, own in zip(values, labels, strict=True)
            for x, n in zip(own, v.shape, strict=True)
        }
        kept = tuple(sorted(lengths))[:1]
        path = cheapest_path([v.shape for v in values], labels, kept)
        assert cost(path, labels) == min(cost(p, labels) for p in orders(tensors))


def test_a_tensor_is_spread_over_axes_that_it_lacks(rng: np.random.Generator) -> None:
    """Its own axes are put in order, the others have the length one."""
    value = rng.normal(size=(2, 3))
    assert np.array_equal(spread(value, (7, 5), (5, 6, 7)), value.T[:, None, :])
