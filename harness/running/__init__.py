"""From `hanbench run` to its run folder: which cases, in which processes, with what results."""
