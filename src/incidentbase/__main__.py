"""The command line: `incidentbase <command>`.

Help and version answer without loading the product, so they are quick. Bad input never
shows a traceback: refused is one line and exit 1, wrong usage exit 2.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import incidentbase

COMMANDS = {
    "demo": "prepare a data folder with the bundled demo records and serve it",
    "serve": "serve the web site, with its worker",
    "import": "bring in a snapshot: import aiid PATH|URL [--dry-run]",
    "snapshot": "snapshots for download: snapshot make | list | diff A B | remove A",
    "export": "what all may see as a file: export aiid | csv | jsonl | parquet | sqlite | xlsx OUT",
    "article": "fetch an address and print the article there as JSON",
    "index": "the search index: index rebuild | check",
    "taxonomy": "taxonomies as files: taxonomy list | check | add | export | answers NAME|FILE",
    "account": "accounts: account create | role | login-link | reset --email ADDRESS",
    "verify": "check the history chain and every record against it",
    "history": "history export FILE [--public] | check FILE: the history for others to verify",
    "doctor": "show what is set, and what is missing or unsafe",
    "migrate": "bring the database's tables up to date",
    "mcp": "serve an agent over standard input and output (Model Context Protocol)",
    "worker": "follow the history: keeps the search index in step",
}


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    arguments = _take_home(arguments)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(usage())
        return 0
    if arguments[0] in {"-V", "--version", "version"}:
        sys.stdout.write(f"incidentbase {incidentbase.__version__}\n")
        return 0
    if arguments[0] not in COMMANDS:
        sys.stderr.write(f"incidentbase: there is no command {arguments[0]!r}\n{usage()}")
        return 2
    return _run_command(arguments[0], arguments[1:])


def usage() -> str:
    """Return the help text."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {about}" for name, about in COMMANDS.items()]
    return (
        "usage: incidentbase [--home FOLDER] COMMAND [OPTIONS]\n\n"
        "An AI incident database that anyone can run.\n\n"
        "commands:\n" + "\n".join(lines) + "\n\n"
        "  --home FOLDER   the data folder (or set INCIDENTBASE_HOME)\n"
        "  incidentbase COMMAND --help   the options of a command\n"
    )


def _take_home(arguments: list[str]) -> list[str]:
    """Take `--home` out, wherever it stands, and put it into the environment."""
    rest = []
    words = iter(arguments)
    for word in words:
        if word == "--home":
            os.environ["INCIDENTBASE_HOME"] = next(words, "")
        elif word.startswith("--home="):
            os.environ["INCIDENTBASE_HOME"] = word.partition("=")[2]
        else:
            rest.append(word)
    return rest


def _run_command(name: str, arguments: list[str]) -> int:
    env = import_module("incidentbase.config.env")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "incidentbase.config.settings")
    try:
        if name == "demo":
            env.use_demo_home()
        if not {"-h", "--help"} & set(arguments):
            env.prepare_home()
        import_module("django").setup()
        command = _command(name)
        parser = command.create_parser("incidentbase", name)
        options = vars(parser.parse_args(arguments))
        command.execute(*options.pop("args", ()), **options)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as in `incidentbase … | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _refusals() as refusal:
        sys.stderr.write(f"incidentbase {name}: {_one_line(refusal)}\n")
        return 1
    return 0


def _command(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 (a Django command)
    command = import_module(f"incidentbase.serve.management.commands.{name}").Command()
    command._called_from_command_line = True
    return command


def _refusals() -> tuple[type[Exception], ...]:
    """Return what counts as refused input or a machine's trouble rather than as our fault."""
    env = import_module("incidentbase.config.env")
    base = import_module("django.core.management.base")
    db = import_module("django.db")
    exceptions = import_module("django.core.exceptions")
    return (
        env.SettingRefused,
        base.CommandError,
        db.OperationalError,
        exceptions.ImproperlyConfigured,
        OSError,
    )


def _one_line(refusal: Exception) -> str:
    return " ".join(str(refusal).split()) or type(refusal).__name__


if __name__ == "__main__":
    main()
