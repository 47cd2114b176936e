"""Each misuse of a declaration gets one sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import varproof as vp
from derivations.calculus.mean_field import NotConjugateError
from derivations.declaring import DeclaredModel
from derivations.declaring.derived import derivations_of

if TYPE_CHECKING:
    from collections.abc import Callable


Declare = Any
"""A function of an empty model."""


def in_plate(m: DeclaredModel) -> Any:  # noqa: ANN401 - a reference
    """Declare a rate for each of K, used by what is tried."""
    with m.plate(k=m.sizes("K")):
        return m.gamma("g", 1, 1)


def states(m: DeclaredModel) -> Any:  # noqa: ANN401 - a reference
    """Declare a state of J."""
    return m.categorical("z", m.dirichlet("p", m.given("alpha", m.sizes("J"))))


def use_then(m: DeclaredModel, then: Callable[[], object]) -> None:
    """Use the model, and go on."""
    m.gamma("g", 1, 1)
    assert m.model.latent
    then()


def opened(m: DeclaredModel, **extents: Any) -> None:  # noqa: ANN401 - whatever is tried
    """Open plates."""
    with m.plate(**extents):
        pass


def nested(m: DeclaredModel) -> None:
    """Open one letter twice."""
    with m.plate(n=m.sizes("N")):
        opened(m, n=m.sizes("K"))


REFUSED: dict[str, tuple[Declare, str]] = {
    "outside its plate": (
        lambda m: m.poisson("x", in_plate(m)),
        "g: it is repeated over the plate k, and was used outside, in the plates none; a copy is "
        "selected as g[z]",
    ),
    "random vector for a number": (
        lambda m: m.bernoulli("x", m.dirichlet("p", m.given("a", m.sizes("K")))),
        "p: wanted a number, got a vector of K entries",
    ),
    "given vector for a number": (
        lambda m: m.gamma("g", m.given("a", m.sizes("K")), 1),
        "a: wanted a plate of the size K for its axis, got the plates none",
    ),
    "number for a vector": (
        lambda m: m.dirichlet("p", m.given("a")),
        "p: wanted a vector as the concentration, got a; equal entries are declared with size=",
    ),
    "list for a vector": (
        lambda m: m.dirichlet("p", [1, 2]),
        "p: wanted a vector as the concentration, got [1, 2]",
    ),
    "too few parameters": (
        lambda m: m.variable("g", "Gamma", 1),
        "g: wanted shape and rate of Gamma, got 1",
    ),
    "no parameters": (lambda m: m.variable("x", "Uniform", 0, 1), "wanted no parameter of Uniform"),
    "name twice": (
        lambda m: (m.gamma("g", 1, 1), m.gamma("g", 1, 1)),
        "g: wanted a new name, got one that is declared",
    ),
    "name of a given number": (lambda m: m.gamma("a", m.given("a"), 1), "a: wanted a new name"),
    "name of a size": (lambda m: (m.sizes("N"), m.given("N")), "N: wanted a new name"),
    "size named like a number": (lambda m: (m.given("N"), m.sizes("N")), "N: wanted a new name"),
    "declared after use": (
        lambda m: use_then(m, lambda: m.gamma("h", 1, 1)),
        "h: wanted every declaration before the model is used",
    ),
    "given after use": (
        lambda m: use_then(m, lambda: m.given("h")),
        "h: wanted every declaration before the model is used",
    ),
    "unknown family": (
        lambda m: m.variable("g", "Gama", 1, 1),
        "g: wanted one of the families Any, Bernoulli, Beta,",
    ),
    "class of a family": (
        lambda m: m.variable("g", vp.families.Gamma, 1, 1),
        "g: wanted a family or its name, as in 'Gamma', got <class",
    ),
    "variance and precision": (
        lambda m: m.normal("x", 0, 1, precision=1),
        "x: wanted a variance or a precision, got both",
    ),
    "a variance of zero and a precision": (
        lambda m: m.normal("x", 0, 0, precision=1),
        "x: wanted a variance or a precision, got both",
    ),
    "neither": (lambda m: m.normal("x", 0), "x: wanted a variance or a precision, got none"),
    "a subscript too many": (
        lambda m: m.poisson("x", in_plate(m)[1, 2]),
        "g: wanted at most 1 subscripts, got (1, 2)",
    ),
    "a subscript of a number": (
        lambda m: m.poisson("x", m.gamma("g", 1, 1)[states(m)]),
        "g: wanted at most 0 subscripts, got (z,)",
    ),
    "a state of another number": (
        lambda m: m.poisson("x", in_plate(m)[states(m)]),
        "g, axis 1: wanted a subscript at most K, got z, which can be as large as J",
    ),
    "subscript zero": (lambda m: m.poisson("x", in_plate(m)[0]), "wanted a subscript at least 1"),
    "subscript beyond a size of one": (
        lambda m: m.poisson("x", in_plate(m)[2]),
        "wanted a subscript at most K, got 2",
    ),
    "a real number as subscript": (
        lambda m: m.poisson("x", in_plate(m)[m.gamma("h", 1, 1)]),
        "g, axis 1: wanted an integer subscript, got h",
    ),
    "text as subscript": (
        lambda m: m.poisson("x", in_plate(m)["k"]),
        "a subscript of g: wanted a number or a formula of declared names, got 'k'",
    ),
    "a slice": (lambda m: in_plate(m)[:], "a subscript of g: wanted a number or a formula"),
    "nothing as subscript": (lambda m: in_plate(m)[None], "a subscript of g: wanted a number"),
    "a model's name": (lambda _: DeclaredModel("my model"), "wanted a model's name of letters"),
    "a number as a model's name": (lambda _: DeclaredModel(3), "wanted a model's name of letters"),
    "a variable's name": (lambda m: m.gamma("g 1", 1, 1), "wanted a name of letters, digits and"),
    "a reference as a name": (lambda m: m.gamma(m.given("a"), 1, 1), "wanted a name of letters"),
    "no sizes": (lambda m: m.sizes(""), "wanted names of sizes, as in m.sizes(\"N K\"), got ''"),
    "sizes as a list": (lambda m: m.sizes(["N"]), "wanted names of sizes"),
    "sizes with signs": (lambda m: m.sizes("N K+1"), "wanted a size's name of letters, digits"),
    "a domain": (
        lambda m: m.given("a", domain="positiv"),
        "a: wanted a domain of real, positive, simplex, unit, above one, counts, bits, got",
    ),
    "text as a shape": (
        lambda m: m.given("a", "K"),
        "the shape of a: wanted a size from m.sizes(...) or a whole number from 1, got 'K'",
    ),
    "half a size": (lambda m: m.given("a", 2.5), "the shape of a: wanted a size"),
    "a letter that is no text": (
        lambda m: m.given("a", notation=3),
        "a: wanted the printed letter",
    ),
    "text as a plate": (lambda m: opened(m, n="N"), "plate n: wanted a size from m.sizes(...)"),
    "an empty plate": (lambda m: opened(m, n=0), "plate n: wanted a size from m.sizes(...)"),
    "half a plate": (lambda m: opened(m, n=2.5), "plate n: wanted a size from m.sizes(...)"),
    "a random plate": (lambda m: opened(m, n=m.gamma("g", 1, 1)), "plate n: wanted a size"),
    "a plate without a letter": (
        lambda m: m.plate(m.sizes("N")).__enter__(),
        "wanted a letter for each plate, as in m.plate(n=N), got (N,)",
    ),
    "no plate": (opened, "wanted a letter for each plate"),
    "a letter of a plate around": (nested, "plate n: wanted a letter of its own"),
    "nothing as a parameter": (
        lambda m: m.gamma("g", None, 1),
        "the shape of g: wanted a number or a formula of declared names, got None",
    ),
    "text as a parameter": (lambda m: m.gamma("g", "a", 1), "wanted a number or a formula"),
    "a list as a number": (lambda m: m.gamma("g", [1, 2], 1), "wanted a number or a formula"),
    "an array as a number": (lambda m: m.gamma("g", np.ones(3), 1), "wanted a number or a formula"),
    "a truth value": (lambda m: m.gamma("g", True, 1), "wanted a number or a formula"),  # noqa: FBT003
    "a function": (lambda m: m.gamma("g", abs, 1), "wanted a number or a formula"),
    "a negative shape": (
        lambda m: m.gamma("g", -1, 1),
        "g: wanted a shape proved to be in the domain positive, got -1",
    ),
    "a shape that is no number": (
        lambda m: m.gamma("g", float("nan"), 1),
        "g: wanted a shape proved to be in the domain positive, got nan",
    ),
    "a probability of two": (lambda m: m.bernoulli("x", 2), "in the domain unit, got 2"),
    "one probability for all": (
        lambda m: m.categorical("z", 0.5, size=m.sizes("K")),
        "z: wanted a probabilities proved to be in the domain simplex, got 1/2",
    ),
    "a formula of unknown sign": (
        lambda m: m.gamma("g", m.given("a") + 1, 1),
        "g: wanted a shape proved to be in the domain positive, got a + 1",
    ),
    "a real rate": (
        lambda m: m.poisson("x", m.normal("s", 0, 1)),
        "x: wanted a rate with the domain positive, got s of the domain real",
    ),
    "a number of another model": (
        lambda m: m.gamma("g", DeclaredModel("other").given("a"), 1),
        "g: wanted names that this model declares, got a of another",
    ),
    "text in a formula": (lambda m: m.given("a") + "b", "a formula with a: wanted a number"),
    "nothing in a formula": (lambda m: m.given("a") * None, "a formula with a: wanted a number"),
    "another size": (
        lambda m: m.dirichlet("p", m.given("a", m.sizes("K")), size=m.sizes("J")),
        "p: wanted the size K, that of a, got J",
    ),
    "text as the size": (lambda m: m.dirichlet("p", 1, size="K"), "p, size=: wanted a size from"),
    "a size of numbers": (
        lambda m: m.gamma("g", 1, 1, size=3),
        "g: wanted size= only where entries are counted, got size=3",
    ),
    "a fixed vector of no plate": (
        lambda m: opened(m, n=m.sizes("N")) or m.poisson("x", m.given("r", m.sizes("K"))),
        "r: wanted a plate of the size K for its axis, got the plates none; an entry is chosen as "
        "r[...]",
    ),
    "two domains": (
        lambda m: (a := m.given("a"), m.gamma("t", a, 1), m.bernoulli("x", a)),
        "x: wanted a probability with the domain unit, got a of the domain positive",
    ),
    "no exponential family": (
        lambda m: m.variable("x", "Kumaraswamy", 1, 1) and m.mean_field,
        "x: wanted an exponential family for a latent variable with a factor, got Kumaraswamy",
    ),
    "nothing observed": (
        lambda m: m.gamma("g", 1, 1) and derivations_of(m),
        "m: wanted an observed variable, declared with observed=True",
    ),
    "nothing declared": (derivations_of, "m: wanted an observed variable"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_each_misuse_is_one_sentence(name: str) -> None:
    """It says what was wanted; nothing of SymPy's own errors is seen."""
    declare, sentence = REFUSED[name]
    with pytest.raises(vp.ModelError, match=re.escape(sentence)) as raised:
        declare(DeclaredModel("m"))
    assert "\n" not in str(raised.value)


UNSUPPORTED: dict[str, Callable[[Any], object]] = {
    "comparison": lambda a: a > 1,
    "list": list,
    "len": len,
    "sum": sum,
    "logarithm of NumPy": np.log,
    "matrix product": lambda a: a @ a,
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_references_lack_ends_at_once(name: str) -> None:
    """Python's own error names the operation; no loop asks for entry after entry."""
    a = DeclaredModel("m").given("a")
    with pytest.raises(TypeError, match=r"Reference|operand"):
        UNSUPPORTED[name](a)


def test_a_term_outside_the_class_is_named() -> None:
    """A rate that is the exponential of a normal variable has no closed update."""
    from sympy import exp  # noqa: PLC0415 - what a user would import

    m = DeclaredModel("m")
    w = m.normal("w", 0, 1)
    with m.plate(n=m.sizes("N")):
        m.poisson("y", exp(w), observed=True)
    for use in (derivations_of, vp.check, vp.show):
        with pytest.raises(NotConjugateError, match=re.escape("got the term -N*exp(w)")):
            use(m)
