"""Commands do not depend on what surrounds them: plotting settings, packages that are missing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness.vae_models import environment
from matplotlib import rc_context, rcParams

from impl.errors import INSTALL, InputError, needing_extra
from impl.figure_style import STYLE, save
from impl.vae import figures

HOSTILE = {
    "text.usetex": True,
    "axes.prop_cycle": "cycler('color', ['r'])",
    "axes.titlesize": 30,
    "axes.xmargin": 0.4,
    "figure.dpi": 31,
    "font.size": 20,
    "image.cmap": "jet",
    "legend.edgecolor": "red",
    "legend.fontsize": 25,
    "lines.linewidth": 9,
    "lines.marker": "x",
    "path.sketch": (1, 100, 2),
    "savefig.bbox": "tight",
    "savefig.dpi": 30,
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "xtick.direction": "in",
    "ytick.minor.visible": True,
}
"""Settings of a user that would change a figure, or need a program that is not here."""


def drawn(folder: Path) -> dict[str, bytes]:
    """Draw lines and images, with texts; return the bytes of the files."""
    names = [f"{part}_{name}" for part in ("train", "test")
             for name in ("loss", "reconstruction", "divergence")]  # fmt: skip
    records = [{"epoch": n} | {name: n + len(name) for name in names} for n in (1, 2, 3)]
    images = np.linspace(0, 1, 240).reshape(20, 12)
    folder.mkdir()
    save(figures.draw_bound(records), folder / "bound")
    save(figures.draw_generated(images, (4, 3)), folder / "generated")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_figures_have_the_same_bytes_whatever_the_users_style(tmp_path: Path) -> None:
    """Each setting alone would change them, if it counted; all together do not."""
    plain = drawn(tmp_path / "plain")
    assert len(plain) == 4
    with rc_context(HOSTILE):
        assert drawn(tmp_path / "hostile") == plain


def test_every_setting_of_a_style_is_set() -> None:
    """What the style leaves out is no matter of looks; a new setting of Matplotlib is in it."""
    left = {name.partition(".")[0] for name in rcParams.keys() - STYLE.keys()}
    assert left <= {
        "backend", "backend_fallback", "date", "docstring", "figure", "interactive", "savefig",
        "timezone", "tk", "toolbar", "webagg",
    }  # fmt: skip
    assert HOSTILE.keys() <= STYLE.keys()


COMMANDS = (
    ("train", "--data", "sample", "--output", "out"),
    ("figures", "run", "--output", "out"),
    ("answers", "--quick", "--data", "sample", "--output", "out"),
)


@pytest.mark.slow
@pytest.mark.parametrize("package", ["torch", "sklearn"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_package_that_is_missing_is_one_line_that_names_the_extra(
    command: tuple[str, ...], package: str, tmp_path: Path
) -> None:
    """Before anything is trained; the help needs none of them."""
    program = f"import sys; sys.modules[{package!r}] = None; from varproof.command import main\n"
    for arguments in (command, (command[0], "--help")):
        done = subprocess.run(
            [sys.executable, "-c", f"{program}sys.exit(main({['vae', *arguments]}))"],
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        if "--help" in arguments:
            assert (done.returncode, done.stderr) == (0, "")
            continue
        wanted = f"wanted this package (from the repository: {INSTALL.format('torch')}), got none"
        assert (done.returncode, done.stderr) == (2, f"error: {package}: {wanted}\n")
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_a_module_of_our_own_that_is_missing_is_an_error_of_ours() -> None:
    """It is no package that an extra would install."""
    with pytest.raises(ModuleNotFoundError, match=r"impl\.nowhere"), needing_extra("torch"):
        import impl.nowhere  # noqa: F401, PLC0415
    with pytest.raises(InputError, match=r"^nowhere: wanted this package"), needing_extra("torch"):
        import nowhere.inside  # noqa: F401, PLC0415
