"""A snapshot out of the archive, and out of two stores of which one is six times the other.

Targets: at most 60 s for the archive, and memory that does not grow with the store.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import import_archive, measuring

SIZES = (40_000_000, 240_000_000)
KINDS = ("aiid", "csv", "xlsx", "parquet", "sqlite")


def main() -> None:
    """Measure and print."""
    rows = []
    with measuring.data_folder() as home:
        measuring.run(home, "import", "aiid", str(measuring.SNAPSHOT))
        rows += [_row(f"archive, {kind}", home, kind) for kind in KINDS]
        rows.append(_diff("archive", home))
    for size in SIZES:
        with measuring.data_folder() as home:
            import_archive.write_large_snapshot(home / "large", size)
            measuring.run(home, "import", "aiid", str(home / "large"))
            what = f"{size // 1_000_000} MB of reports"
            rows += [_row(f"{what}, {kind}", home, kind) for kind in KINDS]
            rows.append(_diff(what, home))
    measuring.report("export", rows)


def _row(what: str, home: Path, kind: str) -> dict[str, object]:
    target = home / "export"
    seconds, megabytes, _printed = measuring.run(home, "export", kind, str(target))
    written = target.stat().st_size
    target.unlink()
    return {
        "what": what,
        "seconds": round(seconds, 1),
        "peak resident MB": round(megabytes),
        "MB written": round(written / 1e6, 1),
    }


def _diff(what: str, home: Path) -> dict[str, object]:
    """Compare a snapshot with itself: both are unpacked and read, record by record."""
    target = str(home / "snapshot.tar.bz2")
    measuring.run(home, "export", "aiid", target)
    seconds, megabytes, _printed = measuring.run(home, "snapshot", "diff", target, target)
    return {
        "what": f"{what}, diff of two archives",
        "seconds": round(seconds, 1),
        "peak resident MB": round(megabytes),
    }


if __name__ == "__main__":
    main()
