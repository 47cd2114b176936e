"""Kinds of arguments that every command takes."""

import argparse
from pathlib import Path

__all__ = ["path"]


def path(text: str) -> Path:
    """Refuse the path that an unset variable of a shell makes: it would mean the folder here."""
    if not text:
        message = "wanted a path, got ''"
        raise argparse.ArgumentTypeError(message)
    return Path(text).expanduser()
