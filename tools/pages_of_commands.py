"""The page of the command line: what `--help` of every command says, word for word."""

import click

from hanbench.harness.cli import cli

WIDTH = 88
HEAD = """# The command line

Written from the commands' own `--help`. [Exit codes](../exit-codes.md) have a page.

"""


def command_pages() -> dict[str, str]:
    """Return the one page."""
    sections = [_section(words, context) for words, context in commands()]
    return {"commands.md": HEAD + "\n".join(sections)}


def commands() -> list[tuple[str, click.Context]]:
    """Return every command by the words that call it, groups before what is in them."""
    return _below(cli, "hanbench", None)


def _below(
    command: click.Command, name: str, parent: click.Context | None
) -> list[tuple[str, click.Context]]:
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
    found = [(context.command_path, context)]
    if isinstance(command, click.Group):
        for each in sorted(command.commands):
            found += _below(command.commands[each], each, context)
    return found


def _section(words: str, context: click.Context) -> str:
    depth = "#" * min(1 + len(words.split()), 4)
    return f"{depth} `{words}`\n\n```text\n{context.get_help()}\n```\n"
