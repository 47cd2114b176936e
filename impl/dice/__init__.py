"""Two dice whose sum picks a third: simulation, coordinate ascent, evidence, files and figures.

Each point n rolls two hidden dice, Z1_n ~ Categorical(pi1) and Z2_n ~ Categorical(pi2). The die
rho_k with k = Z1_n + Z2_n - 1 is then rolled J_n times, and only these rolls are seen. Faces are
numbered 1..D in files and reports. In code they count from 0, so that the rolled die is k = i + l.
"""
