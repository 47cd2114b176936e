"""All libraries and all claims of the audit."""

from __future__ import annotations

from audit.libraries import Library, numpyro_programs, our_programs, pyro_programs, torch_programs
from audit.other_claims import all_claims
from audit.plain_libraries import bayespy_programs, scipy_programs

__all__ = ["LIBRARIES", "all_claims"]

LIBRARIES = (
    Library("torch.distributions", "torch", torch_programs),
    Library("Pyro", "pyro-ppl", pyro_programs),
    Library("NumPyro", "numpyro", numpyro_programs),
    Library("SciPy", "scipy", scipy_programs, ("float64",)),
    Library("BayesPy", "bayespy", bayespy_programs, ("float64",)),
    Library("impl.samplers", "varproof", our_programs, is_control=True),
)
