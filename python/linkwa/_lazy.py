"""Modules that are imported when they are first used: annotations name them, and importing them takes longer than linkwa."""

from __future__ import annotations


class Lazy:
    """Stands for a module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        from importlib import import_module

        return getattr(import_module(self._name), name)
