"""What we send and book: invoices, payments, reminders, ledger, documents. Pure; imports schemas."""
