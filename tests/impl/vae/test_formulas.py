"""The printed formula beside the VAE's code: each key's results, number by number."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the autoencoder needs torch")

from harness.against_formulas import (  # noqa: E402 - after the skip
    CONTROL,
    establish,
    keys_of,
    named_code,
    scale,
)
from harness.ledger import Ledger  # noqa: E402
from oracles import (  # noqa: E402
    formulas_of_estimators,
    formulas_of_linear_vae,
    formulas_of_mmd,
    formulas_of_vae,
)
from oracles.formulas import Comparison, Printed, worst  # noqa: E402

PROBLEMS = ("gaussian_vae", "mmd", "linear_vae")
KEYS = keys_of(*PROBLEMS)
TOLERANCE = 1e-12
"""Relative to the largest number of a comparison."""
COMPARISONS: dict[str, Comparison] = {
    **formulas_of_vae.COMPARISONS,
    **formulas_of_estimators.COMPARISONS,
    **formulas_of_mmd.COMPARISONS,
    **formulas_of_linear_vae.COMPARISONS,
}
CODE = list(named_code(*PROBLEMS))


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
