"""What is stated: claims, definitions and assumptions, the lines they make up, their verdict."""
