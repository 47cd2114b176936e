"""The printed formula beside the VAE's code: each key's results, number by number."""

from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the autoencoder needs torch")

from harness.printed_twins import establish  # noqa: E402 - after the skip
from oracles import (  # noqa: E402
    printed_estimators,
    printed_linear_vae,
    printed_mmd,
    printed_vae,
)
from oracles.printed import Comparison, Results, broken, worst  # noqa: E402

from derivations.catalogue import ENTRIES, derive  # noqa: E402

PROBLEMS = ("gaussian_vae.", "mmd.", "linear_vae.")
KEYS = [e.key for e in ENTRIES if e.key.startswith(PROBLEMS)]
TOLERANCE = 1e-12
"""Relative to the largest number of a comparison; over 30 seeds rounding stayed below 1e-13."""
COMPARISONS: dict[str, Comparison] = {
    **printed_vae.COMPARISONS,
    **printed_estimators.COMPARISONS,
    **printed_mmd.COMPARISONS,
    **printed_linear_vae.COMPARISONS,
}
TWINS = [(key, twin) for key in KEYS for twin in derive(key).twins]
FALSE = [(key, name, results) for key in KEYS for name, results in broken(derive(key).results)]


@pytest.mark.parametrize("key", KEYS)
def test_code_agrees_with_the_printed_formula(
    key: str,
    rng: np.random.Generator,
    ledger,  # noqa: ANN001 - the fixture of the harness
) -> None:
    """What the report prints, evaluated literally, is what the independent code computes."""
    results = derive(key).results
    establish(ledger, key, lambda: [p.error for p in COMPARISONS[key](results, rng)], TOLERANCE)


@pytest.mark.parametrize(
    ("key", "results"),
    [(key, r) for key, _, r in FALSE],
    ids=[f"{key}, {name}" for key, name, _ in FALSE],
)
def test_every_printed_result_counts(key: str, results: Results, rng: np.random.Generator) -> None:
    """Negative control: with any one result a thousandth off the comparison goes red."""
    assert worst(COMPARISONS[key](results, rng)) > 1e3 * TOLERANCE


@pytest.mark.parametrize(("key", "twin"), TWINS, ids=[f"{key}, {twin}" for key, twin in TWINS])
def test_every_named_twin_counts(
    key: str, twin: str, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: with any one of the named functions a millionth off it goes red."""
    where, name = twin.rsplit(".", 1)
    module = __import__(where, fromlist=[name])
    monkeypatch.setattr(module, name, scaled(getattr(module, name)))
    assert worst(COMPARISONS[key](derive(key).results, rng)) > 1e3 * TOLERANCE


def scaled(function: Callable[..., object]) -> Callable[..., object]:
    """Return the function with all that it returns a millionth larger."""

    def wrong(*arguments: object, **named: object) -> object:
        found = function(*arguments, **named)
        if isinstance(found, torch.Tensor):
            return found * (1 + 1e-6)
        larger = [part * (1 + 1e-6) for part in found]
        return type(found)(*larger) if hasattr(found, "_fields") else tuple(larger)

    return wrong
