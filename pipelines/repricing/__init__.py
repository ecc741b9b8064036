"""Prices once more: re-rating of what is booked, simulation beside it, and plans of new prices."""
