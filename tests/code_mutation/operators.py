"""Changes that matter in numerical code and that mutmut does not make, on LibCST nodes as its are.

An operator takes a node and yields what may stand in its place. mutmut has the general ones:
arithmetic, comparisons, numbers, arguments left out, assignments to nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import libcst as cst
from mutmut.mutation import mutators

Operator = Callable[[Any], Iterable[cst.CSTNode]]

SWAPPED = {
    "sum": "mean",
    "mean": "sum",
    "var": "std",
    "std": "var",
    "log1p": "log",
    "log": "log1p",
    "expm1": "exp",
    "exp": "expm1",
    "digamma": "log",
    "psi": "log",
    "gammaln": "digamma",
    "lgamma": "digamma",
    "logsumexp": "amax",
    "amin": "amax",
    "amax": "amin",
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "floor": "ceil",
    "ceil": "floor",
    "argmin": "argmax",
    "argmax": "argmin",
    "cumsum": "cumprod",
    "ones": "zeros",
    "zeros": "ones",
}
DROPPED = ("abs", "exp", "expand", "log", "reciprocal", "sqrt", "square")
REDUCTIONS = (
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "cumsum",
    "flip",
    "logsumexp",
    "mean",
    "prod",
    "softmax",
    "stack",
    "std",
    "sum",
    "unsqueeze",
    "var",
)
OTHER_AXIS = {"-1": "0", "0": "-1", "1": "0", "-2": "-1"}


def _called(node: cst.Call) -> str:
    """Last name of what is called: ``sum`` of ``np.sum`` and of ``x.sum``."""
    if isinstance(node.func, cst.Attribute):
        return node.func.attr.value
    return node.func.value if isinstance(node.func, cst.Name) else ""


def swap_function(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Sum to mean, variance to standard deviation, log1p to log, any to all, ..."""
    other = SWAPPED.get(_called(node))
    if other and isinstance(node.func, cst.Attribute):
        yield node.with_changes(func=node.func.with_changes(attr=cst.Name(other)))
    elif other and _called(node) in ("max", "min", "any", "all"):
        yield node.with_changes(func=cst.Name(other))


def drop_function(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Leave out a square root, a logarithm, an exponential: its argument stands in its place."""
    if _called(node) not in DROPPED:
        return
    if len(node.args) == 1 and not node.args[0].keyword and not node.args[0].star:
        if _called(node) != "expand":
            yield cst.ensure_type(node.args[0].value, cst.BaseExpression).with_changes(
                lpar=[cst.LeftParen()], rpar=[cst.RightParen()]
            )
    elif not node.args and isinstance(node.func, cst.Attribute):
        yield node.func.value


def change_axis(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Reduce over another axis, or over the last of several."""
    for place, arg in enumerate(node.args):
        named = arg.keyword is not None and arg.keyword.value in ("axis", "dim")
        first = arg.keyword is None and place == 0 and isinstance(node.func, cst.Attribute)
        if not named and not (first and _called(node) in REDUCTIONS):
            continue
        if isinstance(arg.value, cst.Tuple):
            value: cst.BaseExpression = arg.value.elements[-1].value
        else:
            other = OTHER_AXIS.get(cst.Module([]).code_for_node(arg.value))
            if other is None:
                continue
            value = cst.parse_expression(other)
        args = [*node.args[:place], arg.with_changes(value=value), *node.args[place + 1 :]]
        yield node.with_changes(args=args)


def drop_detach(node: cst.Call) -> Iterator[cst.CSTNode]:
    """Let a gradient through where it was stopped."""
    if _called(node) == "detach" and isinstance(node.func, cst.Attribute):
        yield node.func.value


def add_detach(node: cst.Assign | cst.Return) -> Iterator[cst.CSTNode]:
    """Stop the gradient of a product, a sum or a difference."""
    if isinstance(node.value, cst.BinaryOperation):
        bracketed = node.value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        stopped = cst.Call(cst.Attribute(bracketed, cst.Name("detach")))
        changes: dict[str, Any] = {"value": stopped}
        if isinstance(node, cst.Return):
            changes["whitespace_after_return"] = cst.SimpleWhitespace(" ")
        yield node.with_changes(**changes)


def swap_arguments(node: cst.Call) -> Iterator[cst.CSTNode]:
    """KL(q, p) for KL(p, q): the first two arguments by position."""
    if len(node.args) < 2 or any(a.keyword or a.star for a in node.args[:2]):
        return
    first, second = node.args[:2]
    if not first.value.deep_equals(second.value):
        swapped = [first.with_changes(value=second.value), second.with_changes(value=first.value)]
        yield node.with_changes(args=[*swapped, *node.args[2:]])


def swap_sides(node: cst.BinaryOperation) -> Iterator[cst.CSTNode]:
    """Turn a - b into b - a, a / b into b / a and a @ b into b @ a."""
    if isinstance(node.operator, cst.Subtract | cst.Divide | cst.MatrixMultiply):
        brackets = {"lpar": [cst.LeftParen()], "rpar": [cst.RightParen()]}
        yield node.with_changes(
            left=node.right.with_changes(**brackets), right=node.left.with_changes(**brackets)
        )


def halve(node: cst.BaseNumber) -> Iterator[cst.CSTNode]:
    """A half to one, a two to one: the square of a standard deviation for the deviation."""
    if isinstance(node, cst.Float) and node.evaluated_value == 0.5:
        yield cst.Float("1.0")
    elif isinstance(node, cst.Integer) and node.evaluated_value == 2:
        yield cst.Integer("1")


def drop_statement(node: cst.Expr) -> Iterator[cst.CSTNode]:
    """Leave out a call made for its effect: a check, a change in place."""
    if isinstance(node.value, cst.Call):
        yield cst.Pass()


def negate_condition(node: cst.If | cst.While | cst.IfExp) -> Iterator[cst.CSTNode]:
    """Take the other branch; comparisons and `not` are mutmut's."""
    if isinstance(node.test, cst.Name | cst.Attribute | cst.Call):
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), node.test))


OURS: tuple[tuple[Any, Operator], ...] = (
    (cst.Call, swap_function),
    (cst.Call, drop_function),
    (cst.Call, change_axis),
    (cst.Call, drop_detach),
    ((cst.Assign, cst.Return), add_detach),
    (cst.Call, swap_arguments),
    (cst.BinaryOperation, swap_sides),
    (cst.BaseNumber, halve),
    (cst.Expr, drop_statement),
    ((cst.If, cst.While, cst.IfExp), negate_condition),
)
LEFT_OUT = ("operator_string",)  # the wording of messages; a key or an option raises at once
MUTMUTS = tuple(pair for pair in mutators.mutation_operators if pair[1].__name__ not in LEFT_OUT)
