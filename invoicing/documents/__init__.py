"""What the customer and customer service read: data in, pages out. No clock, no network."""
