"""What is charged becomes invoices and credit notes."""
