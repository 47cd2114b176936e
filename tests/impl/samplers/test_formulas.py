"""The printed formula beside the samplers' code: each key's results, number by number."""

import pytest

torch = pytest.importorskip("torch", reason="the samplers need torch")

from harness.against_formulas import formula_tests  # noqa: E402 - after the skip
from oracles.formulas import Printed  # noqa: E402
from oracles.formulas_of_samplers import COMPARISONS, law  # noqa: E402

PROBLEMS = ("kumaraswamy", "softmax_gaussian")
NOT_SCALED = {
    "impl.samplers.kumaraswamy.Kumaraswamy": "a class, whose methods are named by other keys"
}
(
    test_code_agrees_with_the_printed_formula,
    test_every_printed_result_counts,
    test_every_named_function_counts,
) = formula_tests(PROBLEMS, COMPARISONS, 1e-12, NOT_SCALED)


def test_a_formula_with_a_wrong_sign_disagrees_with_the_code() -> None:
    """Negative control: the printed entropy with its sign flipped is not the code's."""
    p, q = 2.5, 0.6
    printed = Printed("kumaraswamy.entropy").right(0)(a=p, b=q)
    assert abs(float(law(p, q).entropy()) + printed) > 1e-3
