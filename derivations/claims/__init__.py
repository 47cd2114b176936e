"""Claims, definitions and assumptions; the derivations they make up; and their verdicts."""
