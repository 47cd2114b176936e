"""Two dice whose sum picks a third: assignment 1B (2024), problem 1.1, and its updates."""

MODULES = ("model", "updates", "bound", "evidence")
"""The modules in the order of reading."""

INTRODUCTION = (
    "Two dice are thrown for every point. The sum of their faces selects a third die, which is "
    "rolled several times. Only these rolls are observed. All dice are unknown and have Dirichlet "
    "priors. The model is declared once. Its graph, the log joint, the mean-field updates, the "
    "evidence lower bound, the exact evidence and the predictive distribution of a new point are "
    "derived from that declaration by named rules.",
)
"""What opens its pages, before the assumptions that all its derivations make."""

REMARKS = (
    "Faces are numbered from one, as on dice and in the files that the program reads. The "
    "numerical code numbers them from zero, so the number of the rolled die is the sum itself.",
)
"""What follows those assumptions."""
