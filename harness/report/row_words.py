"""A row of a run said as a sentence, where there is no picture to point its arrows."""

from hanbench.harness.report.rows import ENGINE, Row

_FORMS = {
    "call": "the engine calls {target}: {text}",
    "refused": "the engine calls {target} and is refused: {text}",
    "wan": "{source} to {target}: {text}",
    "lost": "{source} to {target}: {text}, lost on the way",
    "took": "{target} takes {text}: {outcome}",
    "rejected": "{target} refuses {text}: {outcome}",
    "note": "{source}: {text}",
    "cut": "{source}: {text}",
    "key": "{source} now holds {text}",
    "journal": "the engine writes into its journal: {text}",
    "told": "the engine is told: {text}",
    "belief": "the engine believes that {device} holds {text}: {outcome}",
    "wrong": "the engine is wrongly certain that {device} holds {text}: {outcome}",
    "fault": "fault: {text}",
    "crash": "the engine {text}",
    "step": "{text}",
    "finding": "found: {text}",
    "claim": "the engine {text}",
    "gap": "{text} without an event",
}
_NAMED = {"UNKNOWN": "an unknown key", "OLD": "the OLD key", "NEW": "the NEW key"}
_TOLD = {
    "recovers": "the engine starts again from its journal",
    "time-out: proves nothing": "the engine is told of a time-out, which proves nothing",
}


def row_words(row: Row) -> str:
    """Return the sentence of a row, without its time."""
    text, outcome = row.text, row.outcome
    if row.kind == "told" and text in _TOLD:
        return _TOLD[text]
    if row.kind in ("belief", "wrong"):
        text = _NAMED.get(text, text)
    if row.kind == "key" and outcome:
        return f"{row.source} is left with {text}"
    source = "the engine" if row.source == ENGINE else row.source
    said = _FORMS[row.kind].format(
        source=source, target=row.target, text=text, outcome=outcome, device=row.device
    )
    said = said.removesuffix(": ")
    return f"{said} ({row.count} times)" if row.count > 1 else said
