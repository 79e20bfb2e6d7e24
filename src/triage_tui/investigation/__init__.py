"""The investigation: one frozen state, the decisions that change it, and the journal that keeps them."""
