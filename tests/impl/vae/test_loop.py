"""One pass over the images: order, batches, pixels, steps, noise and averages."""

import numpy as np
import pytest
import torch
from harness.vae_models import double, small_settings
from torch import Tensor

from impl.vae import loop
from impl.vae.loop import TrainingError, generator_for, images_on, mean_losses, train_epoch
from impl.vae.networks import create
from impl.vae.objectives import Loss
from impl.vae.settings import Settings


class Recorder:
    """Stands in for the loss: keeps every batch and returns numbers the test has chosen."""

    def __init__(self, model: torch.nn.Module, values: list[float] | None = None) -> None:
        self.model, self.values = model, values
        self.batches: list[Tensor] = []

    def __call__(self, _model: object, x: Tensor, _settings: Settings, _generator: object) -> Loss:
        """Keep the batch; the loss has a gradient of 0."""
        self.batches.append(x.clone())
        value = 1.0 if self.values is None else self.values[len(self.batches) - 1]
        nothing = sum(0 * weight.sum() for weight in self.model.parameters())
        return Loss(nothing + value, nothing + 2 * value, nothing - value)


def run_epoch(
    monkeypatch: pytest.MonkeyPatch, images: Tensor, values: list[float] | None, epoch: int = 1
) -> tuple[Recorder, loop.Averages]:
    """Run an epoch of small networks with the loss recorded."""
    settings = small_settings(precision="float64")
    model = create(settings, images.device)
    recorder = Recorder(model, values)
    monkeypatch.setattr(loop, "loss", recorder)
    optimizer = torch.optim.Adam(model.parameters())
    return recorder, train_epoch(model, optimizer, images, settings, epoch)


def test_an_epoch_shows_every_image_once_in_an_order_of_its_own(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> None:
    """Batches of 4, 4 and the last 2, as DataLoader without `drop_last`; the orders differ."""
    images = double(rng.uniform(size=(10, 784)), device)
    orders = []
    for epoch in (1, 2, 1):
        recorder, _ = run_epoch(monkeypatch, images, None, epoch)
        assert [len(batch) for batch in recorder.batches] == [4, 4, 2]
        seen = torch.cat(recorder.batches)
        order = [int((images == row).all(1).nonzero()) for row in seen]
        assert sorted(order) == list(range(10))
        orders.append(order)
    assert orders[0] == orders[2] != orders[1]
    assert orders[0] != sorted(orders[0])


def test_averages_are_over_images_and_not_over_batches(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> None:
    """A last batch of 2 weighs half as much as one of 4."""
    images = double(rng.uniform(size=(10, 784)), device)
    _, averages = run_epoch(monkeypatch, images, [1.0, 2.0, 7.0])
    mean = (4 * 1 + 4 * 2 + 2 * 7) / 10
    assert averages == pytest.approx((mean, 2 * mean, -mean), rel=1e-12, abs=0)


def test_pixels_are_scaled_as_totensor_does_and_halves_go_as_round_sends_them() -> None:
    """0 to 255 become 0 to 1 in float32; 127 rounds to 0 and 128 to 1."""
    levels = np.array([[0, 1, 127, 128, 254, 255]], dtype=np.uint8)
    levels.setflags(write=False)  # as arrays that were read from bytes are
    grey, binary = (
        images_on(levels, torch.device("cpu"), torch.float32, binarize=binarize)
        for binarize in (False, True)
    )
    assert grey.tolist() == (torch.tensor(levels.tolist()) / 255).tolist()
    assert binary.tolist() == [[0, 0, 0, 1, 1, 1]]


def test_steps_are_adams_on_the_gradient_of_the_loss(
    rng: np.random.Generator, device: torch.device
) -> None:
    """After an epoch the weights are those of a literal loop with PyTorch's plain Adam."""
    settings = small_settings(precision="float64", seed=5)
    images = double(rng.integers(0, 2, size=(10, 784)), device)
    model = create(settings, device)
    fused = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)
    train_epoch(model, fused, images, settings, 3)
    other = create(settings, device)
    plain = torch.optim.Adam(other.parameters(), lr=1e-3, foreach=False, fused=False)
    generator = generator_for(5, 3, "train", device)
    for chosen in loop.order_of(5, 3, 10).split(4):
        plain.zero_grad()
        loop.loss(other, images[chosen], settings, generator).total.backward()
        plain.step()
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-12)


def test_streams_of_random_numbers_differ() -> None:
    """Unlike seeds, epochs and purposes give unlike numbers; like ones the same."""
    keys = [(s, e, p) for s in (0, 1, 2**63 - 1) for e in (0, 1, 2) for p in loop.PURPOSES]
    drawn = {key: torch.randn(3, generator=generator_for(*key)).tolist() for key in keys}
    assert len({tuple(value) for value in drawn.values()}) == len(keys)
    again = torch.randn(3, generator=generator_for(*keys[7])).tolist()
    assert again == drawn[keys[7]]


@pytest.mark.parametrize(("purpose", "place"), [("order", 0), ("train", 1), ("summary", 3)])
def test_a_stream_starts_from_all_bits_of_two_words(purpose: str, place: int) -> None:
    """The seed's 63 bits are two words of NumPy's sequence, sharing one: a run can be repeated."""
    for seed, epoch in ((0, 1), (1, 0), (7, 2), (2**63 - 1, 5)):
        high, low = map(int, np.random.SeedSequence([seed, epoch, place]).generate_state(2))
        found = generator_for(seed, epoch, purpose).initial_seed()
        assert found % 2**31 == low % 2**31
        assert found // 2**31 % 2 == (high + low // 2**31) % 2
        assert found // 2**32 == high // 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_loss_that_is_no_number_names_epoch_and_batch(
    value: float, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first batch that is not finite is named, counted from one."""
    images = double(rng.uniform(size=(10, 784)))
    with pytest.raises(TrainingError, match="epoch 4, batch 2: wanted a finite loss"):
        run_epoch(monkeypatch, images, [1.0, value, 2.0], epoch=4)


def test_mean_losses_take_no_step_and_repeat(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, device: torch.device
) -> None:
    """The test loop records no gradients, leaves weights alone and gives the same numbers again."""
    exact = loop.loss

    def watched(*arguments: object) -> Loss:
        found = exact(*arguments)
        assert not found.total.requires_grad
        return found

    monkeypatch.setattr(loop, "loss", watched)
    settings = small_settings(precision="float64")
    model = create(settings, device)
    before = [part.detach().clone() for part in model.parameters()]
    images = double(rng.uniform(size=(6, 784)), device)
    first, again = (mean_losses(model, images, settings, 2) for _ in range(2))
    assert first == again != mean_losses(model, images, settings, 3)
    assert all(map(torch.equal, before, model.parameters()))
    assert all(part.grad is None for part in model.parameters())
