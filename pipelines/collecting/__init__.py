"""Getting paid, and paying back: direct debits, refunds, agreements, reminders, collection, write-off."""
