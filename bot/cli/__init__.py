"""The command line. Each command lives in its own module, imported only when it is called, so that --help is fast.

To add one: a module below `bot.cli` with a `typer.Typer()` called `app`, and a line in `COMMANDS`.
"""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand, TyperGroup

from bot.core.errors import BotError

if TYPE_CHECKING:
    from typer._click import Command as AnyCommand
    from typer._click import Context


@dataclass(frozen=True, slots=True)
class Command:
    """A command, or a group of them, and where it is."""

    name: str
    #: Module that holds its `typer.Typer()` as `app`.
    module: str
    help: str


COMMANDS = (
    Command("run", "bot.cli.run", "Start csobot; with no channel configured, with the built-in simulator."),
    Command("migrate", "bot.cli.migrate", "Create or upgrade the database."),
    Command("invite", "bot.cli.invite", "One-time codes for staff, desks and organisations."),
    Command("connect", "bot.cli.connect", "Invite partners in bulk, remind them, and see who is connected."),
    Command("console", "bot.cli.console", "Reset the second step of somebody who lost their phone."),
    Command("staff", "bot.cli.staff", "Who works here: suspend, lift, remove, hand over."),
    Command("confidential", "bot.cli.confidential", "Open a confidential matter with the desk's passphrase."),
    Command("backup", "bot.cli.backup", "Database and files in one file, without the keys."),
    Command("restore", "bot.cli.restore", "Put a backup back, or check it; deliveries are held afterwards."),
    Command("deliveries", "bot.cli.deliveries", "What waits to be sent; let it go after a restore."),
    Command("erase", "bot.cli.erase", "Erase what is kept about a person, on request."),
    Command("retention", "bot.cli.retention", "What is kept how long, what is due, and letting it go."),
    Command("import", "bot.cli.imports", "Take over lists of organisations and people; undo it."),
    Command("export", "bot.cli.export", "Write organisations, people or the audit log as CSV, XLSX, HXL or JSON."),
    Command("report", "bot.cli.report", "The month for managers as HTML, PDF or JSON."),
    Command("duplicates", "bot.cli.duplicates", "Records that may be one organisation: list, merge, part again."),
    Command("doctor", "bot.cli.doctor", "Say what is wrong with this installation and what to do."),
    Command("world", "bot.cli.world", "Check the office's files (world check [DIR])."),
    Command("route", "bot.cli.route", "Say where a text would go and why; measure it."),
)


class Lazily(TyperGroup):
    """Lists commands by their help line alone and imports only the one that is called."""

    def resolve_command(self, ctx: "Context", args: list[str]) -> tuple[str | None, "AnyCommand | None", list[str]]:
        """The command named first, imported now."""
        for command in COMMANDS:
            if args[0] == command.name:
                return command.name, typer.main.get_command(import_module(command.module).app), args[1:]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Lazily,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


@app.callback()
def csobot() -> None:
    """The desk in chat between an international organisation and its civil-society partners.

    Settings come from csobot.yaml, .env and CSOBOT_* variables. Every command that prints a table takes --json.
    """


def run(arguments: list[str] | None = None) -> None:
    """Run one command. What the product refuses on purpose is one sentence on stderr and exit code 1."""
    group = typer.main.get_command(app)
    if isinstance(group, Lazily):
        for command in COMMANDS:
            group.add_command(TyperCommand(command.name, help=command.help, rich_markup_mode=None), command.name)
    try:
        group.main(arguments, prog_name="csobot")
    except BotError as problem:
        print(f"csobot: {problem}", file=sys.stderr)
        sys.exit(1)
