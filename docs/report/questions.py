"""The questions of the assignment in their order, and what of the project answers each."""

from __future__ import annotations

from report.parts import Part, Question, Section

NUMBERS = (
    "1.1.1",
    "1.1.2",
    "1.1.3",
    "1.3.4",
    "1.3.5",
    "3.1",
    "5.1",
    "5.2",
    "5.3",
    "6",
    "7.1",
    "8.1",
    "9.1",
    "10.1",
    "10.2",
    "10.3",
    "10.4",
)
"""Those of the sheet and of its notebooks, in their order."""


DICE = Section(
    "Two dice whose sum picks a third",
    "Each point throws two dice of unknown bias. The sum of their faces chooses a third die, which "
    "is rolled J times. Only these rolls are observed.",
    (
        Question(
            "1.1.1",
            "The graph",
            "Draw the model as a directed graph with plates.",
            (Part("dice.graph"),),
        ),
        Question(
            "1.1.2",
            "The log joint",
            "Write the log of the joint density with indicators and logs of named densities.",
            (
                Part(
                    "dice.log_joint",
                    "Only the density of a roll depends on which die was chosen. An indicator for "
                    "each die k makes this choice visible.",
                    "log of a product; name the selected parent",
                ),
            ),
        ),
        Question(
            "1.1.3",
            "The mean-field updates",
            "Derive, by coordinate ascent under the mean-field assumption, the optimal factors "
            "of the class variables, of the hidden dice and of the rolled dice.",
            (
                Part(
                    "dice.q_z1",
                    "Each update takes the terms of the log joint that contain its variable, and "
                    "averages them over the other factors. First the class variable Z¹, whose "
                    "factor is categorical:",
                ),
                Part("dice.q_z2", "In the same way for Z²:", brief=True),
                Part("dice.q_pi1", "Next a hidden die, whose factor stays a Dirichlet:"),
                Part("dice.q_pi2", "In the same way for the second hidden die:", brief=True),
                Part(
                    "dice.q_rho",
                    "Last a rolled die; the sheet names its factor by the prior, q(β_k):",
                ),
            ),
            "dice",
        ),
    ),
)
SAMPLERS = Section(
    "Reparameterization of two distributions",
    "A draw can be differentiated by the parameters of its distribution if it is a smooth function "
    "of them and of noise that does not depend on them.",
    (
        Question(
            "1.3.4",
            "Kumaraswamy in place of Beta",
            "Show that the Kumaraswamy distribution can be reparameterized, and implement it.",
            (
                Part(
                    "kumaraswamy.density",
                    "The distribution function gives the density:",
                    "differentiate the distribution function; named family",
                ),
                Part("kumaraswamy.inverse_cdf", "F(x) = u can be solved for x:"),
                Part(
                    "kumaraswamy.law", "If u is uniform, the draw has the Kumaraswamy distribution:"
                ),
                Part("kumaraswamy.pathwise_gradient", "The draw x has the gradients", brief=True),
            ),
            "beta",
            ("impl.samplers.notebook.beta_reparametrize",),
        ),
        Question(
            "1.3.5",
            "A softmax of normals in place of Dirichlet",
            "Describe how the softmax of a normal vector approximates the Dirichlet and "
            "reparameterizes it, and implement it.",
            (
                Part(
                    "softmax_gaussian.dirichlet_in_softmax_basis",
                    "The point of the simplex is written as the softmax of a vector h of sum zero. "
                    "Its log density in the first K - 1 entries of h, with the Jacobian, is",
                    brief=True,
                ),
                Part(
                    "softmax_gaussian.laplace",
                    "The normal takes the mode as its mean. Its covariance is the inverse of minus "
                    "the Hessian there, on the vectors of sum zero:",
                    "log density; gradient; candidate; simplify; stationary point; at "
                    "the mode; invert; diagonal",
                ),
                Part(
                    "softmax_gaussian.pathwise_gradient",
                    "A draw adds scaled noise to the mean μ and takes the softmax. The variances v "
                    "are the diagonal of Σ:",
                    "reparameterize; normal coordinates; softmax; chain rule",
                ),
            ),
            "dirichlet",
            ("impl.samplers.notebook.dirichlet_reparametrize",),
        ),
    ),
)
AUTOENCODER = Section(
    "The variational autoencoder",
    "An image x has latent variables z with a standard normal prior. The decoder gives the "
    "probability θ of each pixel, and the encoder a normal distribution of the latent variables.",
    (
        Question(
            "3.1",
            "The reparameterization",
            "Draw the latent variables from the encoder's mean and variance.",
            (
                Part(
                    "gaussian_vae.reparameterization",
                    rules="the transform; solve for the noise; determinant; change of "
                    "variables; in the draw; recognise the distribution; log variance",
                ),
            ),
            code=("impl.vae.notebook.reparameterization",),
        ),
        Question(
            "5.1",
            "The evidence lower bound",
            "Rewrite the expected log ratio of joint and encoder as a reconstruction term minus "
            "a divergence from the prior.",
            (
                Part(
                    "gaussian_vae.elbo",
                    "The chain is checked for finitely many values; for densities the sums become "
                    "integrals. Any(π) is the distribution with the probabilities π.",
                    "definition; product rule; log of a product; definition of the "
                    "divergence; the other product; the evidence is constant; log of a "
                    "ratio; Gibbs' inequality; total probability; lower bound",
                ),
            ),
        ),
        Question(
            "5.2",
            "The divergence in closed form",
            "Derive the divergence between two diagonal normal distributions in K dimensions.",
            (
                Part(
                    "gaussian_vae.gaussian_kl",
                    rules="definition; log ratio; second moment; second moment about another "
                    "point; linearity; standard normal prior; log variance",
                ),
            ),
        ),
        Question(
            "5.3",
            "The loss",
            "Implement minus the bound as the loss of a batch.",
            (
                Part(
                    "gaussian_vae.bernoulli_logits",
                    rules="log odds; independent pixels; gather; gradient; estimate of the "
                    "bound; minus the bound",
                ),
            ),
            code=("impl.vae.notebook.loss_function",),
        ),
        Question(
            "6",
            "Training",
            "Write the training loop and print the average loss of each epoch.",
            experiment="training",
            code=("impl.vae.loop.train_epoch",),
        ),
        Question(
            "7.1",
            "Reconstructions",
            "Show test images beside their reconstructions.",
            experiment="reconstructions",
        ),
        Question(
            "8.1",
            "Images from noise",
            "Decode latent variables that are drawn from the prior.",
            experiment="noise",
        ),
        Question(
            "9.1",
            "The learned latents",
            "Say what the latent representation of the test digits is like.",
            experiment="latents",
        ),
    ),
)
DISCREPANCY = Section(
    "Maximum mean discrepancy in place of the divergence",
    "The second model compares a batch of latent variables with draws of the prior, by a kernel. "
    "The divergence of each image's own distribution is no longer in its loss.",
    (
        Question(
            "10.1",
            "The squared MMD",
            "Estimate the squared MMD between draws of the prior and the latent variables.",
            (
                Part(
                    "mmd.kernel_form",
                    rules="definition; square; independent copies; insert the kernel",
                ),
                Part(
                    "mmd.v_statistic",
                    "The estimator replaces means by averages over two samples. With the pairs of "
                    "a point with itself it is never negative, and has a bias:",
                    "plug in; square; linearity; subtract",
                ),
                Part(
                    "mmd.u_statistic",
                    "Without these pairs the estimator is unbiased:",
                    "leave the diagonal out; subtract the diagonal; subtract",
                ),
            ),
            code=("impl.vae.notebook.MMD",),
        ),
        Question(
            "10.2",
            "The loss with the MMD",
            "Put the MMD in place of the divergence in the loss.",
            (
                Part(
                    "mmd.gaussian_kernel_expectation",
                    "The loss of a batch is its reconstruction term plus the V-statistic of 10.1 "
                    "with the kernel below, without a weight. What this kernel can tell apart "
                    "follows from its means under normal distributions:",
                    "the notebook's kernel; put in the scale; independent dimensions; "
                    "equal variances; kernel form",
                ),
            ),
            code=("impl.vae.notebook.loss_mmd",),
        ),
        Question(
            "10.3",
            "The second model's latents",
            "Train the second model and show the latent variables of the test set.",
            experiment="second",
        ),
        Question(
            "10.4",
            "MMD or divergence",
            "Compare both models' latents, and say where the MMD is the better choice.",
            (
                Part(
                    "mmd.inert_in_high_dimension",
                    "The given kernel has the bandwidth b = 2 in any dimension D. Between draws "
                    "of the prior it is all but zero for large D. If the latents have the prior's "
                    "distribution, the V-statistic of two batches of 100 has a mean close to 1/50. "
                    "If they are normal with variance one, its gradient by their mean vanishes:",
                    "standard normal distributions; the notebook's bandwidth; "
                    "V-statistic; the notebook's batch; kernel form; the largest pull",
                ),
                Part(
                    "mmd.inert_in_high_dimension",
                    "With a bandwidth in proportion to the dimension, the mean kernel between "
                    "draws of the prior stays away from zero for every D:",
                    "a bandwidth that grows with the dimension; bounds that meet",
                ),
            ),
            "choice",
        ),
    ),
)
SECTIONS = (DICE, SAMPLERS, AUTOENCODER, DISCREPANCY)


def questions() -> tuple[Question, ...]:
    """Return every question in order."""
    return tuple(question for section in SECTIONS for question in section.questions)
