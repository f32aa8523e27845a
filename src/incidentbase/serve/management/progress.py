"""The progress bar of commands that take long."""

from __future__ import annotations

import sys
from typing import Any, Self

from tqdm import tqdm


class Bar:
    """One progress bar at a time, for the part at hand; none where nobody watches."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_off = is_quiet or not sys.stderr.isatty()
        self._bar: tqdm[Any] | None = None
        self._name = ""

    def __enter__(self) -> Self:
        """Start without a bar: the first step opens one."""
        return self

    def __exit__(self, *_reason: object) -> None:
        """Close the last bar."""
        if self._bar is not None:
            self._bar.close()

    def bytes(self, name: str, done: int, total: int) -> None:
        """Show how many bytes of a part are done."""
        self._show(name, done, total, "B")

    def step(self, name: str, done: int, total: int) -> None:
        """Show how many pieces of a part are done."""
        self._show(name, done, total, "")

    def _show(self, name: str, done: int, total: int, unit: str) -> None:
        if self._is_off:
            return
        if self._bar is None or name != self._name:
            if self._bar is not None:
                self._bar.close()
            self._name = name
            self._bar = tqdm(desc=f"{name:30}", total=total, unit=unit, unit_scale=True)
        self._bar.update(done - self._bar.n)
