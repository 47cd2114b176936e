"""From expressions to instructions: sums of products become contractions, indicators look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sympy import (
    Abs,
    Add,
    E,
    EulerGamma,
    Expr,
    Mul,
    Pow,
    Symbol,
    exp,
    gamma,
    log,
    loggamma,
    pi,
    polygamma,
)

from derivations.calculus.expressions import Element, IndexProduct, IndexSum, Iverson
from derivations.calculus.indices import Index
from derivations.programs.instructions import Detail, Instruction, Instructions, Operand
from derivations.programs.subscripts import polynomial, subscript


@dataclass(frozen=True)
class Tensor:
    """An instruction's number, and the index along each of its axes."""

    number: int
    axes: tuple[Index, ...] = ()


@dataclass(frozen=True)
class OneHot:
    """The indicator that an integer array, at these indices, has the state of an index."""

    array: str
    data: tuple[Index, ...]
    state: Index

    @property
    def axes(self) -> tuple[Index, ...]:
        """All indices it depends on."""
        return (*self.data, self.state)


Factor = Tensor | OneHot


@dataclass(frozen=True)
class Program:
    """Instructions in order, the number of each named result, and how its axes are ordered."""

    instructions: tuple[Instruction, ...]
    results: dict[str, Operand]


def compile_expressions(
    wanted: Mapping[str, tuple[Expr, tuple[Index, ...]]],
) -> Program:
    """Return one program for several expressions, each with the order of its axes.

    Raises
    ------
    NotImplementedError
        For a node that has no instruction; the message names it.
    """
    compiler = _Compiler()
    results: dict[str, Operand] = {}
    for name, (expression, axes) in wanted.items():
        tensor = compiler.tensor(expression)
        spread = compiler.over(tensor, axes)
        results[name] = (spread.number, tuple(range(len(axes))))
    return Program(tuple(compiler.made.all), results)


@dataclass
class _Compiler:
    made: Instructions = field(default_factory=Instructions)
    known: dict[Expr, Tensor] = field(default_factory=dict)

    def tensor(self, node: Expr) -> Tensor:
        """Return the tensor of an expression."""
        if node not in self.known:
            self.known[node] = self._tensor(node)
        return self.known[node]

    def over(self, tensor: Tensor, axes: tuple[Index, ...]) -> Tensor:
        """Return a tensor with exactly these axes, in this order."""
        if tensor.axes == axes:
            return tensor
        return self._made("contract" if set(tensor.axes) == set(axes) else "add", [tensor], axes)

    def _tensor(self, node: Expr) -> Tensor:  # noqa: PLR0911 - one line for each kind
        if node.is_Rational or node in (pi, E, EulerGamma):
            return self._made("number", [], (), float(node))
        if isinstance(node, Symbol):
            return self._made("size", [], (), polynomial(node))
        if isinstance(node, Index):
            return self._made("range", [], (node,), polynomial(node.lower))
        if isinstance(node, Element):
            return self._element(node)
        if isinstance(node, Iverson):
            found = self._indicator(node)
            return found if isinstance(found, Tensor) else self._dense(found)
        if isinstance(node, Add):
            return self._made("add", [self.tensor(a) for a in node.args])
        if isinstance(node, Mul):
            return self._multiplied([self.tensor(a) for a in node.args])
        if isinstance(node, IndexSum):
            return self._summed(node)
        if isinstance(node, IndexProduct):
            body = self.tensor(node.body)
            kept = tuple(a for a in body.axes if a not in node.indices)
            return self._made("product", [self.over(body, (*kept, *node.indices))], kept)
        return self._function(node)

    def _function(self, node: Expr) -> Tensor:
        if isinstance(node, polygamma):
            return self._made("polygamma", [self.tensor(node.args[1])], None, int(node.args[0]))
        if isinstance(node, Pow):
            base, power = node.args
            if power.is_Rational:
                return self._made("power", [self.tensor(base)], None, float(power))
            return self._made("raise", [self.tensor(base), self.tensor(power)])
        if isinstance(node, log) and isinstance(node.args[0], gamma):
            return self._made("lgamma", [self.tensor(node.args[0].args[0])])
        kinds = {log: "log", exp: "exp", loggamma: "lgamma", Abs: "abs"}
        if type(node) in kinds:
            return self._made(kinds[type(node)], [self.tensor(node.args[0])])
        if isinstance(node, gamma):
            return self._made("exp", [self._made("lgamma", [self.tensor(node.args[0])])])
        message = f"wanted a formula that can be run, got {type(node).__name__} in {node}"
        raise NotImplementedError(message)

    def _made(
        self,
        kind: str,
        operands: Iterable[Tensor],
        axes: tuple[Index, ...] | None = None,
        detail: Detail = None,
    ) -> Tensor:
        """Add an instruction; without axes, these are all of the operands' in order."""
        operands = list(operands)
        seen = list(dict.fromkeys(a for o in operands for a in o.axes))
        axes = tuple(seen) if axes is None else axes
        order = {a: n for n, a in enumerate(dict.fromkeys((*axes, *seen)))}
        numbered = tuple((o.number, tuple(order[a] for a in o.axes)) for o in operands)
        labels = tuple(order[a] for a in axes)
        lengths = tuple(polynomial(a.count) for a in axes)
        number = self.made.number_of(Instruction(kind, numbered, labels, lengths, detail))
        return Tensor(number, axes)

    def _element(self, node: Element) -> Tensor:
        axes = tuple(dict.fromkeys(i for s in node.subscripts for i in _indices(s)))
        places = tuple(subscript(s, axes) for s in node.subscripts)
        return self._made("entries", [], axes, (node.array.name, places))

    def _indicator(self, node: Iverson) -> Factor:
        """Return an indicator: of a state, or of whole numbers that agree."""
        left, right = node.args
        for data, state in ((left, right), (right, left)):
            if (
                isinstance(data, Element)
                and data.array.states != 0
                and isinstance(state, Index)
                and (state.lower, state.upper) == (1, data.array.states)
                and all(isinstance(s, Index) for s in data.subscripts)
                and len(set(data.subscripts)) == len(data.subscripts)
            ):
                return OneHot(data.array.name, tuple(data.subscripts), state)
        axes = tuple(dict.fromkeys((*_indices(left), *_indices(right))))
        return self._made("equal", [], axes, (subscript(left, axes), subscript(right, axes)))

    def _dense(self, one_hot: OneHot) -> Tensor:
        """Return the counts of single values: zeros and a one."""
        return self._counted(one_hot, ())

    def _counted(self, one_hot: OneHot, over: tuple[Index, ...]) -> Tensor:
        """Return how often each state occurs over some of the data's indices."""
        kept = tuple(i for i in one_hot.data if i not in over)
        order = tuple(one_hot.data.index(i) for i in (*kept, *over))
        detail = (one_hot.array, order, len(over))
        return self._made("counts", [], (*kept, one_hot.state), detail)

    def _multiplied(self, factors: list[Tensor]) -> Tensor:
        return factors[0] if len(factors) == 1 else self._made("multiply", factors)

    def _summed(self, node: IndexSum) -> Tensor:
        """Return a sum of a product as a contraction."""
        indices = list(node.indices)
        body = node.body
        while isinstance(body, IndexSum):
            indices += body.indices
            body = body.body
        if isinstance(body, Add):
            return self._made("add", [self._summed_product(a, tuple(indices)) for a in body.args])
        return self._summed_product(body, tuple(indices))

    def _summed_product(self, body: Expr, indices: tuple[Index, ...]) -> Tensor:
        if isinstance(body, (IndexSum, Add)):
            return self._summed(IndexSum(body, *indices))
        factors: list[Factor] = []
        for argument in Mul.make_args(body):
            found = self._indicator(argument) if isinstance(argument, Iverson) else None
            factors.append(self.tensor(argument) if found is None else found)
        return self._contracted(factors, set(indices))

    def _contracted(self, factors: list[Factor], summed: set[Index]) -> Tensor:
        """Multiply and sum; each indicator of a state becomes a count, a look-up or a scatter."""
        for place, one_hot in enumerate(factors):
            if isinstance(one_hot, OneHot):
                others = factors[:place] + factors[place + 1 :]
                return self._without_indicator(one_hot, others, summed)
        tensors = [f for f in factors if isinstance(f, Tensor)]
        present = {a for t in tensors for a in t.axes}
        tensors += [
            self._made("size", [], (), polynomial(i.count))
            for i in sorted(summed - present, key=str)
        ]
        kept = tuple(dict.fromkeys(a for t in tensors for a in t.axes if a not in summed))
        if not present & summed:
            return self._multiplied(tensors)
        return self._made("contract", tensors, kept)

    def _without_indicator(
        self, one_hot: OneHot, others: list[Factor], summed: set[Index]
    ) -> Tensor:
        elsewhere = {a for f in others for a in f.axes}
        alone = tuple(i for i in one_hot.data if i in summed and i not in elsewhere)
        state_elsewhere = one_hot.state in elsewhere
        if one_hot.state in summed and not state_elsewhere:  # one of the states it is
            return self._contracted(others, summed - {one_hot.state})
        crowded = any(isinstance(f, OneHot) and one_hot.state in f.axes for f in others)
        if alone or crowded:
            return self._contracted([*others, self._counted(one_hot, alone)], summed - set(alone))
        if one_hot.state in summed:
            looked_up = [self._gathered(f, one_hot) for f in others]
            return self._contracted(looked_up, summed - {one_hot.state})
        if set(one_hot.data) <= summed and not state_elsewhere:
            inner = self._contracted(others, summed - set(one_hot.data))
            kept = tuple(a for a in inner.axes if a not in one_hot.data)
            inner = self.over(inner, (*one_hot.data, *kept))
            axes = (*kept, one_hot.state)
            return self._made("scatter", [inner], axes, (one_hot.array, len(one_hot.data)))
        return self._contracted([*others, self._dense(one_hot)], summed)

    def _gathered(self, factor: Factor, one_hot: OneHot) -> Factor:
        """Return a factor at the state that the data has."""
        if isinstance(factor, OneHot) or one_hot.state not in factor.axes:
            return factor
        rest = tuple(a for a in factor.axes if a != one_hot.state)
        kept = tuple(a for a in rest if a not in one_hot.data)
        shared = tuple(a for a in rest if a in one_hot.data)
        ordered = self.over(factor, (*shared, one_hot.state, *kept))
        places = tuple(one_hot.data.index(a) for a in shared)
        axes = (*one_hot.data, *kept)
        return self._made("gather", [ordered], axes, (one_hot.array, places))


def _indices(node: Expr) -> list[Index]:
    """Return the indices of a subscript, in a fixed order."""
    if isinstance(node, Element):
        return [i for s in node.subscripts for i in _indices(s)]
    return sorted(node.atoms(Index), key=lambda i: i.name) if node.has(Index) else []
