"""What others read: cards, marts, and reports for finance."""
