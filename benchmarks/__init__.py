"""How we compare, in numbers: `make bench`. Run on a quiet machine; the file says how quiet."""
