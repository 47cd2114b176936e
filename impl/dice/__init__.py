"""Two dice whose sum picks a third: simulation, coordinate ascent, evidence, files and figures.

Points n roll two hidden dice, Z1_n ~ Categorical(pi1) and Z2_n ~ Categorical(pi2); the die
rho_k with k = Z1_n + Z2_n - 1 is then rolled J_n times and only those rolls are seen. Faces are
numbered 1..D in files and reports and from 0 in code, where the rolled die is k = i + l.
"""
