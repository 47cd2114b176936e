"""The printed formula beside the samplers' code: each key's results, number by number."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the samplers need torch")

from harness.against_formulas import (  # noqa: E402 - after the skip
    CONTROL,
    establish,
    keys_of,
    named_code,
    scale,
)
from harness.ledger import Ledger  # noqa: E402
from oracles.formulas import Printed, worst  # noqa: E402
from oracles.formulas_of_samplers import COMPARISONS, law  # noqa: E402

PROBLEMS = ("kumaraswamy", "softmax_gaussian")
KEYS = keys_of(*PROBLEMS)
TOLERANCE = 1e-12
NOT_SCALED = {
    "impl.samplers.kumaraswamy.Kumaraswamy": "a class, whose methods are named by other keys"
}
CODE = [(key, name) for key, name in named_code(*PROBLEMS) if name not in NOT_SCALED]


@pytest.mark.parametrize("key", KEYS)
def test_code_agrees_with_the_printed_formula(
    key: str, rng: np.random.Generator, ledger: Ledger
) -> None:
    """What the report prints, evaluated literally, is what the independent code computes."""
    printed = Printed(key)
    establish(ledger, key, lambda: [p.error for p in COMPARISONS[key](printed, rng)], TOLERANCE)


@pytest.mark.parametrize("key", KEYS)
def test_every_printed_result_counts(key: str, rng: np.random.Generator) -> None:
    """Negative control: with any one result a thousandth off the comparison goes red."""
    unseen = [
        name
        for name, wrong in Printed(key).false()
        if not worst(COMPARISONS[key](wrong, rng)) > CONTROL * TOLERANCE
    ]
    assert unseen == []


@pytest.mark.parametrize(("key", "name"), CODE, ids=[f"{key}, {name}" for key, name in CODE])
def test_every_named_function_counts(
    key: str, name: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: with any one of the named functions a millionth off it goes red."""
    scale(monkeypatch, name)
    assert worst(COMPARISONS[key](Printed(key), rng)) > CONTROL * TOLERANCE


def test_a_formula_with_a_wrong_sign_disagrees_with_the_code() -> None:
    """Negative control: the printed entropy with its sign flipped is not the code's."""
    p, q = 2.5, 0.6
    printed = Printed("kumaraswamy.entropy").right(0)(a=p, b=q)
    assert abs(float(law(p, q).entropy()) + printed) > 1e-3
