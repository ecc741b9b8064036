"""A run: who may write in a home, what is kept and told of it, Prefect, and what a run by day goes by."""
