"""What the report says about the embedded example, every number from the fits just made."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

import numpy as np

from derivations.printing.nodes import Block, Code, Heading, Paragraph, Prose, Table
from report.chapters import Chapter, figure_block
from report.example import FOUND, LEVEL, USED, Attempt, Example, pairs
from report.starts import CONTINUED

FIGURES = "dice/figures"
COMMANDS = """\
varproof dice simulate --points {points} --rolls {rolls} --faces {faces} \\
    --first-concentration 4 --second-concentration 4 --seed {seed} \\
    --output rolls.csv --truth truth.json
varproof dice fit rolls.csv --faces {faces} --restarts {restarts} \\
    --truth truth.json --output fit
"""


def chapter(run: Example) -> Chapter:
    """Return the fit of the embedded example as a chapter of the report."""
    return Chapter("dice/example", "A fit of the embedded example", FIGURES, partial(_blocks, run))


def _blocks(run: Example, figures: PurePosixPath, level: int) -> list[Block]:
    """Return the example: what came of it, other starts, what is recovered, and why no more."""
    settings = run.settings
    command = COMMANDS.format(
        points=settings["points"],
        rolls=settings["rolls"],
        faces=" ".join(map(str, settings["faces"])),  # type: ignore[call-overload]
        seed=settings["seed"],
        restarts=len(run.fit.traces),
    )
    few, best = run.few, run.best
    dice = len(few.shares)
    shown = f"Bars: posterior means, with {LEVEL:.0%} intervals. Diamonds: the true dice."
    better: list[Block] = []
    if best is not few:
        better = [
            figure_block(
                figures,
                "best",
                f"The best fit found, from {best.name}. {shown} {_in_use(best)}; the two hidden "
                "dice, in the first row, "
                f"{'are' if _hidden_found(best) == len(best.hidden_errors()) else 'are not'} "
                "the true ones.",
            ),
            Paragraph((recovered(best),)),
        ]
    return [
        Paragraph((in_short(run),)),
        Paragraph(
            (
                f"The data are {run.points:,} points of {settings['rolls']} rolls each, simulated "
                f"once and kept with the project: {run.rows:,} distinct rows of counts. These "
                "commands repeat the simulation and the fit:",
            )
        ),
        Code(command, "sh"),
        Heading(level, ("More starts, and better ones",)),
        Paragraph((started(run),)),
        side_by_side(run),
        Paragraph(
            (
                "Errors are total variation distances between posterior means and the true "
                "probabilities, from 0 to 1, once the labels of the true dice are matched to the "
                f"fit's. A hidden die counts as found within {FOUND:g} of the true one. The last "
                "row starts at the true dice, as nobody can in practice.",
            )
        ),
        figure_block(figures, "starts", _ends_caption(run)),
        Heading(level, ("What is recovered",)),
        figure_block(
            figures, "dice", f"The fit from {few.name}. {shown} {_in_use(few)} of {dice}."
        ),
        Paragraph((recovered(few),)),
        *better,
        Heading(level, ("Why the hidden dice are hard to find",)),
        *(Paragraph((text,)) for text in reasons(run)),
        Heading(level, ("The bound by sweep",)),
        figure_block(figures, "elbo", _bound_text(run)),
        Paragraph(
            (
                "Points with equal counts have equal responsibilities, so an ascent goes through "
                "each distinct row once, weighted. The bound never falls from one update to the "
                "next; the tests check this after every single update.",
            )
        ),
    ]


def in_short(run: Example) -> str:
    """Say in plain words what the fit recovers, what better starts change, and what they do not."""
    few, best = run.few, run.best
    good = few.unused == 0 and _hidden_found(few) == 2  # noqa: PLR2004 - both
    first, second = few.hidden_errors()
    ends = "end" if few.close > 1 else "ends"
    text = (
        f"The fit from {few.name} {'recovers' if good else 'does not recover'} these dice. "
        f"It {_uses(few)}. It finds {_hidden_words(few)}: their means are {first:.2f} and "
        f"{second:.2f} from the true ones, in total variation. Of the {few.ends.size} starts, "
        f"{few.close} {ends} within a nat of the best. "
    )
    if best is few:
        return text + "Neither more random starts nor starts from clusters of the points help."
    text += (
        f"Better starts help in part: from {best.name}, the bound rises by "
        f"{best.bound - few.bound:,.1f} nats, and the fit {_uses(best)}, "
        f"{'each' if best.unused == 0 else 'those in use'} within "
        f"{best.roll_errors()[best.used].max():.2f} of a true one. This fit finds "
        f"{_hidden_words(best)}"
    )
    gap = best.bound - run.from_truth.bound
    if _hidden_found(best) == 2:  # noqa: PLR2004 - both
        return text + "."
    if gap < 0:
        return f"{text}; an ascent from the true dice ends {-gap:,.1f} nats higher."
    return (
        f"{text}. That is not for want of starts: the bound prefers other hidden dice, since "
        f"an ascent that starts at the true dice ends {gap:,.1f} nats lower."
    )


def _uses(attempt: Attempt) -> str:
    dice = attempt.shares.size
    if attempt.unused == 0:
        return f"uses all {dice} rolled dice"
    return f"leaves {attempt.unused} of the {dice} rolled dice unused"


def _in_use(attempt: Attempt) -> str:
    return f"Rolled dice in use: {attempt.used.size}"


def _hidden_found(attempt: Attempt) -> int:
    return sum(error <= FOUND for error in attempt.hidden_errors())


def _hidden_words(attempt: Attempt) -> str:
    return ("neither hidden die", "one of the two hidden dice", "both hidden dice")[
        _hidden_found(attempt)
    ]


def started(run: Example) -> str:
    """Say what the starts are, and which of them end higher."""
    few, many, clustered = run.few, run.many, run.clustered
    gain, further = many.bound - few.bound, clustered.bound - many.bound
    more = (
        f"the best is {gain:,.1f} nats higher" if gain > 0 else "none of the further ones is higher"
    )
    end = (
        f"{further:,.1f} nats above the best random start"
        if further > 0
        else f"{-further:,.1f} nats below the best random start"
    )
    return (
        "Coordinate ascent finds a local optimum of the bound, and the start decides which. Of "
        f"{many.name}, the first {few.ends.size} are those above; {more}. A start may also use "
        "what the rolls show. Points that share a rolled die have similar rolls, so the points "
        "are first put into as many clusters as there are dice, by a mixture fitted by expectation "
        "maximization. Which sum of hidden faces rolls the die of a cluster is not known, so "
        f"every order of the clusters is tried for a few sweeps, and the {CONTINUED} with the "
        f"highest bounds go on. The best of these ends {end}."
    )


def side_by_side(run: Example) -> Table:
    """Return what each kind of starts comes to."""
    header: tuple[Prose, ...] = (
        ("Start",),
        ("Highest bound (nats)",),
        ("Within a nat of it",),
        ("Rolled dice unused",),
        ("Largest error of a rolled die",),
        ("Error of the shares",),
        ("Errors of the hidden dice",),
    )
    rows: list[tuple[Prose, ...]] = []
    for attempt in run.attempts:
        first, second = attempt.hidden_errors()
        cells = (
            attempt.name,
            f"{attempt.bound:,.1f}",
            f"{attempt.close} of {attempt.ends.size}",
            f"{attempt.unused} of {attempt.shares.size}",
            f"{attempt.roll_errors().max():.3f}",
            f"{attempt.share_error():.3f}",
            f"{first:.3f}, {second:.3f}",
        )
        rows.append(tuple((cell,) for cell in cells))
    return Table(header, tuple(rows))


def _ends_caption(run: Example) -> str:
    spread = run.few.ends.max() - run.few.ends.min()
    highest = max(attempt.bound for attempt in run.attempts)
    best = next(attempt for attempt in run.attempts if attempt.bound == highest)
    return (
        f"Every circle is one ascent. The {run.few.ends.size} random starts of the fit are spread "
        f"over {spread:,.0f} nats; the highest bound of all, at the left, is reached from "
        f"{best.name}."
    )


def recovered(attempt: Attempt) -> str:
    """Say how near the dice in use come to the true ones, from this attempt's numbers."""
    errors, used = attempt.roll_errors(), attempt.used
    inside, faces = attempt.coverage()
    lost = 1 - float(attempt.truth.sums[used].sum())
    missing = ""
    if attempt.unused:
        missing = (
            f"The unused dice get less than {USED:.0%} of the points each; the true dice matched "
            f"to them, which {lost:.1%} of the points roll, have no fitted die of their own. "
        )
    causes = ""
    if inside < LEVEL * faces:
        causes = (
            " Two causes of too few are known. Points of another die that are mixed in shift a "
            "die. The mean field holds the assignment of points as independent of the dice, which "
            "makes intervals too short [blei2017, sec. 2.3]."
        )
    return (
        f"{missing}The means of the dice in use lie within {errors[used].max():.3f} of a true die, "
        f"{np.median(errors[used]):.3f} in the median. Of their {faces} faces, {inside} lie in "
        f"their {LEVEL:.0%} interval; exact intervals would hold {LEVEL * faces:.0f} on average."
        f"{causes}"
    )


def reasons(run: Example) -> list[str]:
    """Say why the bound prefers other hidden dice, and what would help."""
    best, ways = run.best, run.best.ways()
    true = pairs(best.truth.first, best.truth.second)
    texts = [
        "Only the sum of a point's two hidden faces shows in its rolls. Given the sum, the two "
        "faces depend on each other: where one is larger, the other is smaller. The mean field "
        "holds them independent, and loses by it wherever a sum can come about in several ways. "
        "So the bound is higher at hidden dice whose sums have few ways. The best fit uses "
        f"{ways.sum()} pairs of hidden faces, at most {ways.max()} for one sum, where the true "
        f"dice use {true.sum()}, up to {true.max()} for one sum (faces of at least {USED:.0%})."
    ]
    likelihood = run.true_likelihood - best.likelihood
    gap = best.bound - run.from_truth.bound
    if likelihood > 0 and gap > 0:
        texts.append(
            "The rolls do not ask for this. With the hidden faces summed out, the log likelihood "
            f"of all rolls is {run.true_likelihood:,.1f} nats at the true dice, and "
            f"{likelihood:,.1f} nats lower at the means of the best fit. The bound orders them the "
            f"other way: it is {gap:,.1f} nats higher at the best fit than where the ascent from "
            "the true dice ends, and that ascent itself leaves the true hidden dice, by "
            f"{max(run.from_truth.hidden_errors()):.2f}. A search that keeps the highest bound "
            "does not lead to them."
        )
    else:
        texts.append(
            "With the hidden faces summed out, the log likelihood of all rolls is "
            f"{run.true_likelihood:,.1f} nats at the true dice and {best.likelihood:,.1f} nats at "
            "the means of the best fit; the bound of the best fit is "
            f"{abs(gap):,.1f} nats {'above' if gap >= 0 else 'below'} the end of the ascent from "
            "the true dice."
        )
    texts.append(
        "The remedy in principle is one factor for both faces of a point, q(Z1_n, Z2_n), in which "
        "they may depend on each other. The updates derived here, as the assignment has them, keep "
        "two factors. The labels remain free in any case: turning both hidden dice around, and the "
        "order of the rolled ones with them, leaves the likelihood as it is."
    )
    return texts


def _bound_text(run: Example) -> str:
    ends = np.sort(run.few.ends)[::-1]
    converged = sum(run.fit.restarts_converged)
    return (
        f"The evidence lower bound after every sweep of the fit from {run.few.name}, of which "
        f"{converged} converge. The best, drawn thick, ends at {ends[0]:,.1f} nats after "
        f"{run.fit.sweeps} sweeps, the worst {ends[0] - ends[-1]:,.0f} nats below it."
    )
