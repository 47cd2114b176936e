"""Nanoseconds an image of training: the notebook's loop, ours, and the floor; nothing is asserted.

The floor is what no loop can go below: the matrix products of an epoch alone, with their operands
in place, and fused Adam alone. Each round of a side follows a round of ours in float32.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Adam
from torch.utils.data import DataLoader, Dataset

from impl.vae.loop import images_on, train_epoch
from impl.vae.networks import create
from impl.vae.settings import Settings
from impl.vae.torchvision_mnist import import_mnist

BATCH = 100
ROUNDS, WARMUP = 7, 2
BATCHES = 60
"""Timed at once: a tenth of an epoch."""
LAYERS = ((784, 400), (400, 400), (400, 200), (400, 200), (200, 400), (400, 400), (400, 784))
Work = Callable[[], None]


def synthetic() -> np.ndarray:
    """Images as sparse as digits are, for the time does not depend on what they show."""
    rng = np.random.default_rng(0)
    shape = (BATCH * BATCHES, 784)
    return (rng.integers(0, 256, shape) * (rng.uniform(size=shape) < 0.19)).astype(np.uint8)


def torchvisions(images: np.ndarray) -> Dataset:
    """Images one by one, as torchvision's MNIST gives them with `ToTensor`, without its files."""
    kind = import_mnist()
    from torchvision.transforms import ToTensor  # noqa: PLC0415 - only now can it be imported

    found = kind.__new__(kind)
    found.data = torch.from_numpy(images.reshape(-1, 28, 28))
    found.targets = torch.zeros(len(images), dtype=torch.long)
    found.transform, found.target_transform = ToTensor(), None
    return found


class Notebooks(nn.Module):
    """The notebook's model in one piece, as its cells have it."""

    def __init__(self) -> None:
        super().__init__()
        names = ("first", "second", "mean", "log_variance", "third", "fourth", "last")
        for name, sizes in zip(names, LAYERS, strict=True):
            setattr(self, name, nn.Linear(*sizes))
        self.leaky = nn.LeakyReLU(0.2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """theta, mean, log variance."""
        hidden = self.leaky(self.second(self.leaky(self.first(x))))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        z = mean + torch.sqrt(torch.exp(log_variance)) * torch.randn_like(mean)
        hidden = self.leaky(self.fourth(self.leaky(self.third(z))))
        return torch.sigmoid(self.last(hidden)), mean, log_variance


def notebook(device: torch.device) -> Work:
    """The notebook's loop: DataLoader, sum of binary cross entropies, KL, plain Adam."""
    loader = DataLoader(torchvisions(synthetic()), batch_size=BATCH, shuffle=True)
    model = Notebooks().to(device)
    optimizer = Adam(model.parameters(), lr=1e-3)

    def work() -> None:
        for batch, _ in loader:
            x = torch.round(batch.view(-1, 784).to(device))
            optimizer.zero_grad()
            theta, mean, log_variance = model(x)
            entropy = functional.binary_cross_entropy(theta, x, reduction="sum")
            divergence = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            (entropy + divergence).backward()
            optimizer.step()

    return work


def ours(precision: str, *, fused: bool = True) -> Callable[[torch.device], Work]:
    """An epoch as `vae train` runs it."""

    def prepare(device: torch.device) -> Work:
        settings = Settings(precision=precision)
        model = create(settings, device)
        optimizer = Adam(model.parameters(), lr=1e-3, fused=fused)
        images = images_on(synthetic(), device, torch.float32, binarize=True)
        epochs = iter(range(1, 10**9))
        return lambda: train_epoch(model, optimizer, images, settings, next(epochs)) and None

    return prepare


def products(dtype: torch.dtype) -> Callable[[torch.device], Work]:
    """The matrix products of forward and backward, operands and results in place."""

    def prepare(device: torch.device) -> Work:
        def new(*shape: int) -> Tensor:
            return torch.randn(shape, device=device).to(dtype)

        layers = [
            # input, weight, gradient of the output; room for output and both gradients
            (new(BATCH, i), new(o, i), new(BATCH, o), new(BATCH, o), new(BATCH, i), new(o, i))
            for i, o in LAYERS
        ]

        def work() -> None:
            for _ in range(BATCHES):
                for x, weight, _, out, _, _ in layers:
                    torch.mm(x, weight.T, out=out)
                for place, (x, weight, slope, _, by_input, by_weight) in enumerate(layers):
                    torch.mm(slope.T, x, out=by_weight)
                    if place:  # nothing asks for the gradient by the pixels
                        torch.mm(slope, weight, out=by_input)

        return work

    return prepare


def adam(device: torch.device) -> Work:
    """The steps of fused Adam alone."""
    model = create(Settings(), device)
    optimizer = Adam(model.parameters(), lr=1e-3, fused=True)
    for weight in model.parameters():
        weight.grad = torch.randn_like(weight)

    def work() -> None:
        for _ in range(BATCHES):
            optimizer.step()

    return work


SIDES = {
    "floor: products, float32": products(torch.float32),
    "floor: products, bf16": products(torch.bfloat16),
    "floor: fused Adam": adam,
    "varproof, float32": ours("float32"),
    "varproof, bf16": ours("bf16"),
    "varproof, float32, Adam not fused": ours("float32", fused=False),
    "notebook": notebook,
}


REFERENCE = SIDES["varproof, float32"]


def finished(work: Work, device: torch.device) -> Work:
    """Wait for the device at the end of the work."""

    def done() -> None:
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return done


@pytest.mark.slow
@pytest.mark.parametrize("name", SIDES)
def test_epoch(name: str, benchmark: BenchmarkFixture, device: torch.device) -> None:
    """Time a tenth of an epoch, each round after one of ours in float32."""
    work, beside = (finished(side(device), device) for side in (SIDES[name], REFERENCE))
    taken: list[float] = []

    def before() -> None:
        started = time.perf_counter()
        beside()
        taken.append(time.perf_counter() - started)

    benchmark.group = "VAE, images of a training epoch"
    benchmark.pedantic(work, setup=before, rounds=ROUNDS, warmup_rounds=WARMUP)
    if benchmark.stats is None:  # benchmarks are switched off
        return
    rounds = benchmark.stats.stats.data
    ratios = [there / here for there, here in zip(rounds, taken[-len(rounds) :], strict=True)]
    benchmark.extra_info |= {
        "name": name,
        "unit": "image",
        "count": BATCH * BATCHES,
        "ratio": statistics.median(ratios),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "versions": {"torch": torch.__version__},
    }
