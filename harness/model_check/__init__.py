"""A small-scope model check of the SUA key rotation: every story within a bound, to exhaustion.

Source: modelled [M] (domain.md 10.2, 10.3, 10.8), written from those pages and not from the bench:
nothing in this package imports the emulator, the protocol or the harness, and its words are its
own. So it can contradict them, and `harness/model_agreement/agreement.py` looks whether it does.

    state      what can be: meter, wire, ledger of the DCO, view of the engine
    meter      what a meter makes of a letter, and of a power cut while it does
    ledger     what the DCO learns and counts
    view       what an engine may believe
    moves      everything that can happen next
    properties what must never happen
    exploration  all of it, breadth first
"""
