"""The dice problem's symbols and small sizes, for tests that write its formulas by hand."""

from sympy import Expr, log, polygamma

from derivations.calculus.binding import rewrite
from derivations.problems.dice.symbols import D1, D2, D3, MEAN_FIELD, J, N

SIZES = {N: (2,), J: (2, 3), D1: (3, 4), D2: (3, 4), D3: (5, 6)}
TINY = {N: (1,), J: (2, 5), D1: (3, 4), D2: (3, 4), D3: (5, 6)}

alpha1_hat, alpha2_hat, beta_hat, phi1, phi2 = (f.parameters[0] for f in MEAN_FIELD.factors)


def in_logs(expression: Expr) -> Expr:
    """The expression with log for digamma: E[log x] taken for log E[x]."""

    def rule(node: Expr) -> Expr | None:
        return log(node.args[1]) if isinstance(node, polygamma) else None

    return rewrite(expression, rule)
