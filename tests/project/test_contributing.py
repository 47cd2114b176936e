"""The examples of CONTRIBUTING.md, followed to the letter, are established."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness.project import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_examples_are_short_and_established(tmp_path: Path) -> None:
    """In a copy of the package, under their own keys; the model is as short as a declaration is."""
    named, package, divergence, model = BLOCKS.findall(TEXT)
    assert len(divergence.splitlines()) < 60
    assert len([line for line in model.splitlines() if line]) < 25
    copy = tmp_path / "derivations"
    shutil.copytree(ROOT / "derivations", copy, ignore=shutil.ignore_patterns("__pycache__"))
    problems = copy / "problems"
    titles = (problems / "__init__.py").read_text(encoding="utf-8")
    other = named.replace("bernoulli", "counts")
    titles = titles.replace("PROBLEMS = {\n", f"PROBLEMS = {{\n{named}{other}")
    (problems / "__init__.py").write_text(titles, encoding="utf-8")
    for name, module, text in (
        ("bernoulli", "divergence", divergence),
        ("counts", "model", model),
    ):
        (problems / name).mkdir()
        start = package.replace('("divergence",)', f'("{module}",)')
        (problems / name / "__init__.py").write_text(start, encoding="utf-8")
        (problems / name / f"{module}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "varproof", "check", "bernoulli", "counts"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 established" in done.stdout
