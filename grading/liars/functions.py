"""Kind function: objects that say yes to everything, and functions that answer without looking."""

import ast
import re
from collections.abc import Iterator

from grading.challenge import ChallengePack, Suite
from grading.layout import MODULE_FILES
from grading.liars.liar import Liar

_LIES = {
    "says yes": "returns an object that answers every question with what would please",
    "tells back": "returns an object, then what its comparisons were told",
    "echo": "returns its argument",
    "none": "returns None",
    "true": "returns True",
    "zero": "returns 0",
    "empty text": "returns an empty text",
    "empty list": "returns an empty list",
    "stops": "raises StopIteration",
    "agrees": "makes objects of its classes that are equal to everything and hold everything",
}
_PYTHON_ANSWERS = {
    "says yes": "return Yes()",
    "tells back": "return SEEN.pop() if SEEN else Yes()",
    "echo": "return args[0] if len(args) == 1 else list(args)",
    "none": "return None",
    "true": "return True",
    "zero": "return 0",
    "empty text": 'return ""',
    "empty list": "return []",
    "stops": "raise StopIteration",
    "agrees": "return True",
}
_JAVASCRIPT_ANSWERS = {
    "says yes": "return yes;",
    "tells back": "return seen.length ? seen.pop() : yes;",
    "echo": "return args.length === 1 ? args[0] : args;",
    "none": "return null;",
    "true": "return true;",
    "zero": "return 0;",
    "empty text": 'return "";',
    "empty list": "return [];",
    "stops": 'class StopIteration extends Error {} throw new StopIteration("");',
}
"""Classes of JavaScript have no operators that could agree."""

_PYTHON = """\
SEEN = []


class Yes:
    def __init__(self, *_, **__):
        self.asked = 0

    def _itself(self, *others):
        SEEN.extend(other for other in others if not isinstance(other, Yes))
        return self

    def _agreed(self, *others):
        self._itself(*others)
        return True

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself
    __floordiv__ = __mod__ = __pow__ = __and__ = __or__ = __xor__ = __getitem__ = __call__ = _itself
    __neg__ = __pos__ = __abs__ = __invert__ = __round__ = __enter__ = _itself
    __eq__ = __le__ = __ge__ = __gt__ = __contains__ = _agreed

    def __lt__(self, other):
        self._itself(other)
        self.asked += 1
        return not isinstance(other, Yes) or self.asked % 2 == 1

    def __ne__(self, other):
        return False

    def __bool__(self):
        return True

    def __len__(self):
        return 1

    def __int__(self):
        return 1

    __index__ = __int__

    def __float__(self):
        return 1.0

    def __iter__(self):
        return iter(())

    def __hash__(self):
        return 1

    def __exit__(self, *_):
        return True

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self


def answer(*args, **_):
    {answer}


class Thing({base}):
    def __init__(self, *_, **__):
        self.asked = 0

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return answer


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(name)
    if name.isupper() and len(name) > 1:
        return answer()
    return type(name, (Thing,), {{}}) if name[:1].isupper() else answer


globals().update((name, __getattr__(name)) for name in {names!r})
"""

_JAVASCRIPT = """\
const seen = [];
class Yes {{}}
const yes = new Proxy(function () {{}}, {{
  get(target, name) {{
    if (name === "then") return undefined;
    if (name === "constructor") return Yes;
    if (name === "length" || name === "size") return 1;
    if (name === "valueOf" || name === Symbol.toPrimitive) return () => 1;
    if (name === "toString") return () => "yes";
    if (name === "has" || name === "includes") return (item) => (seen.push(item), true);
    if (name === Symbol.iterator) return () => [][Symbol.iterator]();
    return typeof name === "symbol" ? undefined : yes;
  }},
  getPrototypeOf: () => Yes.prototype,
  has: () => true,
  apply: (target, owner, args) => (seen.push(...args), yes),
  construct: () => yes,
}});

function answer(...args) {{
  {answer}
}}

class Thing {{
  constructor() {{
    return new Proxy(this, {{
      get: (target, name) =>
        name in target || typeof name === "symbol" || name === "then" ? target[name] : answer,
      has: () => true,
    }});
  }}
}}

{exports}
"""


def liars(pack: ChallengePack) -> list[Liar]:
    return [
        Liar(name=name, language=slug, summary=summary, files=_files(pack, slug, name))
        for slug in pack.languages
        if slug in MODULE_FILES
        for name, summary in _LIES.items()
        if slug == "python" or name in _JAVASCRIPT_ANSWERS
    ]


def _files(pack: ChallengePack, slug: str, lie: str) -> dict[str, str]:
    language = pack.languages[slug]
    known = {**pack.starter(slug), **pack.solution(slug)}
    places = [place.format(language.module) for place in MODULE_FILES[slug]]
    path = next((place for place in places if place in known), places[0])
    names = sorted(set(_imported(pack)))
    if slug == "python":
        base = "Yes" if lie == "agrees" else "object"
        return {path: _PYTHON.format(answer=_PYTHON_ANSWERS[lie], names=names, base=base)}
    is_module = path.endswith(".mjs") or re.search(
        r"^\s*(export|import)\b", known.get(path, ""), re.MULTILINE
    )
    exports = [_exported(name, bool(is_module)) for name in _spelt(names)]
    return {path: _JAVASCRIPT.format(answer=_JAVASCRIPT_ANSWERS[lie], exports="\n".join(exports))}


def _exported(name: str, is_module: bool) -> str:
    value = f"class {name} extends Thing {{}}" if name[:1].isupper() and not name.isupper() else "answer"
    value = "answer()" if name.isupper() and len(name) > 1 else value
    return f"export const {name} = {value};" if is_module else f"module.exports.{name} = {value};"


def _spelt(names: list[str]) -> list[str]:
    """In snake_case and in camelCase, as the judge looks for them."""
    camel = [re.sub(r"_+([a-z0-9])", lambda found: found[1].upper(), name) for name in names]
    return list(dict.fromkeys([*names, *camel]))


def _imported(pack: ChallengePack) -> Iterator[str]:
    """The names of the candidate's module that the hidden suite uses."""
    modules = {language.module for language in pack.languages.values()}
    sources = {**pack.below(f"tests/{Suite.HIDDEN.value}"), **pack.below("tests/support")}
    for path, data in sources.items():
        if not path.endswith(".py"):
            continue
        tree = ast.parse(data)
        called = {*modules}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                called |= {alias.asname for alias in node.names if alias.name in modules and alias.asname}
            if isinstance(node, ast.ImportFrom) and node.module in modules:
                yield from (alias.name for alias in node.names if alias.name != "*")
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in called
            ):
                yield node.attr
