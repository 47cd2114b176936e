"""The digest of a package's code, by which a record identifies the code it is about."""

import hashlib
import importlib.util
from pathlib import Path

PACKAGES = ("derivations", "impl")
TESTS = "tests"


def digest(package: str) -> str:
    """Compute the digest of a package's Python files, or of the tests', as in the ledger."""
    if package == TESTS:
        root = Path(__file__).parents[1]
    else:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            return "absent"
        root = Path(next(iter(spec.submodule_search_locations)))
    total = hashlib.sha256()
    for name, path in sorted((p.relative_to(root).as_posix(), p) for p in root.rglob("*.py")):
        total.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"sha256:{total.hexdigest()}"
