"""``python tests/code_mutation``: what it imports lies beside its folder, wherever it is run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from code_mutation.command import main

if __name__ == "__main__":
    sys.exit(main())
