"""The parts of the report: the tests' ledger, the embedded example, the pages, the publishing."""
