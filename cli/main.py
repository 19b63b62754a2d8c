"""The `guildhall` command: imports the module of the verb that was asked for, and says failures in a line."""

import sys
from importlib import import_module
from typing import NamedTuple

import typer

from cli import Failed


class Verb(NamedTuple):
    """Where a verb lives: a function, or a typer app when it has verbs of its own."""

    module: str
    name: str


VERBS = {
    "up": Verb("cli.up", "up"),
    "migrate": Verb("cli.migrate", "migrate"),
    "import": Verb("cli.import_", "import_"),
    "export": Verb("cli.export", "app"),
    "apply": Verb("cli.apply.command", "apply"),
    "convert": Verb("cli.convert", "convert"),
    "simulate": Verb("cli.simulate", "simulate"),
    "token": Verb("cli.token", "token"),
    "key": Verb("cli.key", "app"),
    "dead-letters": Verb("cli.dead_letters", "app"),
    "doctor": Verb("cli.doctor", "doctor"),
    "verify": Verb("cli.verify", "verify"),
    "erasures": Verb("cli.erasures", "erasures"),
    "backup": Verb("cli.backup", "backup"),
    "restore": Verb("cli.restore", "restore"),
}


def main() -> None:
    """Runs the verb on the command line; exit code 0 done, 1 failed, 2 wrong usage."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        command([asked] if asked in VERBS else list(VERBS))(prog_name="guildhall")
    except Failed as failure:
        print(f"guildhall: {failure}", file=sys.stderr)  # noqa: T201 - the user's one line
        raise SystemExit(1) from None


def command(names: list[str]) -> typer.Typer:
    """The command with these verbs; the others are not even imported."""
    app = typer.Typer(
        name="guildhall", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )

    @app.callback()
    def guildhall() -> None:
        """A headless backend that runs communities and answers, with evidence, whether they succeed."""

    for name in names:
        found = getattr(import_module(VERBS[name].module), VERBS[name].name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


if __name__ == "__main__":
    main()
