"""What each type of request does to the register, or why it is refused; `by_type` lists them."""
