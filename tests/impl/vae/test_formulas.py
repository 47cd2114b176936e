"""The printed formula beside the VAE's code: each key's results, number by number."""

import pytest

torch = pytest.importorskip("torch", reason="the autoencoder needs torch")

from harness.against_formulas import formula_tests  # noqa: E402 - after the skip
from oracles import (  # noqa: E402
    formulas_of_estimators,
    formulas_of_linear_vae,
    formulas_of_mmd,
    formulas_of_vae,
)
from oracles.formulas import Comparison  # noqa: E402

PROBLEMS = ("gaussian_vae", "mmd", "linear_vae")
COMPARISONS: dict[str, Comparison] = {
    **formulas_of_vae.COMPARISONS,
    **formulas_of_estimators.COMPARISONS,
    **formulas_of_mmd.COMPARISONS,
    **formulas_of_linear_vae.COMPARISONS,
}
(
    test_code_agrees_with_the_printed_formula,
    test_every_printed_result_counts,
    test_every_named_function_counts,
) = formula_tests(PROBLEMS, COMPARISONS, 1e-12)
