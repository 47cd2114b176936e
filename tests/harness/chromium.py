"""The browser in which the site is tested: a Chromium of this machine; none is downloaded.

The environment variable ``VARPROOF_CHROMIUM`` names the program. Then its absence is an error, as
in ``.ci/run``. Without the variable the usual names are looked for, and where there is none, tox
skips the environment and says so. Nothing but the standard library is imported, since tox reads
this module.
"""

import os
import shutil

VARIABLE = "VARPROOF_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
WANTED = (
    "the site is tested in a Chromium of this machine, and none is on the PATH: install it"
    f" (Debian: apt-get install chromium) or name the program in {VARIABLE}"
)


def required() -> bool:
    """Return whether a machine without the browser is an error."""
    return bool(os.environ.get(VARIABLE))


def found() -> str | None:
    """Return the path of the browser, or None if this machine has none."""
    names = (os.environ[VARIABLE],) if required() else NAMES
    return next((path for name in names if (path := shutil.which(name))), None)
