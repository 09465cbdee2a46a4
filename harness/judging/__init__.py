"""The verdict: invariants and rules over the devices' true state, each naming its clause."""
