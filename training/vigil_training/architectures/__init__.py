"""Networks that answer every task in one pass."""
