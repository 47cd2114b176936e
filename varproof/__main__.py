"""`python -m varproof` is the command `varproof`."""

import sys

from varproof.command import main

if __name__ == "__main__":
    sys.exit(main())
