"""The linear autoencoder's evidence has the gradients of the Gaussian that it is."""

import numpy as np
import torch
from harness.vae_models import double
from oracles import linear_gaussian as oracle
from torch.distributions import MultivariateNormal

from impl.vae import linear
from impl.vae.linear import LinearAutoencoder


def test_the_evidences_gradients_are_those_of_its_gaussian(
    rng: np.random.Generator, device: torch.device
) -> None:
    """By W and c, through PyTorch's density of N(c, W W' + s I), whose covariance is formed."""
    numbers = oracle.draw(rng, 5, 2, 0.7)
    x = double(rng.normal(size=(4, 5)), device)
    names = [name for name in numbers._fields if name != "variance"]
    tensors = {name: double(getattr(numbers, name), device) for name in names}
    model = LinearAutoencoder(**tensors, variance=numbers.variance)
    given = [model.decoding.requires_grad_(), model.offset.requires_grad_()]
    weights = double(rng.uniform(0.5, 2, 4), device)
    found = torch.autograd.grad((weights * linear.log_evidence(model, x)).sum(), given)
    w, c = (tensors[name].detach().clone().requires_grad_() for name in ("decoding", "offset"))
    covariance = w @ w.T + numbers.variance * torch.eye(5, dtype=w.dtype, device=device)
    density = MultivariateNormal(c, covariance).log_prob(x)
    exact = torch.autograd.grad((weights * density).sum(), [w, c])
    torch.testing.assert_close(found, exact, rtol=1e-11, atol=1e-13)
