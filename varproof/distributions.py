"""Distributions for torch with pathwise gradients, and their divergences.

`Kumaraswamy(a, b)` takes the place of a Beta distribution, `SoftmaxGaussian` that of a Dirichlet.
`kl_divergence` is torch's, which knows both classes once this module is imported.
"""

try:
    from torch.distributions import kl_divergence
except ModuleNotFoundError as error:
    message = (
        "varproof.distributions needs PyTorch: from the repository, "
        'python3 -m pip install -c constraints.txt ".[torch]"'
    )
    raise ModuleNotFoundError(message) from error

from impl.samplers.kumaraswamy import Kumaraswamy
from impl.samplers.softmax_gaussian import SoftmaxGaussian

__all__ = ["Kumaraswamy", "SoftmaxGaussian", "kl_divergence"]
