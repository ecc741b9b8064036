"""The books: an event gets its voucher, a voucher its place in one file."""
