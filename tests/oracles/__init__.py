"""Other routes to the numbers under test: literal loops, quadrature, enumeration."""
