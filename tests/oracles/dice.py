"""The dice model taken literally: loops over points, rolls and hidden states, and quadrature.

Nothing here imports the code under test. Rolls are lists of faces from 0, one list a point, so
that no route goes by counts. Dirichlet means of logarithms come from quadrature of the Beta
marginal, not from digamma; the evidence from Gauss-Jacobi quadrature over the probabilities
themselves, not from a sum over hidden states with Gamma functions.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import integrate, special, stats

Floats = npt.NDArray[np.float64]
Rolls = list[list[int]]
Dice = tuple[Floats, Floats, Floats]  # concentrations of pi1, pi2 and every rho
State = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Factors:
    """A mean-field law: concentrations of the dice, responsibilities of every point."""

    first: Floats
    second: Floats
    roll: Floats
    first_faces: Floats
    second_faces: Floats


@dataclass(frozen=True)
class Means:
    """Means of the log probabilities of every die."""

    first: list[float]
    second: list[float]
    roll: list[list[float]]


def literal_counts(rolls: list[list[int]], faces: int) -> list[tuple[int, ...]]:
    """Count vector of every point, by a loop."""
    return [tuple(one_point.count(face) for face in range(faces)) for one_point in rolls]


def log_joint(rolls: Rolls, state: State, dice: Dice, priors: Dice) -> float:
    """Log joint density of hidden faces and probabilities, term by term as the model is told."""
    return log_density_of_dice(dice, priors) + log_probability_given_dice(rolls, state, dice)


def log_density_of_dice(dice: Dice, priors: Dice) -> float:
    """Log p(pi1, pi2, rho), by scipy's Dirichlet densities."""
    first, second, roll = dice
    total = stats.dirichlet.logpdf(first, priors[0])
    total += stats.dirichlet.logpdf(second, priors[1])
    for probabilities, concentration in zip(roll, priors[2], strict=True):
        total += stats.dirichlet.logpdf(probabilities, concentration)
    return float(total)


def log_probability_given_dice(rolls: Rolls, state: State, dice: Dice) -> float:
    """Log p(X, Z = state | pi1, pi2, rho), roll by roll."""
    first, second, roll = dice
    total = 0.0
    for one_point, (i, j) in zip(rolls, state, strict=True):
        total += math.log(first[i]) + math.log(second[j])
        # Faces from 1: the die is number Z1 + Z2 - 1 of those from 1.
        die = (i + 1) + (j + 1) - 1
        for face in one_point:
            total += math.log(roll[die - 1][face])
    return total


def mean_log(concentration: Sequence[float] | Floats) -> list[float]:
    """Means of log p_d under a Dirichlet law by quadrature of each Beta marginal."""
    means = []
    for a in concentration:
        b = sum(concentration) - a
        if len(concentration) == 1:
            means.append(0.0)
            continue
        # QUADPACK's QAWS takes x^(a-1) (1-x)^(b-1), with or without log x, as exact weights.
        top, _ = integrate.quad(lambda _: 1.0, 0, 1, weight="alg-loga", wvar=(a - 1, b - 1))
        bottom, _ = integrate.quad(lambda _: 1.0, 0, 1, weight="alg", wvar=(a - 1, b - 1))
        means.append(top / bottom)
    return means


def means_of(q: Factors) -> Means:
    """Means of the log probabilities of every die under q."""
    return Means(mean_log(q.first), mean_log(q.second), [mean_log(row) for row in q.roll])


def log_constant(concentration: Sequence[float] | Floats) -> float:
    """Log density of a Dirichlet law without its powers, read off scipy's density at a point."""
    size = len(concentration)
    if size == 1:
        return 0.0
    point = np.full(size, 1 / size)
    powers = sum((a - 1) * math.log(1 / size) for a in concentration)
    return float(stats.dirichlet.logpdf(point, concentration)) - powers


def mean_log_density_of_dice(means: Means, priors: Dice) -> float:
    """E[log p(pi1, pi2, rho)] over the dice."""
    total = 0.0
    pairs = [(priors[0], means.first), (priors[1], means.second)]
    pairs += list(zip(priors[2], means.roll, strict=True))
    for concentration, logs in pairs:
        total += log_constant(concentration)
        total += sum((a - 1) * log for a, log in zip(concentration, logs, strict=True))
    return total


def mean_log_probability_given_dice(rolls: Rolls, state: State, means: Means) -> float:
    """E[log p(X, Z = state | pi1, pi2, rho)] over the dice."""
    total = 0.0
    for one_point, (i, j) in zip(rolls, state, strict=True):
        total += means.first[i] + means.second[j]
        for face in one_point:
            total += means.roll[i + j][face]
    return total


def states(points: int, faces: tuple[int, int]) -> Iterator[State]:
    """Every state of the hidden dice: one pair of faces a point."""
    pairs = list(itertools.product(range(faces[0]), range(faces[1])))
    return itertools.product(pairs, repeat=points)


def state_probability(state: State, q: Factors) -> float:
    """q(Z = state)."""
    probability = 1.0
    for point, (i, j) in enumerate(state):
        probability *= q.first_faces[point][i] * q.second_faces[point][j]
    return probability


def optimal_hidden(rolls: Rolls, q: Factors, priors: Dice, die: int, point: int) -> Floats:
    """Optimal law of one hidden face: exp of E[log p] over all else, by enumeration, normalized."""
    means = means_of(q)
    of_dice = mean_log_density_of_dice(means, priors)
    sizes = len(q.first), len(q.second)
    logits = []
    for face in range(sizes[die]):
        total = 0.0
        for state in states(len(rolls), sizes):
            if state[point][die] != face:
                continue
            own = (q.first_faces, q.second_faces)[die][point][face]
            others = state_probability(state, q) / own
            given_dice = mean_log_probability_given_dice(rolls, state, means)
            total += others * (of_dice + given_dice)
        logits.append(total)
    weights = [math.exp(logit - max(logits)) for logit in logits]
    return np.array(weights) / sum(weights)


def mean_log_joint_of_dice(rolls: Rolls, q: Factors, dice: Dice, priors: Dice) -> float:
    """E[log p(X, Z, pi1, pi2, rho)] over the hidden faces, the dice being given."""
    sizes = len(q.first), len(q.second)
    of_dice = log_density_of_dice(dice, priors)
    return sum(
        state_probability(state, q) * (of_dice + log_probability_given_dice(rolls, state, dice))
        for state in states(len(rolls), sizes)
    )


def evidence_lower_bound(rolls: Rolls, q: Factors, priors: Dice) -> float:
    """E[log p] by enumeration and quadrature, plus entropies of scipy's laws and of states."""
    means = means_of(q)
    of_dice = mean_log_density_of_dice(means, priors)
    total = 0.0
    for state in states(len(rolls), (len(q.first), len(q.second))):
        probability = state_probability(state, q)
        if probability > 0:
            expected = of_dice + mean_log_probability_given_dice(rolls, state, means)
            total += probability * (expected - math.log(probability))
    for concentration in (q.first, q.second, *q.roll):
        if len(concentration) > 1:
            total += float(stats.dirichlet(concentration).entropy())
    return total


def stick_breaking_nodes(
    concentration: Sequence[float] | Floats, nodes: int
) -> tuple[Floats, Floats]:
    """Gauss-Jacobi nodes and weights of a Dirichlet law in stick-breaking coordinates.

    Exact for polynomials of degree up to 2 nodes - 1 in each stick.
    """
    probabilities, weights = [[]], [1.0]
    left = [1.0]
    for place in range(len(concentration) - 1):
        a, b = concentration[place], sum(concentration[place + 1 :])
        x, w = special.roots_jacobi(nodes, b - 1, a - 1)
        sticks, shares = (x + 1) / 2, w / w.sum()
        pairs = [(n, m) for n in range(len(weights)) for m in range(nodes)]
        probabilities = [[*probabilities[n], left[n] * sticks[m]] for n, m in pairs]
        weights = [weights[n] * shares[m] for n, m in pairs]
        left = [left[n] * (1 - sticks[m]) for n, m in pairs]
    rows = [[*row, rest] for row, rest in zip(probabilities, left, strict=True)]
    return np.array(rows), np.array(weights)


def log_evidence(rolls: Rolls, priors: Dice) -> float:
    """Log evidence by tensor quadrature over pi1, pi2 and all rho, exact for polynomials."""
    degree = max(len(rolls), sum(len(one_point) for one_point in rolls))
    nodes = degree // 2 + 1
    first, first_weight = stick_breaking_nodes(priors[0], nodes)
    second, second_weight = stick_breaking_nodes(priors[1], nodes)
    dice = [stick_breaking_nodes(concentration, nodes) for concentration in priors[2]]
    grid = list(itertools.product(*(range(len(weight)) for _, weight in dice)))
    grid = np.array(grid)
    roll_weight = np.ones(len(grid))
    likelihood = np.ones((len(rolls), len(dice), len(grid)))
    for die, (probability, weight) in enumerate(dice):
        roll_weight = roll_weight * weight[grid[:, die]]
        for point, one_point in enumerate(rolls):
            for face in one_point:
                likelihood[point, die] *= probability[grid[:, die], face]
    total = 0.0
    for one, one_weight in zip(first, first_weight, strict=True):
        for other, other_weight in zip(second, second_weight, strict=True):
            # The law of the sum of two faces is the product of their generating polynomials.
            sums = np.polynomial.polynomial.polymul(one, other)
            sums = np.pad(sums, (0, len(dice) - len(sums)))  # polymul trims trailing zeros
            product = np.ones(len(grid))
            for point in range(len(rolls)):
                product = product * (sums @ likelihood[point])
            total += one_weight * other_weight * float(roll_weight @ product)
    return math.log(total)
