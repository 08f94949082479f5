"""Report: which pages the book has, and the jobs that measure, execute and bind them."""
