"""challenge.toml as values. Every table, key, type and range of the format is written here and nowhere
else.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from grading.challenge import Feedback, Kind, Language, PackLimits, ReceiverUse, ServiceProbe, ServiceUse
from grading.errors import Fault
from grading.toml import Document, Table

FILE = "challenge.toml"
FORMAT = 1
MAX_TITLE = 120
MAX_SLUG = 80
MAX_SKILL = 50
LANGUAGES = ("python", "javascript")
"""What a program or a service may be written in; kind sql has the one language 'sql'."""
SERVE_FUNCTIONS = "/usr/local/bin/serve-functions"
"""The command of every language of kind function; its argument is the module."""
SERVICES = ("postgres", "redis", "rabbitmq")
DIFFICULTIES = ("easy", "medium", "hard")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_MODULE = re.compile(r"[a-z][a-z0-9_]{0,40}")
_TAKEN_MODULES = frozenset({*sys.stdlib_module_names, "conftest", "pytest", "httpx", "grading"})
"""Names that mean something else where the tests run."""
_TAKEN_DATABASES = frozenset({"postgres", "template0", "template1"})
_LEAST_MEMORY_MB = {"rabbitmq": 256}
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,60}_URL")
_TAKEN_VARIABLES = frozenset({"DATABASE_URL", "REDIS_URL", "AMQP_URL"})
_TAKEN_PORTS = frozenset({5432, 6379, 5672})


@dataclass(frozen=True, kw_only=True)
class Description:
    """What challenge.toml says."""

    title: str
    kind: Kind
    summary: str
    difficulty: str
    minutes: int
    skills: Mapping[str, float]
    languages: Mapping[str, Language]
    service: ServiceProbe
    limits: PackLimits
    services: Mapping[str, ServiceUse]
    receiver: ReceiverUse | None
    feedback: Feedback
    starter_max_score: float
    excused: Mapping[str, str]


def read(data: bytes, faults: list[Fault]) -> tuple[Document, Description] | None:
    """Faults are added to `faults`; None if the file cannot be read at all."""
    document = Document(FILE, data, faults)
    if not document.is_readable:
        return None
    root = document.root
    root.whole("format", FORMAT, FORMAT)
    kind = Kind(root.text("kind", choices=[kind.value for kind in Kind]))
    description = Description(
        title=root.text("title", max_length=MAX_TITLE),
        kind=kind,
        summary=root.text("summary"),
        difficulty=root.text("difficulty", choices=DIFFICULTIES),
        minutes=root.whole("minutes", 5, 480),
        skills=_skills(root.table("skills", required=True)),
        languages=_languages(root.table("languages", required=True), kind),
        service=_probe(root, kind),
        limits=_limits(root.table("limits")),
        services=_services(root, kind),
        receiver=_receiver(root, kind),
        feedback=_feedback(root.table("feedback")),
        starter_max_score=_starter(root.table("starter")),
        excused=_excused(root.table("liars")),
    )
    root.finish()
    return document, description


def _skills(table: Table) -> dict[str, float]:
    if not 1 <= len(table.names) <= 12:
        table.document.fault(table.key, "name 1 to 12 skills with their weights")
    for slug in table.names:
        if not SLUG.fullmatch(slug) or len(slug) > MAX_SKILL:
            table.fault(slug, f"the skill {slug!r} must be lower-case words joined by dashes")
    return {slug: table.number(slug, 0.1, 100) for slug in table.names}


def _languages(table: Table, kind: Kind) -> dict[str, Language]:
    offered = ("sql",) if kind is Kind.SQL else LANGUAGES
    if not table.names:
        table.document.fault(table.key, "name at least one language")
    languages = {}
    for slug in table.names:
        if slug not in offered:
            table.fault(slug, f"kind {kind.value} cannot use {slug!r}; it can use {', '.join(offered)}")
        languages[slug] = _language(table.table(slug), slug, kind)
    return languages


def _language(table: Table, slug: str, kind: Kind) -> Language:
    programs: dict[str, tuple[str, ...]] = {}
    module = _module(table) if kind is Kind.FUNCTION else ""
    if kind is Kind.FUNCTION:
        programs["command"] = (SERVE_FUNCTIONS, module)
    elif kind is not Kind.SQL:
        programs["command"] = table.texts("command")
        if "command" in table and not programs["command"]:
            table.fault("command", "the command is empty")
    if kind is not Kind.SQL:
        programs["build"] = table.texts("build", default=())
    if slug == "python":
        programs["preload"] = _preload(table)
    patterns = {
        "editable": table.texts("editable"),
        "read_only": table.texts("read_only", default=()),
        "hidden": table.texts("hidden", default=()),
    }
    for name, globs in patterns.items():
        for glob in globs:
            if glob.startswith(("/", "./")) or "\\" in glob or ".." in glob.split("/"):
                table.fault(name, f"the pattern {glob!r} must be a path below the folder")
    if "editable" in table and not patterns["editable"]:
        table.fault("editable", "a candidate must be able to edit something")
    table.finish()
    return Language(slug=slug, module=module, **programs, **patterns)


def _module(table: Table) -> str:
    module = table.text("module", default="solution")
    if not _MODULE.fullmatch(module) or module in _TAKEN_MODULES:
        table.fault("module", f"{module!r} cannot be the name of the candidate's module")
    return module


def _preload(table: Table) -> tuple[str, ...]:
    modules = table.texts("preload", default=())
    for module in modules:
        if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", module, re.ASCII):
            table.fault("preload", f"{module!r} is not the name of a module")
    return modules


def _probe(root: Table, kind: Kind) -> ServiceProbe:
    if "service" in root and kind is not Kind.SERVICE:
        root.fault("service", f"[service] is for kind service, not for kind {kind.value}")
    table = root.table("service")
    probe = ServiceProbe(
        port=table.whole("port", 1024, 65535, default=8000),
        ready_path=table.text("ready_path", default="/"),
        start_seconds=table.number("start_seconds", 1, 120, default=15.0),
    )
    if probe.port in _TAKEN_PORTS:
        table.fault("port", f"port {probe.port} belongs to a service beside the program")
    if not re.fullmatch(r"/[!-~]*", probe.ready_path):
        table.fault("ready_path", "'service.ready_path' must start with '/' and hold no space")
    table.finish()
    return probe


def _limits(table: Table) -> PackLimits:
    limits = PackLimits(
        memory_mb=table.whole("memory_mb", 32, 4096, default=256),
        processes=table.whole("processes", 8, 512, default=64),
        cpus=table.number("cpus", 0.25, 4, default=1.0),
        run_seconds=table.number("run_seconds", 5, 900, default=60.0),
        test_seconds=table.number("test_seconds", 0.5, 120, default=10.0),
        output_kb=table.whole("output_kb", 16, 16384, default=1024),
        disk_mb=table.whole("disk_mb", 1, 1024, default=64),
    )
    if limits.test_seconds > limits.run_seconds:
        table.fault(
            "test_seconds", "one test may not take longer than the whole suite ('limits.run_seconds')"
        )
    table.finish()
    return limits


def _services(root: Table, kind: Kind) -> dict[str, ServiceUse]:
    table = root.table("services")
    for name in table.names:
        if name not in SERVICES:
            table.fault(name, f"there is no service {name!r}; there are {', '.join(SERVICES)}")
    if kind is Kind.SQL and "postgres" not in table:
        root.fault("services", "kind sql needs [services.postgres]")
    return {name: _service(table.table(name), name) for name in table.names}


def _service(table: Table, name: str) -> ServiceUse:
    databases = table.texts("databases", default=("main",), max_items=8) if name == "postgres" else ()
    if name == "postgres" and not databases:
        table.fault("databases", "name at least one database")
    for database in databases:
        if not _DATABASE.fullmatch(database) or database in _TAKEN_DATABASES:
            table.fault("databases", f"{database!r} cannot be the name of a database here")
    least = _LEAST_MEMORY_MB.get(name, 32)
    use = ServiceUse(
        name=name,
        databases=databases,
        memory_mb=table.whole("memory_mb", least, 8192, default=max(256, 2 * least)),
        disk_mb=table.whole("disk_mb", 16, 8192, default=256),
    )
    table.finish()
    return use


def _receiver(root: Table, kind: Kind) -> ReceiverUse | None:
    if "receiver" not in root:
        return None
    if kind is Kind.SQL:
        root.fault("receiver", "[receiver] is for programs that can call it, not for kind sql")
    table = root.table("receiver")
    use = ReceiverUse(
        variable=table.text("variable", default="RECEIVER_URL"),
        port=table.whole("port", 1024, 65535, default=9000),
    )
    if not _VARIABLE.fullmatch(use.variable) or use.variable in _TAKEN_VARIABLES:
        table.fault("variable", f"{use.variable!r} cannot be the name of the variable with its address")
    if use.port in {*_TAKEN_PORTS, root.table("service").whole("port", 1024, 65535, default=8000)}:
        table.fault("port", f"port {use.port} belongs to the program or to a service beside it")
    table.finish()
    return use


def _feedback(table: Table) -> Feedback:
    hidden = table.text("hidden", default="totals", choices=[feedback.value for feedback in Feedback])
    table.finish()
    return Feedback(hidden)


def _starter(table: Table) -> float:
    max_score = table.number("max_score", 0, 90, default=30.0)
    table.finish()
    return max_score


def _excused(table: Table) -> dict[str, str]:
    """Hidden tests that a liar may pass. Whether there are such tests is `packs`'s to check."""
    reasons = {test: table.text(test) for test in table.names}
    table.finish()
    return reasons
