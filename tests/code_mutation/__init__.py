"""Lines of our code changed on purpose: does a test notice? `python tests/code_mutation`."""
