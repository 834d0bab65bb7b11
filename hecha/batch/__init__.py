"""The batch: notebooks run unattended, a run's folder written whole, and its manifest."""
