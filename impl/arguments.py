"""Kinds of arguments that every command takes."""

import argparse
from pathlib import Path

__all__ = ["SEED_HELP", "number", "path", "whole"]

SEED_HELP = "seed of all random numbers: the same seed gives the same output (default 0)"


def whole(text: str) -> int:
    """Refuse what is no whole number, in words."""
    try:
        return int(text)
    except ValueError:
        message = f"wanted a whole number, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def number(text: str) -> float:
    """Refuse what is no number, in words."""
    try:
        return float(text)
    except ValueError:
        message = f"wanted a number, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def path(text: str) -> Path:
    """Refuse the path that an unset variable of a shell makes: it would mean the folder here."""
    if not text:
        message = "wanted a path, got ''"
        raise argparse.ArgumentTypeError(message)
    return Path(text).expanduser()
