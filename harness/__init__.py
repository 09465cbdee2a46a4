"""The bench: scenarios, the engine port, faults, the oracle and what a user reads."""

if __name__ != "hanbench.harness":
    raise ImportError(
        "import hanbench.harness, not harness: a second copy of every class would load"
    )
