"""A walk by single keys, on a terminal; `:` begins a command as a pipe would give it."""

from collections.abc import Callable

import click

from hanbench.harness.stepping.walk import Walk

RIGHT, LEFT, UP, DOWN = "\x1b[C", "\x1b[D", "\x1b[A", "\x1b[B"
HOME, END = "\x1b[H", "\x1b[F"
KEYS = {
    "n": "next",
    " ": "next",
    "\r": "next",
    "\n": "next",
    RIGHT: "next",
    "b": "back",
    LEFT: "back",
    DOWN: "next 10",
    UP: "back 10",
    HOME: "goto start",
    END: "goto end",
    "f": "fault",
    "F": "fault back",
    "c": "continue",
    "r": "reverse",
    "t": "tree",
    "k": "show belief",
    "a": "show changes",
    "e": "show event",
    "q": "quit",
}
ASKS = {"g": "goto", "d": "show device", "o": "frame", "p": "show points", "C": "continue"}
"""Keys whose command wants a word more, which is asked for."""
LINE = ":"
QUESTION = "?"
KEY_HELP = """keys
  n, space, right   the next event         b, left    the event before
  down, up          ten on, ten back       home, end  the start, the end
  f, F              the next fault, the one before
  g                 go to an event, a time or a point
  c, r              on, or back, to what was searched for last;  C  search for something else
  t                 the octets of this event
  d                 what a device holds    o          the next frame of a device
  k                 belief and truth       a          all that changed
  p                 the fault points       e          this event again
  :                 a command in a line    ?          this list and the commands
  q                 leave"""
_ENDS = ("\x03", "\x04")
PROMPT = "[n]ext [b]ack [g]oto [f]ault [c]ontinue [t]ree [d]evice [?] [q]uit "


def walk_by_keys(
    walk: Walk,
    getchar: Callable[[], str] = click.getchar,
    ask: Callable[[str], str] | None = None,
) -> None:
    """Obey keys until somebody leaves; the end of the input leaves, too."""
    asked = ask or _asked
    walk.console.print(PROMPT, style="dim", markup=False)
    while not walk.is_over:
        try:
            key = getchar()
        except (EOFError, KeyboardInterrupt):
            return
        if key in _ENDS:
            return
        _press(walk, key, asked)


def _press(walk: Walk, key: str, ask: Callable[[str], str]) -> None:
    if key == QUESTION:
        walk.console.print(KEY_HELP, markup=False)
        walk.take("help")
    elif key == LINE:
        line = ask(":")
        if line:
            walk.take(line)
    elif key in ASKS:
        word = ask(f"{ASKS[key]} ")
        if word or key in ("o", "p"):
            walk.take(f"{ASKS[key]} {word}")
    elif key in KEYS:
        walk.take(KEYS[key])
    if not walk.is_over:
        walk.console.print(PROMPT, style="dim", markup=False)


def _asked(prompt: str) -> str:
    """Ask for a line; nothing given, and the end of the input, is no word."""
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        return ""
