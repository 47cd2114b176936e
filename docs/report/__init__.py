"""The report: the tests' ledger, the example, the pages, and the output formats."""
