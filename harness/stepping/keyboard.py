"""A walk by single keys, on a terminal; `:` begins a command as a pipe would give it."""

import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
_ERASES = ("\x7f", "\b")
_WORDLESS = ("o", "p")
"""Keys whose command is one without its word, too."""
_UTF8_LEAD = 0xC0
PROMPT = "[n]ext [b]ack [g]oto [f]ault [c]ontinue [t]ree [d]evice [?] [q]uit "


def walk_by_keys(walk: Walk, getchar: Callable[[], str]) -> None:
    """Obey keys until somebody leaves; the end of the input leaves, too."""
    _prompt(walk)
    while not walk.is_over:
        try:
            key = getchar()
            if key in _ENDS:
                return
            _press(walk, key, getchar)
        except (EOFError, KeyboardInterrupt):
            return


@contextmanager
def terminal_keys() -> Iterator[Callable[[], str]]:
    """Give each key as it is pressed, while the block runs; none is lost that was typed ahead."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor, termios.TCSADRAIN)
    try:
        yield lambda: _key(lambda: os.read(descriptor, 1))
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _key(read: Callable[[], bytes]) -> str:
    """Read one key: a character, or the three of an arrow, or of Home and End."""
    first = read()
    if not first:
        raise EOFError
    if first == b"\x1b":
        return (first + read() + read()).decode("latin-1")
    if first[0] >= _UTF8_LEAD:
        first += b"".join(read() for _ in range(_utf8_more(first[0])))
    return first.decode("utf-8", "replace")


def _utf8_more(lead: int) -> int:
    return 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3


def _press(walk: Walk, key: str, getchar: Callable[[], str]) -> None:
    if key == QUESTION:
        walk.console.print(KEY_HELP, markup=False)
        walk.take("help")
    elif key == LINE:
        line = _line(walk, ":", getchar)
        if line:
            walk.take(line)
    elif key in ASKS:
        word = _line(walk, f"{ASKS[key]} ", getchar)
        if word or key in _WORDLESS:
            walk.take(f"{ASKS[key]} {word}")
    elif key in KEYS:
        walk.take(KEYS[key])
    if not walk.is_over:
        _prompt(walk)


def _line(walk: Walk, prompt: str, getchar: Callable[[], str]) -> str:
    """Read a line, shown as it is typed; Escape and an empty line are no word."""
    typed = ""
    show = walk.console.file.write
    show(prompt)
    while True:
        walk.console.file.flush()
        key = getchar()
        if key in ("\r", "\n"):
            show("\n")
            return typed.strip()
        if key in _ERASES:
            show("\b \b" if typed else "")
            typed = typed[:-1]
        elif key.startswith("\x1b"):
            show("\n")
            return ""
        elif key.isprintable():
            typed += key
            show(key)


def _prompt(walk: Walk) -> None:
    walk.console.print(PROMPT, style="dim", markup=False)
