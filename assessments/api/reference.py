"""The OpenAPI document as a page: what `api/reference.html` shows, made without any script.

Only what our document uses is understood (OpenAPI 3.0 as drf-spectacular writes it); the tests see to it
that every operation and every schema of the document has its place on the page.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
TITLES = {
    "attempt": "A candidate's own attempt",
    "attempts": "Attempts, for interviewers",
    "submissions": "Submissions, for interviewers",
}
CALLERS = {
    "invitation": "a candidate's program",
    "session": "a candidate's browser",
    "tokenAuth": "an interviewer's program",
}
FORMATS = {"date-time": "moment (ISO 8601)", "uuid": "UUID", "email": "e-mail address"}
EXAMPLES = {
    "date-time": "2026-03-02T09:30:00Z",
    "uuid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "email": "grace@candidate.example",
    "uri": "https://touchstone.example.org/api/attempts/?cursor=cD0yMDI2",
}
NAMED_EXAMPLES: Mapping[str, Any] = {
    "language": "python",
    "languages": ["python", "javascript"],
    "files": {"app.py": "print('hello')\n"},
    "editable": {"app.py": "print('hello')\n"},
    "shown": {"README.md": "What the program must do.\n"},
    "skills": {"api-design": [6.0, 8.0]},
    "phases": {"ready": 0.8, "run": 4.2},
    "digests": {"pack": "7f1aa449f55f"},
    "score": 75.0,
}


@dataclass(frozen=True)
class Kind:
    """What a value is: words before, the name of the schema if it has one, words after."""

    words: str = ""
    schema: str = ""
    after: str = ""


@dataclass(frozen=True)
class Value:
    """A parameter of an operation, or a member of a schema."""

    name: str
    kind: Kind
    is_required: bool
    description: str
    choices: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True)
class Body:
    """What is sent, or what is answered. `status` is empty for a request."""

    status: str
    description: str
    kind: Kind
    example: str


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    callers: tuple[str, ...]
    parameters: tuple[Value, ...]
    request: Body | None
    answers: tuple[Body, ...]


@dataclass(frozen=True)
class Section:
    title: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Schema:
    name: str
    description: str
    members: tuple[Value, ...]


class Reference:
    """Reads one document."""

    def __init__(self, document: Node) -> None:
        self._paths: Node = document["paths"]
        self._schemas: Node = document["components"]["schemas"]

    def sections(self) -> tuple[Section, ...]:
        """The operations by their tag, in the order of the document."""
        tagged: dict[str, list[Operation]] = {}
        for path, methods in self._paths.items():
            for method in METHODS:
                if node := methods.get(method):
                    tagged.setdefault(node["tags"][0], []).append(self._operation(method, path, node))
        return tuple(
            Section(TITLES.get(tag, tag.capitalize()), tuple(found)) for tag, found in tagged.items()
        )

    def schemas(self) -> tuple[Schema, ...]:
        """Those with members; a choice of words is named where it is used."""
        return tuple(
            Schema(name, node.get("description", ""), tuple(self._members(node)))
            for name, node in self._schemas.items()
            if "properties" in node
        )

    def _operation(self, method: str, path: str, node: Node) -> Operation:
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=path,
            summary=node.get("summary", ""),
            description=node.get("description", ""),
            callers=tuple(CALLERS.get(name, name) for one in node.get("security", ()) for name in one),
            parameters=tuple(self._parameter(one) for one in node.get("parameters", ())),
            request=self._body("", node["requestBody"]) if "requestBody" in node else None,
            answers=tuple(self._body(status, one) for status, one in sorted(node["responses"].items())),
        )

    def _parameter(self, node: Node) -> Value:
        return self._value(node["name"], {**node["schema"], **node}, node.get("required", False), node["in"])

    def _members(self, node: Node) -> Iterator[Value]:
        required = node.get("required", ())
        for name, member in node["properties"].items():
            yield self._value(name, member, name in required)

    def _value(self, name: str, node: Node, is_required: bool, place: str = "") -> Value:
        choices = tuple(str(one) for one in self._choices(node) if one)
        # The list of choices that drf-spectacular writes into a description is shown as choices.
        description = "" if choices else node.get("description", "")
        return Value(name, self._kind(node), is_required, description, choices, place)

    def _body(self, status: str, node: Node) -> Body:
        schema = node.get("content", {}).get("application/json", {}).get("schema")
        description = node.get("description", "")
        if schema is None:
            return Body(status, description, Kind(), "")
        shown = "" if status >= "4" else json.dumps(self._example(schema), indent=2)
        return Body(status, description, self._kind(schema), shown)

    def _kind(self, node: Node) -> Kind:
        after = " or null" if node.get("nullable") else ""
        if name := _referred(node):
            target = self._schemas[name]
            return (
                Kind("", name, after) if "properties" in target else self._kind({**target, **_nullable(node)})
            )
        if "oneOf" in node:
            return self._kind({**node["oneOf"][0], **_nullable(node)})
        if node.get("type") == "array":
            inner = self._kind(node["items"])
            return Kind(f"list of {inner.words}", inner.schema, inner.after + after)
        if isinstance(node.get("additionalProperties"), Mapping):
            inner = self._kind(node["additionalProperties"])
            return Kind(f"object, each name with {inner.words}", inner.schema, inner.after + after)
        return Kind(FORMATS.get(node.get("format", ""), str(node.get("type", "value"))) + after)

    def _choices(self, node: Node) -> tuple[Any, ...]:
        if "oneOf" in node:
            return tuple(choice for one in node["oneOf"] for choice in self._choices(one))
        if name := _referred(node):
            return self._choices(self._schemas[name])
        return tuple(node.get("enum", ()))

    def _example(self, node: Node, name: str = "") -> Any:
        if target := _referred(node):
            return self._example(self._schemas[target], name)
        if "properties" in node:
            return {key: self._example(member, key) for key, member in node["properties"].items()}
        if choices := self._choices(node):
            return choices[0]
        return self._plain_example(node, name)

    def _plain_example(self, node: Node, name: str) -> Any:
        kind, inner = node.get("type"), node.get("additionalProperties")
        if kind == "array":
            known = NAMED_EXAMPLES.get(name)
            return known if isinstance(known, list) else [self._example(node["items"])]
        if isinstance(inner, Mapping):
            plain = NAMED_EXAMPLES.get(name)
            if isinstance(plain, Mapping) and not _referred(inner):
                return plain
            return {"python": self._example(inner)}
        if node.get("format") in EXAMPLES:
            return EXAMPLES[node["format"]]
        fallback = {"integer": 1, "number": 1.0, "boolean": True}.get(str(kind), "…")
        known = NAMED_EXAMPLES.get(name, fallback)
        return known if type(known) is type(fallback) else fallback


def _referred(node: Node) -> str:
    """The name of the schema that this node stands for, or nothing."""
    if "allOf" in node:
        return _referred(node["allOf"][0])
    return str(node.get("$ref", "")).rpartition("/")[2]


def _nullable(node: Node) -> Node:
    return {"nullable": True} if node.get("nullable") else {}
