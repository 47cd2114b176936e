"""What is stated: claims, definitions and assumptions, the steps they make up, and their verdict."""
