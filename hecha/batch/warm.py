"""What a warm parent has imported before it forks a process for each notebook."""

import ipykernel.inprocess.manager
import matplotlib.figure
import papermill

import hecha.batch.notebooks
import hecha.show

__all__ = ["hecha", "ipykernel", "matplotlib", "papermill"]
