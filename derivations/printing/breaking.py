"""Line breaks in displayed formulas, so that every line fits a page and a screen.

A line may end before a plus or a minus, inside parentheses only where it must, and between factors
or arguments only where it would be too long otherwise. The breaks are chosen together: as few lines
as possible, then the least nested breaks, then lines of even length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from derivations.printing.layout import (
    Fence,
    Fraction,
    Letter,
    Mark,
    Root,
    Row,
    Script,
    Sign,
    fenced,
    is_single,
)
from derivations.printing.markup import Line, leaf

Measure = Callable[[Mark], float]

_OVERFULL, _DEPTH = 1000.0, 2.0
_RELUCTANT = 0.5
_TIGHT = 30.0
_BETWEEN_ARGUMENTS = ("given", "divides")
_INDENT = 1.0
_LONG_LEFT = 0.34
_WIDE_FRACTION = 0.8
_BRACES = tuple(Fence("{", size) for size in range(4))


@dataclass(frozen=True)
class _Piece:
    """A mark, and the nesting depth of a break before it (None: no break).

    A ``tight`` break, between factors or arguments, is used only for want of room.
    """

    mark: Mark
    depth: float | None = None
    tight: bool = False


def broken(
    left: Mark,
    relation: Mark,
    right: Mark,
    measure: Measure,
    budget: float,
    *,
    tight: bool = False,
) -> list[Line]:
    """Return the lines of ``left relation right``, each within the budget where possible.

    With ``tight``, lines may also end between factors and between arguments.
    """
    before = measure(left) + measure(relation)
    if before + measure(right) <= budget:
        return [Line((left,), (relation, right))]
    right = _loosened(right, measure, _WIDE_FRACTION * budget)
    if measure(left) <= _LONG_LEFT * budget:
        lines = _filled(_pieces(right, tight=tight), measure, budget - before)
        return [Line((left,), (relation, *lines[0].right)), *lines[1:]]
    left = _loosened(left, measure, _WIDE_FRACTION * budget)
    above = _filled(_pieces(left, tight=tight), measure, budget)
    below = _filled(_pieces(right, tight=tight), measure, budget - 2 * _INDENT - measure(relation))
    first = Line((), (relation, *below[0].right), 1)
    return [*above, first, *(replace(n, indent=n.indent + 1) for n in below[1:])]


def chained(
    left: Mark, rights: Sequence[tuple[Mark, Mark]], measure: Measure, budget: float
) -> list[list[Line]]:
    """Return the lines of each relation of a chain, whose left side stands before the first alone.

    A long left side has a line of its own, and the relations stand below it.
    """
    wide = measure(left)
    first, *others = rights
    lines = broken(left, *first, measure, budget)
    if others and wide > _LONG_LEFT * budget and lines[0].left:
        lines = [Line((), (left,)), *_hanging(*first, measure, budget)]
    if lines[0].left:
        below = [broken(Row(()), *other, measure, budget - wide) for other in others]
    else:
        below = [_hanging(*other, measure, budget) for other in others]
    return [lines, *below]


def _hanging(relation: Mark, right: Mark, measure: Measure, budget: float) -> list[Line]:
    """Return the lines of a relation below its left side."""
    lines = broken(Row(()), relation, right, measure, budget - _INDENT)
    return [replace(line, left=(), indent=line.indent + 1) for line in lines]


def _loosened(mark: Mark, measure: Measure, limit: float) -> Mark:
    """Write a fraction wider than a line with a slash, where it can be broken.

    Numerator and denominator are put in parentheses, unless they are a single symbol or function.
    So is the quotient if something follows it.
    """
    if measure(mark) <= limit:
        return mark
    if isinstance(mark, Row):
        loose = tuple(_loosened(m, measure, limit) for m in mark.items)
        return replace(mark, items=loose)
    if isinstance(mark, Fraction):
        sides = (_loosened(m, measure, limit) for m in (mark.above, mark.below))
        above, below = (m if is_single(m) else fenced(m) for m in sides)
        quotient = Row((above, Sign("slash"), below), frozenset({1}))
        return fenced(quotient) if mark.crowded else quotient
    return mark


def _pieces(mark: Mark, *, tight: bool) -> list[_Piece]:
    """Flatten rows into pieces, each break opportunity with its depth in fences."""
    pieces: list[_Piece] = []

    def walk(part: Mark, depth: int, may_break: float | None, *, must: bool = False) -> int:
        if not isinstance(part, Row) or _in_braces(part):
            pieces.append(_Piece(part, may_break, must))
            return depth + (0 if not isinstance(part, Fence) else 1 if part.opens else -1)
        for position, item in enumerate(part.items):
            inside = depth + (_RELUCTANT if part.reluctant else 0)
            if position == 0:
                depth = walk(item, depth, may_break, must=must)
            elif position in part.breaks:
                depth = walk(item, depth, inside)
            elif tight and _may_part(part.items[position - 1], item):
                depth = walk(item, depth, inside, must=True)
            else:
                depth = walk(item, depth, None)
        return depth

    walk(mark, 0, None)
    return pieces


def _may_part(before: Mark, after: Mark) -> bool:
    """Whether a line may end between two neighbours if it must: arguments, or whole factors."""
    last, first = leaf(before, -1), leaf(after, 0)
    if isinstance(last, Sign):
        opens = isinstance(first, Fence) and first.opens
        return last.name == "comma space" or (last.name == "thin" and opens)
    if isinstance(first, Sign):
        return first.name in _BETWEEN_ARGUMENTS
    whole = isinstance(last, (Script, Letter, Fraction, Root)) or (
        isinstance(last, Fence) and not last.opens
    )
    return whole and not isinstance(first, Fence)


def _in_braces(mark: Row) -> bool:
    """Whether it is the equation of an indicator, which is short and not broken."""
    return bool(mark.items) and mark.items[0] in _BRACES


def _filled(pieces: list[_Piece], measure: Measure, room: float) -> list[Line]:
    """Choose the breaks: the cheapest way to set the pieces in lines of the given room."""
    starts = [0, *(n for n, p in enumerate(pieces) if p.depth is not None and n > 0), len(pieces)]
    ends = [0.0, *accumulate(measure(p.mark) for p in pieces)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(starts)):
        choices = (
            (best[begin][0] + _cost(pieces, ends, starts[begin], starts[end], room), begin)
            for begin in range(end)
        )
        best.append(min(choices))
    cuts, at = [len(starts) - 1], len(starts) - 1
    while at > 0:
        at = best[at][1]
        cuts.append(at)
    bounds = [starts[c] for c in reversed(cuts)]
    return [
        Line((), tuple(p.mark for p in _trimmed(pieces, begin, end)), _indent(pieces, begin))
        for begin, end in pairwise(bounds)
    ]


def _trimmed(pieces: list[_Piece], begin: int, end: int) -> list[_Piece]:
    """Return a line without the thin space at its end, which stays if a factor follows."""
    parts = end < len(pieces) and pieces[end].tight
    drop = not parts and pieces[end - 1].mark == Sign("thin")
    return pieces[begin : end - drop]


def _indent(pieces: list[_Piece], begin: int) -> int:
    if begin == 0:
        return 0
    return 1 + int(pieces[begin].depth or 0) + pieces[begin].tight


def _cost(pieces: list[_Piece], ends: list[float], begin: int, end: int, room: float) -> float:
    """Return the cost of one line: overfull is worst, then deep breaks, then raggedness."""
    slack = room - (ends[end] - ends[begin]) - _INDENT * _indent(pieces, begin)
    depth = (pieces[begin].depth or 0) if begin else 0
    overfull = _OVERFULL * -slack if slack < 0 else 0.0
    tight = _TIGHT if pieces[begin].tight and begin else 0.0
    return 1 + overfull + tight + _DEPTH * depth + 0.2 * (slack / room) ** 2
