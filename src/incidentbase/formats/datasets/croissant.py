"""Metadata of a dataset: Croissant 1.0 for machines, schema.org for search engines (JSON-LD)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from incidentbase.formats.datasets.columns import LISTS, Column, Table, Type

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
# Lists are JSON text in the tables that are described here.
_TYPES = {
    Type.INTEGER: "sc:Integer",
    Type.NUMBER: "sc:Float",
    Type.TRUTH: "sc:Boolean",
    Type.DAY: "sc:Date",
    Type.MOMENT: "sc:DateTime",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file of the dataset, at its address."""

    name: str
    url: str
    bytes: int
    sha256: str
    media_type: str
    about: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is said of the dataset as a whole."""

    name: str
    about: str
    url: str
    licence: str
    publisher: str
    published: str
    version: str
    cite_as: str


def croissant(
    dataset: Dataset, files: Sequence[File], *, packed: str, tables: Iterable[Table]
) -> dict[str, Any]:
    """Return the Croissant description; `packed` names the archive with the tables as CSV."""
    chosen = list(tables)
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        **_whole(dataset),
        "version": dataset.version,
        "citeAs": dataset.cite_as,
        "distribution": [
            *(_file(one) for one in files),
            *(_member(table, packed) for table in chosen),
        ],
        "recordSet": [_record_set(table) for table in chosen],
    }


def schema_org(dataset: Dataset, files: Iterable[File]) -> dict[str, Any]:
    """Return what a page tells search engines of the dataset, without the context."""
    return {
        "@type": "Dataset",
        **_whole(dataset),
        "isAccessibleForFree": True,
        "keywords": ["AI incidents", "AI safety", "artificial intelligence", "harm"],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": one.name,
                "contentUrl": one.url,
                "contentSize": f"{one.bytes} B",
                "encodingFormat": one.media_type,
                "sha256": one.sha256,
                "description": one.about,
            }
            for one in files
        ],
    }


def _whole(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "description": dataset.about,
        "url": dataset.url,
        "license": dataset.licence,
        "creator": {"@type": "Organization", "name": dataset.publisher},
        "publisher": {"@type": "Organization", "name": dataset.publisher},
        "datePublished": dataset.published,
    }


def _file(one: File) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": one.name,
        "name": one.name,
        "description": one.about,
        "contentUrl": one.url,
        "contentSize": f"{one.bytes} B",
        "encodingFormat": one.media_type,
        "sha256": one.sha256,
    }


def _member(table: Table, packed: str) -> dict[str, Any]:
    name = f"{table.name}.csv"
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "description": table.about,
        "containedIn": {"@id": packed},
        "contentUrl": name,
        "encodingFormat": "text/csv",
    }


def _record_set(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.about,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.key],
        "field": [_field(table, column) for column in table.columns],
    }


def _field(table: Table, column: Column) -> dict[str, Any]:
    about = f"{column.about} (JSON)" if column.type in LISTS else column.about
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": f"{table.name}/{column.name}",
        "description": about,
        "dataType": _TYPES.get(column.type, "sc:Text"),
        "source": {
            "fileObject": {"@id": f"{table.name}.csv"},
            "extract": {"column": column.name},
        },
    }
