"""Money in: payments, statements, and what they pay."""
