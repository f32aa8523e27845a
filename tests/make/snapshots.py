"""Snapshots that are kept, made of a few made-up records instead of the whole store."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from incidentbase.formats import aiid
from incidentbase.kit import clock
from incidentbase.serve.exports import comparing, files
from tests.make import records


def keep(home: Path, *, at: dt.datetime = records.AT, entities: dict[str, str]) -> str:
    """Keep a snapshot with these entities and return its stamp; its files are empty."""
    stamp = f"{at:%Y%m%d%H%M%S}"
    folder = home / stamp
    folder.mkdir(parents=True)
    with comparing.new_book(folder / "digests.sqlite") as book:
        for entity_id, name in entities.items():
            made = records.object_id("entity", entity_id)
            book.witness("entities", aiid.EntityRecord(made, entity_id, name, None, None))
    held = []
    for kind in files.KINDS.values():
        name = files.name_at(kind, at)
        (folder / name).write_bytes(b"")
        held.append(
            {
                "name": name,
                "kind": kind.name,
                "bytes": 1_234_567,
                "sha256": "0123456789abcdef" * 4,
                "media_type": kind.media_type,
                "has_quotes": kind.has_quotes,
            }
        )
    told = {"made_at": clock.iso(at), "files": held, "records": {"entities": len(entities)}}
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return stamp
