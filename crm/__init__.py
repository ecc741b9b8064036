"""Who and why: sign-up, contract changes, the customer card. Pure; imports schemas."""
