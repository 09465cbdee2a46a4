"""The emulated home, its media, and the parties around it: state machines told the time."""

if __name__ != "hanbench.emulator":
    raise ImportError(
        "import hanbench.emulator, not emulator: a second copy of every class would load"
    )
