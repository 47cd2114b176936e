"""Substitution and renaming: no bound index is ever captured or let loose."""

from __future__ import annotations

import pytest
from sympy import Integer, log

from derivations.calculus.binding import (
    component,
    free_indices,
    legible,
    product_over,
    replace_elements,
    rewrite,
    substitute,
    sum_over,
)
from derivations.calculus.expressions import (
    POSITIVE,
    Array,
    Element,
    IndexProduct,
    IndexSum,
    StateSum,
)
from derivations.calculus.indices import Index, size
from derivations.calculus.normal_form import is_proved_equal

N, D = size("N"), size("D")
i, m, i_prime = Index("i", 1, N), Index("m", 1, N), Index("i'", 1, N)
other_i = Index("i", 1, D)
a, b = Array("a", (N,)), Array("b", (N,))
g = Array("g", (N, N))
r = Array("r", (2 * N - 1,), domain=POSITIVE)
z = Array("z", (N,), states=N)


def test_a_substituted_index_is_not_captured_by_a_sum_over_the_same_letter() -> None:
    """In sum_i g[i, m] with m := i the free i stays free."""
    result = substitute(IndexSum(g[i, m], i), {m: i})
    assert result == IndexSum(g[i_prime, i], i_prime)
    assert free_indices(result) == {i}


def test_the_letter_alone_decides_a_clash() -> None:
    """A bound index of another range is renamed too, since both would be read as one."""
    h = Array("h", (D, N))
    result = substitute(IndexSum(h[other_i, m], other_i), {m: i})
    (bound,) = result.indices
    assert (bound.name, bound.upper) == ("i'", D)


def test_swapping_two_indices_is_simultaneous() -> None:
    """I := m and m := i at once exchange them."""
    assert substitute(g[i, m], {i: m, m: i}) == g[m, i]


def test_a_bound_index_is_not_replaced() -> None:
    """Beneath its own sum an index is another thing than outside."""
    body = a[i] * IndexSum(b[i], i)
    assert substitute(body, {i: m}) == a[m] * IndexSum(b[i], i)


def test_an_expression_of_a_bound_index_is_not_replaced_beneath_its_sum() -> None:
    """I + m - 1 := k outside says nothing of the i that a sum binds."""
    k = Index("k", 1, 2 * N - 1)
    inner = IndexSum(r[i + m - 1], i)
    assert substitute(inner, {i + m - 1: k}) == inner
    assert substitute(r[i + m - 1], {i + m - 1: k}) == r[k]


def test_a_renamed_index_avoids_the_letters_about_to_be_replaced() -> None:
    """Renaming i to i' while i' is to be replaced would hand the bound index over."""
    three = Array("t", (N, N, N))
    result = substitute(IndexSum(three[i, m, i_prime], i), {m: i, i_prime: m})
    (bound,) = result.indices
    assert bound not in {i, i_prime, m}
    assert result.body == three[bound, i, m]


def test_an_array_bound_by_a_sum_over_states_is_not_replaced() -> None:
    """The states summed over are other numbers than the variable's value outside."""
    n = Index("n", 1, N)
    summed = StateSum(IndexSum(a[z[n]], n), z)
    assert substitute(summed, {z[n]: Integer(1)}) == summed
    with pytest.raises(ValueError, match="binds"):
        substitute(StateSum(a[m] * a[z[m]], z), {m: z[n]})
    with pytest.raises(ValueError, match="binds"):
        replace_elements(summed, {z: lambda s: s})


def test_replacing_elements_renames_what_their_values_bind() -> None:
    """a[i] := sum_m g[i, m], read at m, does not let m be captured."""
    values = component(IndexSum(g[i, m], m), (i,))
    result = replace_elements(IndexSum(a[m] * b[m], m), {a: values})
    expected = IndexSum(b[i] * IndexSum(g[i, m], m), i)
    assert is_proved_equal(result, expected)
    assert not is_proved_equal(result, IndexSum(b[m] * g[m, m], m))


def test_a_rule_that_brings_a_free_index_is_refused() -> None:
    """What a rule puts in may use only indices that were there: a sum above could catch others."""
    with pytest.raises(ValueError, match="no new free index"):
        rewrite(IndexSum(a[i], i), lambda node: b[m] if isinstance(node, Element) else None)


def test_no_letter_means_two_things_where_it_is_read() -> None:
    """Nested sums over one letter, and a sum beside a free index of that letter, get primes."""
    result = legible(a[i] * IndexSum(b[i] * log(IndexSum(r[i], i)), i))
    (outer,) = [s for s in result.args if isinstance(s, IndexSum)]
    assert outer.indices == (i_prime,)
    (inner,) = outer.body.atoms(IndexSum)
    assert inner.indices[0].name == "i''"


def test_an_index_that_the_body_does_not_use_becomes_its_count() -> None:
    """sum_i b[m] is N b[m]; a product keeps its index."""
    assert sum_over(b[m], i) == N * b[m]
    assert sum_over(Integer(0), i) == 0
    assert product_over(b[m], i) == IndexProduct(b[m], i)


def test_a_sum_over_one_index_twice_is_refused() -> None:
    """Two sums over the same index in one node would be one sum."""
    with pytest.raises(TypeError, match="distinct indices"):
        IndexSum(g[i, i], i, i)
