"""What goes wrong: fault points by cause, the plan of a case, and what a fault does."""
