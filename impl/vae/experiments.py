"""The trainings behind the answers: what each run is called, its settings and its length."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from impl.vae.settings import Settings

__all__ = ["Experiment", "Plan", "full_plan", "quick_plan"]

NOISY_VARIANCE = 4.0
"""Of a Gaussian pixel, in a model that explains images by noise rather than by latents."""


@dataclass(frozen=True)
class Experiment:
    """One training.

    Attributes
    ----------
    name
        Says what differs from the notebook.
    epochs
        After which it is measured.
    longer
        For how many it goes on after that, for the sake of its losses alone.
    """

    name: str
    settings: Settings
    epochs: int
    longer: int = 0


@dataclass(frozen=True)
class Plan:
    """All trainings of the answers, and how much is measured of each.

    Attributes
    ----------
    experiments
        In the order they are run.
    images
        Test images whose latents are compared, the first.
    pairs
        Images and latents in a comparison of all pairs: information, and squared MMD.
    likelihood_images, likelihood_samples
        Test images, and draws of each, of the importance-sampled log likelihood.
    batches
        Draws of a batch behind each measured squared MMD of known Gaussians.
    dimensions
        Of those Gaussians.
    """

    experiments: tuple[Experiment, ...]
    images: int
    pairs: int
    likelihood_images: int
    likelihood_samples: int
    batches: int
    dimensions: tuple[int, ...]


class _Lists(NamedTuple):
    """What the runs go through."""

    epochs: int
    longer: int
    seeds: int
    mmd_seeds: int
    dimensions: tuple[int, ...]
    weights: tuple[float, ...]
    main_weight: float
    inert: tuple[float, ...]
    noisy_weight: float


def _seeded(
    name: str, settings: Settings, epochs: int, seeds: int, longer: int = 0
) -> list[Experiment]:
    return [
        Experiment(f"{name} seed {seed}", replace(settings, seed=seed), epochs, longer)
        for seed in range(seeds)
    ]


def _experiments(base: Settings, plan: _Lists) -> tuple[Experiment, ...]:
    """List the runs: by seed, by bandwidth and weight, by latent dimension, by noise."""
    kl, mmd = replace(base, objective="kl"), replace(base, objective="mmd")
    wide = replace(mmd, mmd_bandwidth=float(mmd.latent_size), mmd_statistic="u")
    epochs = plan.epochs
    found = _seeded("kl", kl, epochs, plan.seeds, plan.longer)
    found += _seeded("mmd notebook", mmd, epochs, plan.mmd_seeds)
    found += [
        Experiment(f"mmd bandwidth 2 weight {weight:g}", replace(mmd, mmd_weight=weight), epochs)
        for weight in plan.inert
    ]
    for weight in plan.weights:
        name, settings = f"mmd bandwidth D weight {weight:g}", replace(wide, mmd_weight=weight)
        seeds = plan.mmd_seeds if weight == plan.main_weight else 1
        found += _seeded(name, settings, epochs, seeds)
    for size in plan.dimensions:
        kl, mmd = replace(kl, latent_size=size), replace(mmd, latent_size=size)
        wide = replace(
            wide, latent_size=size, mmd_bandwidth=float(size), mmd_weight=plan.main_weight
        )
        found += [
            Experiment(f"kl D {size}", kl, epochs),
            Experiment(f"mmd notebook D {size}", mmd, epochs),
            Experiment(f"mmd bandwidth D D {size}", wide, epochs),
        ]
    noisy = replace(base, likelihood="gaussian", likelihood_variance=NOISY_VARIANCE)
    matched = replace(
        noisy, objective="mmd", mmd_statistic="u", mmd_weight=plan.noisy_weight,
        mmd_bandwidth=float(base.latent_size),
    )  # fmt: skip
    found += _seeded("kl noisy pixels", noisy, epochs, plan.mmd_seeds)
    found += _seeded("mmd noisy pixels", matched, epochs, plan.mmd_seeds)
    return tuple(found)


def full_plan() -> Plan:
    """Plan the runs on all of MNIST with the notebook's networks, most of ten epochs."""
    lists = _Lists(
        epochs=10, longer=5, seeds=5, mmd_seeds=3, dimensions=(2, 10, 50),
        weights=(1, 1e2, 1e3, 1e4, 1e5), main_weight=1e3, inert=(0, 1e3), noisy_weight=10,
    )  # fmt: skip
    experiments = _experiments(Settings(), lists)
    return Plan(experiments, 10_000, 2_000, 1_000, 100, 200, (1, 2, 5, 10, 20, 50, 100, 200))


def quick_plan() -> Plan:
    """Plan few short runs of small networks, to see every number and figure within seconds."""
    lists = _Lists(
        epochs=12, longer=2, seeds=3, mmd_seeds=2, dimensions=(2,), weights=(1, 1e3),
        main_weight=1e3, inert=(0,), noisy_weight=10,
    )  # fmt: skip
    small = Settings(hidden_size=128, latent_size=20, batch_size=50, learning_rate=3e-3)
    experiments = _experiments(small, lists)
    return Plan(experiments, 400, 200, 30, 10, 20, (1, 2, 5, 10, 20))
