"""What the report says about the embedded example, every number from the fit just made."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

import numpy as np

from derivations.printing.nodes import Block, Code, Figure, Heading, Paragraph, Prose, Table
from report.chapters import Chapter
from report.example import CERTAIN, LEVEL, USED, Example

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
    """Return the example: data, ascent, recovery, and what the recovery shows."""
    settings = run.settings
    command = COMMANDS.format(
        points=settings["points"],
        rolls=settings["rolls"],
        faces=" ".join(map(str, settings["faces"])),  # type: ignore[call-overload]
        seed=settings["seed"],
        restarts=len(run.fit.traces),
    )
    return [
        Paragraph(
            (
                f"The data are {run.points:,} points of {settings['rolls']} rolls each, simulated "
                f"once and kept with the project. They have {run.rows:,} distinct rows of counts; "
                "points with equal counts have equal responsibilities, so the fit goes through "
                "each distinct row once, weighted. These commands repeat everything:",
            )
        ),
        Code(command, "sh"),
        Heading(level, ("The bound",)),
        Paragraph((_bound_text(run),)),
        Figure(
            figures / "elbo.svg",
            ("The evidence lower bound after every sweep, for all restarts.",),
            "Evidence lower bound by sweep for each restart",
            0.8,
        ),
        Heading(level, ("What is recovered",)),
        Figure(
            figures / "dice.svg",
            (f"Posterior means with {LEVEL:.0%} intervals, and the truth under the fit's labels.",),
            "Recovered dice beside the true ones",
            1.0,
        ),
        _table(run),
        *(Paragraph((text,)) for text in recovery(run)),
        Heading(level, ("A local optimum",)),
        *(Paragraph((text,)) for text in local_optimum(run)),
    ]


def _bound_text(run: Example) -> str:
    ends = run.bounds()
    close = int((ends > ends[0] - 1.0).sum())
    converged = sum(run.fit.restarts_converged)
    return (
        f"Coordinate ascent runs from {len(ends)} random starts, of which {converged} converge. "
        f"The best ends at {ends[0]:,.2f} nats after {run.fit.sweeps} sweeps, the worst "
        f"{ends[0] - ends[-1]:,.1f} nats below it. Within one nat of the best, {close} of "
        f"{len(ends)} end. The bound never falls from one update to the next. The tests check this "
        "after every single update."
    )


def local_optimum(run: Example) -> list[str]:
    """Say how far the fit is known to be from the best optimum, from this run's numbers."""
    best = run.fit.elbo
    higher = int((run.further > best).sum())
    if higher:
        found = (
            f"Of {run.further.size} further random starts, {higher} end higher, the best of them "
            f"by {run.further.max() - best:,.1f} nats. The fit shown here is therefore not the "
            f"best one. It is what {len(run.fit.traces)} restarts give."
        )
    else:
        found = (
            f"None of {run.further.size} further random starts ends higher. This does not show "
            "that no higher optimum exists."
        )
    gap = float(run.from_truth.trace[-1]) - best
    start = (
        "An ascent that starts at the true dice "
        f"{'converges' if run.from_truth.converged else 'is stopped'} at "
        f"{run.from_truth.trace[-1]:,.2f} nats, "
    )
    if gap < 0:
        start += (
            f"{-gap:,.1f} nats below the fit. All along this ascent, the true dice included, the "
            "bound is lower than at the fit. A longer search keeps the highest bound, and so "
            "would not choose it."
        )
    else:
        start += f"{gap:,.1f} nats above the fit, which the random starts have missed."
    return [
        "Coordinate ascent finds a local optimum of the bound. Which one depends on the start. "
        + found,
        start,
    ]


def _table(run: Example) -> Table:
    errors = run.roll_errors()
    rows: list[tuple[Prose, ...]] = []
    for k, (share, true_share) in enumerate(zip(run.shares, run.truth.sums, strict=True)):
        rows.append(
            (
                (str(k + 1),),
                (str(run.truth.die[k] + 1),),
                (f"{share:.1%}",),
                (f"{true_share:.1%}",),
                (f"{errors[k]:.3f}",) if k in run.used else (f"{errors[k]:.3f} (unused)",),
            )
        )
    header: tuple[Prose, ...] = (
        ("Fitted die",),
        ("True die",),
        ("Share of points, fitted",),
        ("Share of points, true",),
        ("Total variation distance",),
    )
    return Table(header, tuple(rows))


def recovery(run: Example) -> list[str]:
    """Say what the fit recovers and what it does not, from this run's numbers."""
    errors, used = run.roll_errors(), run.used
    dice, faces = len(run.shares), run.coverage()
    first, second = run.hidden_errors()
    lost = 1 - float(run.truth.sums[used].sum())
    expected = LEVEL * faces[1]
    if len(used) < dice:
        unused = (
            f"The mean-field fit leaves {dice - len(used)} of {dice} rolled dice unused: each of "
            f"these gets less than {USED:.0%} of the points. The true dice matched to them, which "
            f"{lost:.1%} of the points rolled, have no fitted die of their own. Their points went "
            "to other dice."
        )
    else:
        unused = f"All {dice} rolled dice are in use: each gets at least {USED:.0%} of the points."
    return [
        f"{unused} The means of the dice in use lie within {errors[used].max():.3f} of a true die "
        f"in total variation, {np.median(errors[used]):.3f} in the median. Of their {faces[1]} "
        f"faces, {faces[0]} lie in their {LEVEL:.0%} interval, where exact intervals would hold "
        f"{expected:.0f} on average. Two causes of too few are known. Points of another die that "
        "are mixed in shift a die. The mean field holds the assignment of points as independent of "
        "the dice, which makes intervals too short [blei2017, sec. 2.3].",
        f"The means of the two hidden dice are {first:.3f} and {second:.3f} from the truth in "
        f"total variation, and the fitted shares of the rolled dice {run.share_error():.3f}. Only "
        "the sum of the hidden faces shows in the rolls, and the labels are free: turning both "
        "dice around, and the order of the rolled ones with them, leaves the likelihood as it is. "
        "The mean field adds an error of its own. Given a point's sum, its two faces depend on "
        "each other, but q holds them independent. The bound therefore favours fits in which a "
        f"sum has few ways to come about. Here, for {run.certain():.0%} of the points, q gives one "
        f"pair of faces a probability above {CERTAIN:.0%}.",
    ]
