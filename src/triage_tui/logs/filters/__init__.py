"""Which records are shown: conditions, the sets of rows that they give, and the values of fields."""
