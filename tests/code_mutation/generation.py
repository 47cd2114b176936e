"""The mutants of one source file: what is changed, where, and the whole text with the change."""

import ast
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider

from code_mutation.operators import MUTMUTS, OURS


@dataclass(frozen=True)
class Mutant:
    """A change of one node; ``before`` and ``after`` are the lines that differ, ``lines`` where.

    ``within`` is the function or class that holds them, empty at the top of the file.
    """

    operator: str
    ours: bool
    lines: range
    within: str
    before: str
    after: str
    source: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What a judgement must name; another line, another key."""
        return self.within, self.before, self.after


class _Visitor(cst.CSTVisitor):
    """Gather what each operator makes of each node.

    Left out: annotations, imports, decorators, docstrings, `__all__`, and what `raise` says.
    """

    METADATA_DEPENDENCIES = (PositionProvider, WhitespaceInclusivePositionProvider)

    def __init__(self, source: str, module: cst.Module) -> None:
        super().__init__()
        self.source = source
        self.module = module
        self.torch = "import torch" in source
        starts = itertools.accumulate(map(len, source.splitlines(keepends=True)), initial=0)
        self.starts = list(starts)
        self.names: list[str] = []
        self.found: list[tuple[str, bool, range, str, str]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(
            node, cst.Annotation | cst.Import | cst.ImportFrom | cst.Decorator | cst.Raise
        ) or _is_export(node):
            return False
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self.names.append(node.name.value)
        place = self.get_metadata(PositionProvider, node, None)
        if place is not None:
            compound = isinstance(node, cst.BaseCompoundStatement)
            end = place.start.line if compound else place.end.line
            lines, within = range(place.start.line, end + 1), ".".join(self.names)
            for ours, operators in ((False, MUTMUTS), (True, OURS)):
                for kind, operator in operators:
                    if isinstance(node, kind) and (self.torch or operator.__name__ != "add_detach"):
                        self.found += [
                            (operator.__name__, ours, lines, within, self._replaced(node, other))
                            for other in operator(node)
                        ]
        return True

    def _replaced(self, node: cst.CSTNode, other: cst.CSTNode) -> str:
        """Return the text with another node; a block is written anew, for its indentation."""
        if isinstance(node, cst.BaseCompoundStatement):
            return self.module.deep_replace(node, other).code
        place = self.get_metadata(WhitespaceInclusivePositionProvider, node)
        start, end = (self.starts[p.line - 1] + p.column for p in (place.start, place.end))
        return self.source[:start] + self.module.code_for_node(other) + self.source[end:]

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self.names.pop()
        super().on_leave(original_node)


def _is_export(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Assign) and any(
        isinstance(t.target, cst.Name) and t.target.value == "__all__" for t in node.targets
    )


def _difference(old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
    """Return the lines that differ, each side as one line of text."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    sides = (old[start : len(old) - end], new[start : len(new) - end])
    before, after = (" ".join(line.strip() for line in side) for side in sides)
    return before, after


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant that is a program and another one; the same text only once."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor(source, wrapper.module)
    wrapper.visit(visitor)
    seen = {ast.dump(ast.parse(source))}
    old = source.splitlines()
    for operator, ours, lines, within, text in visitor.found:
        try:
            shape = ast.dump(ast.parse(text))
        except SyntaxError:
            continue
        if shape not in seen:
            seen.add(shape)
            before, after = _difference(old, text.splitlines())
            yield Mutant(operator, ours, lines, within, before, after, text)


def drawn(every: Sequence[Mutant], most: int, seed: str) -> list[Mutant]:
    """Draw at most so many, one of each operator in turn, so that no common operator fills it.

    In the order of the draw: what a short draw has, a longer one has first.
    """
    random = Random(seed)  # noqa: S311  (a sample, no secret)
    heaps: dict[str, list[Mutant]] = {}
    for mutant in every:
        heaps.setdefault(mutant.operator, []).append(mutant)
    for heap in heaps.values():
        random.shuffle(heap)
    chosen: list[Mutant] = []
    while heaps and len(chosen) < most:
        for name in sorted(heaps):
            chosen.append(heaps[name].pop())
            if not heaps[name]:
                del heaps[name]
    return chosen[:most]
