"""The sums of the synthetic model by hand: SUA codes, answers and UTRNs, each value in between."""
