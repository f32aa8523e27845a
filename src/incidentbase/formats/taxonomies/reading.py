"""Reading a taxonomy file. All that is wrong is found at once, each with its line.

YAML 1.2, in which `yes` and `no` are words: they are what most fields of CSETv1 permit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from incidentbase.formats.taxonomies.definitions import (
    CHOSEN,
    DISPLAY_TYPES,
    NESTED,
    Change,
    Definition,
    Finding,
    Malformed,
    blank_field,
)

MOST_BYTES = 2_000_000
MOST_FIELDS = 500
LONGEST_NAME = 300
LONGEST_NAMESPACE = 100

_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_TOP = frozenset(
    {
        "taxonomy",
        "id",
        "version",
        "description",
        "weight",
        "automated",
        "complete_entities",
        "sections",
        "fields",
        "changes",
    }
)
_FIELD = frozenset(
    {
        "name",
        "number",
        "question",
        "help",
        "definition",
        "type",
        "storage",
        "default",
        "placeholder",
        "values",
        "weight",
        "facet",
        "required",
        "visibility",
        "search",
        "shows",
        "notes",
        "complete_from",
        "item_fields",
        "shown_if",
        "fields",
    }
)
_TEXTS = {
    "number": "field_number",
    "question": "long_name",
    "help": "short_description",
    "definition": "long_description",
    "storage": "mongo_type",
    "placeholder": "placeholder",
    "notes": "notes",
}
_FLAGS = {"facet": "instant_facet", "required": "required"}
VISIBILITIES = {"public": True, "annotators": False}
SHOWN_AS = "description_toggle"
# How a change names a field within a group: `Entities / Entity type`.
WITHIN = " / "


def read(text: str) -> tuple[Definition, tuple[Finding, ...]]:
    """Return what a file says, and remarks about what is allowed but looks like a slip.

    Raises Malformed.
    """
    reader = _Reader()
    definition = reader.definition(_document(text))
    if reader.problems or definition is None:
        raise Malformed(sorted(reader.problems, key=lambda one: one.line))
    return definition, tuple(reader.remarks)


def _document(text: str) -> CommentedMap:
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Malformed([Finding(1, f"the file is larger than {MOST_BYTES:,} bytes")])
    if _has_anchor(text):
        raise Malformed([Finding(1, "anchors and aliases (& and *) are not used here")])
    try:
        found = YAML(typ="rt", pure=True).load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Malformed([Finding(line, "the same key stands here twice")]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context).split())
        raise Malformed([Finding(mark.line + 1 if mark else 1, f"no YAML: {what}")]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        # The library's own words about unreadable characters have several lines.
        raise Malformed([Finding(1, f"no YAML: {' '.join(str(error).split())}")]) from None
    if not isinstance(found, CommentedMap):
        raise Malformed([Finding(1, "a taxonomy file is a mapping that starts with `taxonomy:`")])
    return found


def _has_anchor(text: str) -> bool:
    """Return whether a file uses anchors, with which a small one can stand for a huge one."""
    try:
        events = YAML(typ="rt", pure=True).parse(text)
        return any(getattr(event, "anchor", None) for event in events)
    except YAMLError:
        return False


class _Reader:
    """Takes a document apart and notes what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[Finding] = []
        self.remarks: list[Finding] = []

    def definition(self, top: CommentedMap) -> Definition | None:
        """Return what the document says, None when something essential is missing."""
        self._only(top, _TOP)
        namespace = self._text(top, "taxonomy", required=True)
        if namespace and (
            not _NAMESPACE.fullmatch(namespace) or len(namespace) > LONGEST_NAMESPACE
        ):
            self._problem(
                top,
                "taxonomy",
                f"the short name {namespace!r} may have letters, digits, dots, dashes and "
                f"underscores, {LONGEST_NAMESPACE} at most",
            )
        object_id = self._text(top, "id")
        if object_id and not _OBJECT_ID.fullmatch(object_id):
            self._problem(top, "id", "an id has 24 hexadecimal digits")
        version = self._whole(top, "version", 1)
        if version < 1:
            self._problem(top, "version", "versions are counted from 1")
        fields = self._fields(top, depth=0)
        if not fields and "fields" not in self._wrong_keys:
            self._problem(top, "fields", "a taxonomy has at least one field")
        return Definition(
            namespace=namespace,
            object_id=object_id,
            version=version,
            description=self._text(top, "description"),
            weight=self._whole(top, "weight", 50),
            complete_entities=self._flag(top, "complete_entities"),
            is_automated=self._flag(top, "automated"),
            headings=self._headings(top),
            fields=tuple(fields),
            changes=self._changes(top, version, fields),
        )

    @property
    def _wrong_keys(self) -> set[str]:
        return {one.what.split("`")[1] for one in self.problems if "`" in one.what}

    def _headings(self, top: CommentedMap) -> tuple[tuple[str, str], ...]:
        found = []
        for part in self._parts(top, "sections"):
            self._only(part, frozenset({"number", "title"}))
            found.append((self._text(part, "number"), self._text(part, "title", required=True)))
        return tuple(found)

    def _fields(self, owner: CommentedMap, *, depth: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for part in self._parts(owner, "fields"):
            if len(found) == MOST_FIELDS:
                self._problem(owner, "fields", f"there are more than {MOST_FIELDS} fields")
                break
            field = self._field(part, depth=depth)
            self._check_name(part, field["short_name"], [one["short_name"] for one in found])
            self._check_condition(part, field, found)
            found.append(field)
        names = {one["short_name"] for one in found}
        for part, field in zip(self._parts(owner, "fields"), found, strict=False):
            for name in (field["complete_from"] or {}).get("all") or ():
                if name not in names and not depth:
                    self._remark(part, "complete_from", f"there is no field {name!r}")
        return found

    def _check_name(self, part: CommentedMap, name: str, before: Sequence[str]) -> None:
        if name in before:
            self._remark(part, "name", f"two fields are named {name!r}: they share one answer")

    def _check_condition(
        self, part: CommentedMap, field: Mapping[str, Any], before: Sequence[Mapping[str, Any]]
    ) -> None:
        condition = field.get("shown_if")
        if condition is None:
            return
        other = next((one for one in before if one["short_name"] == condition["field"]), None)
        if other is None:
            self._problem(
                part, "shown_if", f"no field before this one is named {condition['field']!r}"
            )
        elif other["permitted_values"]:
            for value in condition["is"]:
                if value not in other["permitted_values"]:
                    self._problem(
                        part, "shown_if", f"{value!r} is no value of {condition['field']!r}"
                    )

    def _field(self, part: CommentedMap, *, depth: int) -> dict[str, Any]:
        self._only(part, _FIELD)
        name = self._text(part, "name", required=True)
        if len(name) > LONGEST_NAME:
            self._problem(part, "name", f"a name has at most {LONGEST_NAME} characters")
        kind = self._text(part, "type", required=True)
        if kind and kind not in DISPLAY_TYPES:
            self._problem(
                part, "type", f"{kind!r} is no type; there are {', '.join(DISPLAY_TYPES)}"
            )
        field = blank_field(name, kind)
        for key, target in _TEXTS.items():
            if key in part:
                field[target] = self._text(part, key)
        for key, target in _FLAGS.items():
            field[target] = bool(self._flag(part, key))
        field["weight"] = self._whole(part, "weight", field["weight"])
        field["default"] = self._word(part, "default")
        self._read_display(part, field)
        self._read_values(part, field)
        self._read_sources(part, field)
        self._read_subfields(part, field, depth=depth)
        return field

    def _read_display(self, part: CommentedMap, field: dict[str, Any]) -> None:
        visibility = self._text(part, "visibility") or "public"
        if visibility not in VISIBILITIES:
            self._problem(part, "visibility", "visibility is `public` or `annotators`")
        field["public"] = VISIBILITIES.get(visibility, True)
        field["hide_search"] = self._flag(part, "search") is False
        shows = self._text(part, "shows")
        if shows not in ("", "definition"):
            self._problem(part, "shows", "a field `shows` its `definition` in place of yes, or not")
        field["render_as"] = SHOWN_AS if shows else ""

    def _read_values(self, part: CommentedMap, field: dict[str, Any]) -> None:
        values: list[str] = []
        notes: dict[str, str] = {}
        for index, one in enumerate(self._list(part, "values")):
            if isinstance(one, CommentedMap):
                self._only(one, frozenset({"value", "help"}))
                said = self._word(one, "value", required=True)
                if note := self._text(one, "help"):
                    notes[said] = note
            else:
                said = self._said(part, "values", one)
            if said in values:
                line = self._line_of(part["values"], index)
                self.problems.append(Finding(line, f"the value {said!r} stands here twice"))
            values.append(said)
        field["permitted_values"] = values
        if notes:
            field["value_notes"] = notes
        if values and field["display_type"] in ("bool", "int", "date", "long_string", NESTED):
            self._problem(part, "values", f"{field['display_type']} has no list of `values`")
        if field["display_type"] in CHOSEN and not values:
            self._problem(part, "type", f"{field['display_type']} needs `values` to choose from")
        default = field["default"]
        if default and values and default not in values:
            self._remark(part, "default", f"{default!r} is none of the values")

    def _read_sources(self, part: CommentedMap, field: dict[str, Any]) -> None:
        complete = self._mapping(part, "complete_from")
        if complete is not None:
            self._only(complete, frozenset({"all", "current", "entities"}))
            found: dict[str, Any] = {
                key: [self._said(complete, key, one) for one in self._list(complete, key)]
                for key in ("all", "current")
                if key in complete
            }
            if "entities" in complete:
                found["entities"] = bool(self._flag(complete, "entities"))
            field["complete_from"] = found
        item_fields = self._mapping(part, "item_fields")
        if item_fields is not None:
            field["item_fields"] = _plain(item_fields)
        condition = self._mapping(part, "shown_if")
        if condition is not None:
            self._only(condition, frozenset({"field", "is"}))
            wanted = condition.get("is")
            several = wanted if isinstance(wanted, CommentedSeq) else [wanted]
            field["shown_if"] = {
                "field": self._text(condition, "field", required=True),
                "is": [self._said(condition, "is", one) for one in several],
            }

    def _read_subfields(self, part: CommentedMap, field: dict[str, Any], *, depth: int) -> None:
        if field["display_type"] != NESTED:
            if "fields" in part:
                self._problem(part, "fields", f"only {NESTED} has `fields` of its own")
            return
        if depth:
            self._problem(part, "type", f"{NESTED} within {NESTED} is one level too many")
            return
        field["subfields"] = self._fields(part, depth=depth + 1)
        if not field["subfields"]:
            self._problem(part, "type", f"{NESTED} needs `fields` of its own")

    def _changes(
        self, top: CommentedMap, version: int, fields: Sequence[Mapping[str, Any]]
    ) -> tuple[Change, ...]:
        names = {one["short_name"] for one in fields} | {
            one["short_name"] + WITHIN + below["short_name"]
            for one in fields
            for below in one["subfields"]
        }
        found: list[Change] = []
        for part in self._parts(top, "changes"):
            self._only(part, frozenset({"version", "note", "fields", "values"}))
            number = self._whole(part, "version", 0)
            if not 2 <= number <= version:
                self._problem(
                    part,
                    "version",
                    f"a change leads to a version from 2 to {version}, not {number}",
                )
            if found and number <= found[-1].version:
                self._problem(part, "version", "changes stand in the order of their versions")
            found.append(
                Change(
                    version=number,
                    note=self._text(part, "note"),
                    fields=self._renamed(part, "fields"),
                    values={
                        str(name): self._renamed(part["values"], name)
                        for name in self._mapping(part, "values") or ()
                    },
                )
            )
        if found:
            self._check_targets(top, found[-1], names)
        return tuple(found)

    def _check_targets(self, top: CommentedMap, newest: Change, names: set[str]) -> None:
        for name in [*newest.fields.values(), *newest.values]:
            if name not in names:
                self._problem(top, "changes", f"the newest change names no field: {name!r}")

    def _renamed(self, owner: CommentedMap, key: Any) -> dict[str, str]:
        part = self._mapping(owner, key)
        if part is None:
            return {}
        return {self._said(part, old, old): self._said(part, old, new) for old, new in part.items()}

    # What stands at a key, and of what kind it must be.

    def _text(self, part: CommentedMap, key: str, *, required: bool = False) -> str:
        value = part.get(key)
        if value is None:
            if required:
                self._problem(part, key, f"`{key}` is missing")
            return ""
        if isinstance(value, bool | list | dict):
            self._problem(part, key, f"`{key}` must be a text")
            return ""
        return _clean(str(value))

    def _word(self, part: CommentedMap, key: str, *, required: bool = False) -> str:
        if part.get(key) is None:
            if required:
                self._problem(part, key, f"`{key}` is missing")
            return ""
        return self._said(part, key, part[key])

    def _said(self, part: CommentedMap, key: Any, value: Any) -> str:
        """Return a value in the words in which an answer would give it."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None or isinstance(value, list | dict):
            self._problem(part, key, f"`{key}` must hold texts")
            return ""
        return _clean(str(value))

    def _whole(self, part: CommentedMap, key: str, default: int) -> int:
        value = part.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**6:
            self._problem(part, key, f"`{key}` must be a whole number")
            return default
        return int(value)

    def _flag(self, part: CommentedMap, key: str) -> bool | None:
        value = part.get(key)
        if value is not None and not isinstance(value, bool):
            self._problem(part, key, f"`{key}` must be true or false")
            return None
        return value

    def _list(self, part: CommentedMap, key: str) -> Sequence[Any]:
        value = part.get(key)
        if value is None:
            return ()
        if not isinstance(value, CommentedSeq):
            self._problem(part, key, f"`{key}` must be a list")
            return ()
        return value

    def _parts(self, part: CommentedMap, key: str) -> list[CommentedMap]:
        found = []
        for index, one in enumerate(self._list(part, key)):
            if isinstance(one, CommentedMap):
                found.append(one)
            else:
                line = self._line_of(part[key], index)
                finding = Finding(line, f"each of `{key}` is a mapping")
                if finding not in self.problems:
                    self.problems.append(finding)
        return found

    def _mapping(self, part: CommentedMap, key: Any) -> CommentedMap | None:
        value = part.get(key)
        if value is None:
            return None
        if not isinstance(value, CommentedMap):
            self._problem(part, key, f"`{key}` must be a mapping")
            return None
        return value

    def _only(self, part: CommentedMap, known: frozenset[str]) -> None:
        for key in part:
            if key not in known:
                offered = ", ".join(sorted(known))
                self._problem(part, key, f"`{key}` means nothing here; there are {offered}")

    def _problem(self, part: CommentedMap, key: Any, what: str) -> None:
        self.problems.append(Finding(_line(part, key), what))

    def _remark(self, part: CommentedMap, key: Any, what: str) -> None:
        self.remarks.append(Finding(_line(part, key), what))

    @staticmethod
    def _line_of(sequence: CommentedSeq, index: int) -> int:
        return int(sequence.lc.item(index)[0]) + 1


def _line(part: CommentedMap, key: Any) -> int:
    """Return where a key stands, or where its mapping starts when it is missing."""
    try:
        return int(part.lc.key(key)[0]) + 1
    except (KeyError, TypeError, AttributeError):
        return int(part.lc.line or 0) + 1


def _clean(value: str) -> str:
    return value.replace("\0", "").replace("\r\n", "\n")


def _plain(value: Any) -> Any:
    """Return a part of the document as plain values."""
    plain: Callable[[Any], Any] = _plain
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, str):
        return _clean(str(value))
    return value
