"""The built site in a real browser: what is asked of a page, and how a page is opened."""
