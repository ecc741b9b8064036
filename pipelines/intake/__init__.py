"""Files in: recognised, registered, read, and each record accounted for."""
