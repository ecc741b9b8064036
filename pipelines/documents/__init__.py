"""What leaves the house of an invoice: pages, e-invoices, itemised calls."""
