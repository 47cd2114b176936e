"""What a run of the autoencoder was told: sizes, objective, likelihood, optimisation."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from impl.errors import InputError

__all__ = ["CHOICES", "LIKELIHOODS", "OBJECTIVES", "PRECISIONS", "STATISTICS", "Settings"]

OBJECTIVES = ("kl", "mmd", "iwae")
LIKELIHOODS = ("bernoulli", "gaussian")
STATISTICS = ("v", "u")  # as of `impl.mmd`, whose import takes PyTorch
PRECISIONS = ("float32", "float64", "bf16")

CHOICES = {
    "objective": OBJECTIVES,
    "likelihood": LIKELIHOODS,
    "mmd_statistic": STATISTICS,
    "precision": PRECISIONS,
}
_COUNTS = {"input_size": 1, "hidden_size": 1, "latent_size": 1, "batch_size": 1, "samples": 1}
_WHOLE = _COUNTS | {"seed": 0}
_LARGEST = 2**63 - 1
_POSITIVE = ("learning_rate", "likelihood_variance", "mmd_bandwidth")


@dataclass(frozen=True)
class Settings:
    """Settings of the networks, the objective and the optimiser; the defaults are the notebook's.

    Attributes
    ----------
    input_size, hidden_size, latent_size
        Pixels of an image, units of each hidden layer, latent variables.
    batch_size, learning_rate
        Images of a step, and Adam's step size.
    objective
        `kl`: minus the evidence lower bound, its divergence in closed form. `mmd`: the divergence
        replaced by the squared MMD to prior draws. `iwae`: minus the importance-weighted bound.
    samples
        Draws of the latents for each image: averaged for `kl` and `mmd`, the k of `iwae`.
    likelihood, likelihood_variance
        Of a pixel given the latents; the variance is of `gaussian` alone.
    mmd_weight, mmd_bandwidth, mmd_statistic
        Factor of the squared MMD in the loss of an image; the variance b of the kernel
        exp(-||x - y||^2 / (2 b)), the notebook's `latent_var`; V- or U-statistic.
    binarize
        Round training pixels to 0 or 1. The test loop takes grey levels, as the notebook's does.
    precision
        `bf16` rounds the operands of matrix products to bfloat16 and keeps all else in float32.
    seed
        Of starting weights, order of images and noise.
    """

    input_size: int = 784
    hidden_size: int = 400
    latent_size: int = 200
    batch_size: int = 100
    learning_rate: float = 1e-3
    objective: str = "kl"
    samples: int = 1
    likelihood: str = "bernoulli"
    likelihood_variance: float = 1.0
    mmd_weight: float = 1.0
    mmd_bandwidth: float = 2.0
    mmd_statistic: str = "v"
    binarize: bool = True
    precision: str = "float32"
    seed: int = 0

    def validate(self) -> None:
        """Check every setting.

        Raises
        ------
        InputError
            Naming the first setting that cannot be used.
        """
        for name, lowest in _WHOLE.items():
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or not lowest <= value <= _LARGEST:
                wanted = f"a whole number from {lowest} up"
                raise InputError(source=name, wanted=wanted, got=repr(value))
        for name in (*_POSITIVE, "mmd_weight"):
            value = getattr(self, name)
            if not _finite(value) or value < 0 or (value == 0 and name in _POSITIVE):
                bound = "above 0" if name in _POSITIVE else "from 0 up"
                raise InputError(source=name, wanted=f"a finite number {bound}", got=repr(value))
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise InputError(source=name, wanted=" or ".join(choices), got=repr(value))
        if not isinstance(self.binarize, bool):
            raise InputError(source="binarize", wanted="true or false", got=repr(self.binarize))
        if self.mmd_statistic == "u" and self.objective == "mmd" and self.batch_size < 2:  # noqa: PLR2004
            wanted = "at least 2 images for the U-statistic, which leaves out a point's own pair"
            raise InputError(source="batch_size", wanted=wanted, got=str(self.batch_size))

    def to_dict(self) -> dict[str, Any]:
        """Return the settings by name, as JSON takes them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], source: object = "settings") -> Self:
        """Take settings by name; every one must be there and none that is unknown.

        Raises
        ------
        InputError
            If a name is missing or unknown, or a value cannot be used.
        """
        names = [field.name for field in fields(cls)]
        for name in names:
            if name not in content:
                raise InputError(source=source, wanted=f"the setting {name}", got="none")
        for name in content:
            if name not in names:
                raise InputError(source=source, wanted="known settings", got=repr(name))
        settings = cls(**content)
        settings.validate()
        return settings


def _finite(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(float(value))  # type: ignore[arg-type]
