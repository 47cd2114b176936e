"""Run compiled programs on NumPy arrays, and ascend the bound of a declared model with them."""
