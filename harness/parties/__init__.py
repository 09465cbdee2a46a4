"""The organisations around a home, what they hold and send, and the adversaries among them."""
