"""What a fitted factor says: mean, interval, entropy, draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from impl.engine.machine import Floats


@dataclass(frozen=True)
class Posterior:
    """The factor of one variable, all copies at once.

    The parameters are attributes under their names, as in ``fit["phi"].concentration``. Axes are
    those of the declaration: plates first, then entries or states. States count from one.
    """

    variable: str
    family: str
    parameters: dict[str, Floats]

    def __getattr__(self, name: str) -> Floats:
        """Return a parameter by its name."""
        try:
            found: Floats = self.__dict__["parameters"][name]
        except KeyError:
            known = ", ".join(self.__dict__.get("parameters", {}))
            message = f"{name}: wanted one of {known}, mean, interval, entropy, draw"
            raise AttributeError(message) from None
        return found

    @property
    def mean(self) -> Floats:
        """The expectation of each copy; of states, their probabilities."""
        if self.family == "Dirichlet":
            total: Floats = self.concentration / self.concentration.sum(-1, keepdims=True)
            return total
        if self.family == "Categorical":
            return self.probabilities
        return np.asarray(self._scipy().mean())

    @property
    def mode(self) -> Floats:
        """The most probable state of each copy, counted from one; only of states."""
        if self.family != "Categorical":
            message = f"{self.variable}: wanted states for a mode, got {self.family}"
            raise TypeError(message)
        return np.asarray(np.argmax(self.probabilities, axis=-1) + 1)

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the ends of the central interval of each number with that probability."""
        if not 0 < level < 1:
            message = f"wanted a level between 0 and 1, got {level}"
            raise ValueError(message)
        tail = (1 - level) / 2
        if self.family == "Dirichlet":
            alpha = self.concentration
            each = stats.beta(alpha, alpha.sum(-1, keepdims=True) - alpha)
        elif self.family == "Categorical":
            message = f"{self.variable}: states have no interval; see mean and mode"
            raise TypeError(message)
        else:
            each = self._scipy()
        return np.asarray(each.ppf(tail)), np.asarray(each.ppf(1 - tail))

    @property
    def entropy(self) -> Floats:
        """The entropy of each copy, in nats."""
        if self.family == "Categorical":
            return np.asarray(stats.entropy(self.probabilities, axis=-1))
        if self.family == "Dirichlet":
            rows = self.concentration.reshape(-1, self.concentration.shape[-1])
            flat = [stats.dirichlet.entropy(row) if len(row) > 1 else 0.0 for row in rows]
            return np.array(flat).reshape(self.concentration.shape[:-1])
        return np.asarray(self._scipy().entropy())

    def draw(self, number: int, seed: int | np.random.Generator = 0) -> Floats:
        """Return draws along a new first axis; states count from one."""
        rng = np.random.default_rng(seed)
        if self.family == "Dirichlet":
            gammas = rng.standard_gamma(self.concentration, (number, *self.concentration.shape))
            return np.asarray(gammas / gammas.sum(-1, keepdims=True))
        if self.family == "Categorical":
            uniform = rng.random((number, *self.probabilities.shape[:-1], 1))
            below = uniform >= np.cumsum(self.probabilities, axis=-1)[..., :-1]
            return np.asarray(below.sum(-1) + 1)
        each = self._scipy()
        return np.asarray(each.rvs((number, *np.shape(each.mean())), random_state=rng))

    def _scipy(self) -> Any:  # noqa: ANN401 - SciPy's frozen distributions share no public type
        """Return SciPy's distribution of each copy."""
        given = list(self.parameters.values())
        if self.family == "Gaussian":
            return stats.norm(given[0], np.sqrt(given[1]))
        if self.family == "GaussianByPrecision":
            return stats.norm(given[0], 1 / np.sqrt(given[1]))
        if self.family == "Gamma":
            return stats.gamma(given[0], scale=1 / given[1])
        made: dict[str, Any] = {
            "Beta": stats.beta,
            "Bernoulli": stats.bernoulli,
            "Poisson": stats.poisson,
        }
        if self.family not in made:
            message = f"{self.variable}: wanted a family that SciPy has, got {self.family}"
            raise NotImplementedError(message)
        return made[self.family](*given)
