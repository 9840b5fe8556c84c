"""Kind program: silence, an echo, a constant, every answer at once, and an exit status."""

from grading.challenge import ChallengePack
from grading.liars.liar import Liar, entries

_LIES = {
    "silent": ("writes nothing and ends with exit code 0", "raise SystemExit(0)", "process.exit(0);"),
    "fails": ("writes nothing and ends with exit code 1", "raise SystemExit(1)", "process.exit(1);"),
    "zero": ("writes 0, whatever it is asked", "print(0)", "console.log(0);"),
    "every answer": (
        "writes yes, no, true, false, and the numbers to 1000, whatever it is asked",
        'print("yes no YES NO Yes No true false True False", *range(1001), sep="\\n")',
        'console.log(["yes no YES NO Yes No true false True False", ...Array(1001).keys()].join("\\n"));',
    ),
    "echo": (
        "writes its arguments and its input back",
        "import sys\n\nfor argument in sys.argv[1:]:\n    print(argument)\n"
        "sys.stdout.buffer.write(sys.stdin.buffer.read())",
        'import("node:fs").then((fs) => {\n'
        "  for (const argument of process.argv.slice(2)) console.log(argument);\n"
        "  process.stdout.write(fs.readFileSync(0));\n});",
    ),
}


def liars(pack: ChallengePack) -> list[Liar]:
    entry = next(entries(pack), None)
    if entry is None:
        return []
    place = 1 if entry.language == "python" else 2
    return [
        Liar(name=name, language=entry.language, summary=lie[0], files={entry.path: lie[place] + "\n"})
        for name, lie in _LIES.items()
    ]
