"""Derive variational inference symbolically, check every step, run it on data.

`varproof.check("dice.q_rho")` judges a derivation and `varproof.show("dice.q_rho")` prints it.
`varproof.derivation`, `varproof.Model` and the other names of `varproof.api` declare one's own.
`varproof.distributions` holds classes for torch. Nothing of this is imported before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from varproof.api import *  # noqa: F403 - one list of names, in `varproof.api`

    __version__: str

_MODULES = (
    "api", "command", "derivation_commands", "distributions", "fit_command", "fit_results",
    "fitting", "fitting_data", "report_command", "torch_draws",
)  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name == "__version__":
        return import_module("importlib.metadata").version("varproof")
    if name.startswith("_") and name != "__all__":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    if name in _MODULES:
        return import_module(f"varproof.{name}")
    return getattr(import_module("varproof.api"), name)


def __dir__() -> list[str]:
    return ["__version__", "distributions", *import_module("varproof.api").__all__]
