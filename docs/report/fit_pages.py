"""What the report says about the embedded example, every number from the fit just made."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath

import numpy as np

from derivations.printing.nodes import Block, Code, Figure, Heading, Paragraph, Prose, Table
from report.chapters import Chapter
from report.example import LEVEL, USED, Example

FIGURES = "dice/figures"
COMMANDS = """\
python -m impl dice simulate --points {points} --rolls {rolls} --faces {faces} \\
    --first-concentration 4 --second-concentration 4 --seed {seed} \\
    --output rolls.csv --truth truth.json
python -m impl dice fit rolls.csv --faces {faces} --restarts {restarts} \\
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
        *(Paragraph((text,)) for text in _analysis(run)),
    ]


def _bound_text(run: Example) -> str:
    ends = run.bounds()
    close = int((ends > ends[0] - 1.0).sum())
    converged = sum(run.fit.restarts_converged)
    return (
        f"Coordinate ascent from {len(ends)} random starts; {converged} of them converged. The "
        f"best ends at {ends[0]:,.2f} nats after {run.fit.sweeps} sweeps, the worst at "
        f"{ends[-1]:,.2f}, {ends[0] - ends[-1]:,.1f} nats below it; {close} of {len(ends)} end "
        "within one nat of the best. The bound never falls from one update to the next, which "
        "the tests check after every single update; which maximum is reached depends on the start."
    )


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
                (f"{errors[k]:.3f}",) if k in run.used else (f"{errors[k]:.3f} (out of use)",),
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


def _analysis(run: Example) -> list[str]:
    errors, shares = run.roll_errors(), run.shares
    used = run.used
    inside, faces = run.coverage()
    first, second = run.hidden_errors()
    unused = len(shares) - len(used)
    lost = 1 - float(run.truth.sums[used].sum())
    share_error = 0.5 * float(np.abs(shares - run.truth.sums).sum())
    return [
        f"{len(used)} of {len(shares)} fitted dice are in use (at least {USED:.0%} of the "
        f"points). Each of them is close to a true die: their means lie within "
        f"{errors[used].max():.3f} of it in total variation, {np.median(errors[used]):.3f} in the "
        f"median. The true dice left over, which {lost:.1%} of the points rolled, have no fitted "
        f"die of their own; their points went to others. Of the {faces} faces of the dice in use "
        f"{inside} lie in their {LEVEL:.0%} interval: points of another die mixed in shift a die, "
        "and the mean field, which holds the assignment of points as independent of the dice, is "
        "known to make intervals too short [blei2017, sec. 2.3].",
        f"The two hidden dice are not found: they are off by {first:.3f} and {second:.3f}. "
        "Nothing but their sum is seen, and the labels are free: turning both dice around, and "
        "the order of the rolled ones with them, leaves the likelihood as it is. "
        f"{unused} fitted dice are out of use, and the fitted distribution of the sum is off by "
        f"{share_error:.3f}. The factorized q explains this: given a point's sum its two faces "
        "depend on each other strongly, q holds them independent, and so the bound prefers "
        "solutions in which a sum has few ways to come about.",
    ]
