"""What users write: scenarios, installations, keys, profiles; and each problem of them in words."""
