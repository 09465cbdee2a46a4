"""What people, parties and adversaries do while a migration runs."""
