"""The safety fund: its terms, sums of money, what its rules say of an application."""
