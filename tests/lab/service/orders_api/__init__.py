"""Takes orders and charges them."""
