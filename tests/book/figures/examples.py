"""What each figure says at one position: examples, run as doctests."""

__test__ = {
    "balance.imbalance": """
>>> import numpy as np
>>> from wganbook.figures import imbalance
>>> scene = imbalance(
...     {"GAN": np.zeros((2, 5, 2))}, {"GAN": [[1, 1], [0, 0]]}, [0.5, 2], [[0, 0], [1, 1]]
... )
>>> scene.sentence(1)
"critic's rate / generator's 2.0, modes forgotten by GAN 0.0"
""",
    "balance.mode_masses": """
>>> from wganbook.figures import mode_masses
>>> scene = mode_masses({"GAN": [[[1.0, 0.0]], [[0.5, 0.5]]]}, [0.5, 2])
>>> scene.sentence(0)
"critic's rate / generator's 0.5, runs that forget with GAN 1"
""",
    "balance.rate_or_steps": """
>>> from wganbook.figures import rate_or_steps
>>> rows = {"GAN": [[[1.0], [0.5]], [[0.5], [0.25]]]}
>>> rate_or_steps(rows, rows, [1, 5], [1, 4]).sentence(1)
'critic steps 5, EM at equal rates, GAN 0.500'
""",
    "balance.equal_budget": """
>>> from wganbook.figures import equal_budget
>>> rows = {"GAN": [[1.0, 2.0], [0.5, 0.7]], "WGAN": [[1.0, 1.2], [0.5, 0.5]]}
>>> equal_budget({"ring": rows}, [1, 8]).sentence(0)
'tries 1, least mean EM, ring 1.100'
""",
    "continuity.Cells": """
>>> from wganbook.figures import Cells, in_cells
>>> both = in_cells([[0.1], [0.9]], [[0.2], [1.9]], side=1.0)
>>> isinstance(both, Cells), both.p.tolist(), both.q.tolist()
(True, [1.0, 0.0], [0.5, 0.5])
""",
    "continuity.in_cells": """
>>> from wganbook.figures import in_cells
>>> in_cells([[0.1], [0.4]], [[0.2], [0.7]], side=0.5).q.tolist()
[0.5, 0.5]
""",
    "continuity.network_walk": """
>>> from wganbook.figures import network_walk
>>> network_walk(0, [0.0, 0.1], [[-1.0], [0.0], [1.0]]).shape
(2, 3, 2)
""",
    "continuity.network_path": """
>>> from wganbook.figures import network_path
>>> network_path(frames=3, fine=2000).sentence(1)
't 0.00, W 0.000, mean way 0.000, TV 0.000, JS 0.000'
""",
    "continuity.modulus_of_continuity": """
>>> from wganbook.figures import modulus_of_continuity
>>> scene = modulus_of_continuity(2, steps=3, n=8)
>>> scene.readouts[2].label, max(scene.readouts[2].values) <= 1
('largest share of the bound', True)
""",
    "continuity.vanishing_spike": """
>>> from wganbook.figures import vanishing_spike
>>> vanishing_spike(frames=3).sentence(0)
'θ 0.00, W to the data 0.000, g at z = 0.5 0.000, highest value of g 0.000'
""",
    "continuity.cantor_generator": """
>>> from wganbook.figures import cantor_generator
>>> cantor_generator([0.0, 0.46875, 0.5], 1)
array([0. , 0.5, 1. ])
""",
    "continuity.cantor_teeth": """
>>> from wganbook.figures import cantor_teeth
>>> cantor_teeth(3).sentence(2)
'k 3, highest new tooth 0.125, flattest of the chords 1.600, length left 0.562'
""",
    "convergence.function_norms": """
>>> from wganbook.figures import function_norms
>>> function_norms("spikes").sentence(15)
'n 16, L1 0.125, L2 0.577, supremum 4.000'
""",
    "convergence.spike_heights": """
>>> from wganbook.figures import spike_heights
>>> spike_heights().sentence(20)
'a 0.50, power of n in L1 minus 0.50, power of n in L2 0.00, power of n in the supremum 0.50'
""",
    "convergence.other_shapes": """
>>> from wganbook.figures import other_shapes
>>> other_shapes().sentence(3)
'n 4, area of walking tents 0.125, of powers 0.200, of low tents 0.125, of wide tents 2.000'
""",
    "convergence.two_lengths": """
>>> from wganbook.figures import two_lengths
>>> two_lengths().sentence(3)
'n 4, Manhattan 0.805, Euclid 0.630, ratio 1.277'
""",
    "convergence.measure_distances": """
>>> from wganbook.figures import measure_distances
>>> measure_distances("escaping mass").sentence(9)
'n 10, EM 1.000, TV 0.100'
""",
    "convergence.wave_points": """
>>> from wganbook.figures import wave_points
>>> wave_points(0.0, 2).tolist()
[[0.25, 0.0], [0.75, 0.0]]
""",
    "convergence.wave_moduli": """
>>> from wganbook.figures import wave_moduli
>>> wave_moduli(atoms=8).sentence(0)
'δ 0.0, EM 0.000, JS 0.000, TV 0.000, KL 0.000'
""",
    "convergence.thin_intervals": """
>>> from wganbook.figures import thin_intervals
>>> thin_intervals().sentence(3)
'n 4, EM at 0.1 0.100, JS at 0.1 0.277, TV at 0.1 0.400, KL at 0.1 infinite'
""",
    "convergence.greatest_lower_bound": """
>>> from wganbook.figures import greatest_lower_bound
>>> greatest_lower_bound().sentence(9)
'n 10, least so far 0.100, infimum 0.000'
""",
    "convergence.smooth_critics": """
>>> from wganbook.figures import smooth_critics
>>> smooth_critics().sentence(9)
'n 10, mean under P less mean under Q 0.905, supremum 1.000, short by 0.095'
""",
    "convergence.nearest_pair": """
>>> from wganbook.figures import nearest_pair
>>> nearest_pair().sentence(1)
'N 3, in the interval 0.236, integers 1.000, sines in L2 1.414'
""",
    "convergence.simple_sets": """
>>> from wganbook.figures import simple_sets
>>> simple_sets().sentence(7)
'n 8, one interval 0.031, four intervals 0.125, all Borel sets 0.250, EM 0.016'
""",
    "dirac.dirac_trajectories": """
>>> from wganbook.figures import dirac_trajectories
>>> [panel.title for panel in dirac_trajectories().panels][-1]
'GAN with R1'
""",
    "duality.haulier_prices": """
>>> from wganbook.figures import haulier_prices
>>> haulier_prices(frames=4).sentence(2)
's 1.00, income 1.275, cheapest plan 1.275, routes overcharged 0'
""",
    "duality.optimal_critics": """
>>> from wganbook.figures import optimal_critics
>>> optimal_critics(frames=3).sentence(1)
't 0.50, Ef(x) − Ef(y) 1.275, EM 1.275, slope along the rays 1.000, mean slope elsewhere 0.759'
""",
    "duality.potential_follows": """
>>> from wganbook.figures import potential_follows
>>> potential_follows(frames=7).sentence(5)
'θ 60, EM 0.916, by the critic 0.705, by differences 0.705'
""",
    "duality.split_mass": """
>>> from wganbook.figures import split_mass
>>> split_mass(frames=5).sentence(2)
'θ 0.00, EM 1.000, slope of EM 0.000, minus f just left 1.000, minus f just right minus 1.000'
""",
    "duality.critic_directions": """
>>> import numpy as np
>>> from wganbook.figures import critic_directions, field_grid
>>> grid, y, down = field_grid([-1, -1], [1, 1]), [[0.0, 0.0]], [[[0.0, -1.0]]] * 2
>>> look = (np.stack([-grid[:, 1]] * 2), down)
>>> cosines = [[0.5, 0.7], [0.9, 1.0]]
>>> names = ("clipped", "penalised")
>>> critic_directions(
...     grid, y, down[0], [0, 10], dict.fromkeys(names, look), dict.fromkeys(names, cosines)
... ).sentence(1)
'critic steps 10, cosine, clipped 0.950, cosine, penalised 0.950'
""",
    "duality.field_grid": """
>>> from wganbook.figures import field_grid
>>> field_grid([0, 0], [45, 45])[[0, 1, 45]].tolist()
[[0.5, 0.5], [1.5, 0.5], [0.5, 1.5]]
""",
    "earth_mover.couplings": """
>>> from wganbook.figures import couplings
>>> scene = couplings()
>>> scene.sentence(0)
't 0.000, cost of this plan 2.778, cost of an optimal plan 2.000, marginals off by 0.000'
""",
    "earth_mover.cdf_area": """
>>> from wganbook.figures import cdf_area
>>> scene = cdf_area()
>>> [readout.texts[40] for readout in scene.readouts]
['1.075', '1.075', '1.075', '0.000']
""",
    "earth_mover.sample_bias": """
>>> from wganbook.figures import sample_bias
>>> scene = sample_bias([10, 40], {"line": [[0.1, 0.2], [0.05, 0.1]]}, seed=0)
>>> scene.sentence(1)
'n 40, EM, line 0.075'
""",
    "floors.falling_floors": """
>>> from wganbook.figures import falling_floors
>>> from wganlib.paper.floors import load_floors
>>> falling_floors(load_floors()).sentence(2)
'dimension 3, measured slope minus 0.345, theory minus 0.333, floor at 6,400 points 0.043'
""",
    "four_distances.shifted_gaussians": """
>>> from wganbook.figures import shifted_gaussians
>>> shifted_gaussians().sentence(16)
'd 2.000, EM 2.000, JS 0.337, TV 0.683, KL 2.000'
""",
    "four_distances.best_set": """
>>> from wganbook.figures import best_set
>>> best_set().sentence(4)
'k 4, P of A 0.75, Q of A 0.43, gap 0.32, TV 0.32'
""",
    "four_distances.coins": """
>>> from wganbook.figures import coins
>>> coins().sentence(0)
't 0.00, KL of P to Q infinite, KL of Q to P 0.693, JS 0.216, TV 0.500'
""",
    "four_distances.separated_boxes": """
>>> from wganbook.figures import separated_boxes
>>> scene = separated_boxes()
>>> scene.sentence(1)
's 0.05, EM 0.050, JS 0.035, TV 0.050, KL infinite'
>>> scene.sentence(60)
's 3.00, EM 3.000, JS 0.693, TV 1.000, KL infinite'
""",
    "four_distances.bounds": """
>>> from wganbook.figures import bounds
>>> scene = bounds(20, seed=0)
>>> scene.readouts[0].label, set(scene.readouts[0].values)
('pairs outside', {0.0})
""",
    "hierarchy.table_rows": """
>>> from wganbook.figures import table_rows
>>> table_rows()[0], len(table_rows())
('tilting scales', 8)
""",
    "hierarchy.goes_to_zero": """
>>> from wganbook.figures import goes_to_zero
>>> goes_to_zero("comb", "w1"), goes_to_zero("comb", "tv")
(True, False)
""",
    "hierarchy.table_of_sequences": """
>>> from wganbook.figures import table_of_sequences
>>> [r.values[-1] for r in table_of_sequences(3).readouts]
[2, 4, 6, 6, 7]
""",
    "hierarchy.ladder_of_sequences": """
>>> from wganbook.figures import ladder_of_sequences
>>> len(ladder_of_sequences().panels)
4
""",
    "images.ImageFilm": """
>>> from wganbook.figures.images import *
>>> import numpy as np
>>> ImageFilm(
...     np.array([0.0, 6.0]), np.zeros((2, 3, 4, 4), np.uint8), np.ones((2, 1)),
...     np.ones((2, 1)), 0.5, "score",
... ).unit
'score'
""",
    "images.film_of": """
>>> import numpy as np
>>> from wganlib.paper import images as image_experiments
>>> from wganbook.figures import film_of
>>> settings = {**image_experiments.experiment(5).settings, "looks": 1}
>>> part = {name: np.ones((1, 2)) for name in ("feature", "pixel", "covered")}
>>> part |= {name: np.ones((1, 10)) for name in ("critic_loss", "generator_loss")}
>>> part |= {"frames": np.zeros((1, 2, 3, 1, 4, 4), np.uint8), "feature_floor": np.array(2.0)}
>>> film_of("dcgan-wgan", settings, part).estimate.tolist()
[[nan], [-1.0]]
""",
    "images.image_film": """
>>> import numpy as np
>>> from wganbook.figures import ImageFilm, image_film
>>> film = ImageFilm(
...     np.array([0.0, 6.0]), np.zeros((2, 4, 4, 4), np.uint8), np.array([[2.0], [1.0]]),
...     np.array([[3.0], [1.5]]), 0.5, "score",
... )
>>> image_film(film, title="A film").sentence(1)
'updates 6, estimate 1.00000, exact EM 1.5'
""",
    "images.image_curves": """
>>> import numpy as np
>>> from wganbook.figures import ImageFilm, image_curves
>>> film = ImageFilm(
...     np.array([0.0, 6.0]), np.zeros((2, 4, 4, 4), np.uint8), np.array([[2.0], [1.0]]),
...     np.array([[3.0], [1.5]]), 0.5, "score",
... )
>>> image_curves({"MLP": film}, title="Curves", unit="score").sentence(0)
'updates 0, estimate, MLP 2.0000, EM, MLP 3.0'
""",
    "images.sample_grid": """
>>> import numpy as np
>>> from wganbook.figures import sample_grid
>>> sample_grid({"WGAN": np.zeros((2, 4, 3, 3), np.uint8)}, {"WGAN": [1, 2]}).sentence(1)
'seed 1, EM, WGAN 2.0'
""",
    "images.critic_optimisers": """
>>> import numpy as np
>>> from wganbook.figures import critic_optimisers
>>> half = {"RMSProp": np.full((2, 3, 4), 0.5)}
>>> critic_optimisers([0.1, 1.0], [1, 2, 3], half, half).sentence(0)
"critic's rate 0.1000, EM, RMSProp 0.50, cosine, RMSProp 0.50"
""",
    "learning_a_distribution.maximum_likelihood": """
>>> from wganbook.figures import maximum_likelihood
>>> maximum_likelihood(seed=1).readouts[1].values[0]
1.8027756377319946
""",
    "learning_a_distribution.curve_in_cells": """
>>> from wganbook.figures import curve_in_cells
>>> curve_in_cells().sentence(3)
'h 0.2500, cells that the circle meets 32, Gaussian mass of these cells 0.191,
KL from the Gaussian 1.807, KL from the other circle infinite'
""",
    "learning_a_distribution.noise_on_images": """
>>> import numpy as np
>>> from wganbook.figures import noise_on_images
>>> runs = {"network": [[0.0, 0.0], [2.0, 4.0], [1.0, 1.0]]}
>>> noise_on_images(
...     [0.0, 0.1, 0.2], np.zeros((4, 8, 8)), runs, runs, floor=1.0, seed=0
... ).sentence(1)
'σ 0.100, log-likelihood, network 3.0, EM, network 3.00, EM, real images 1.00'
""",
    "learning_a_distribution.along_a_generator": """
>>> from wganbook.figures import along_a_generator
>>> along_a_generator([0.0, 0.5, 1.0], [[0, 0], [1, 0], [1, 2]]).sentence(2)
'z 1.00, x 1.000, y 2.000, length from the start 3.000'
""",
    "lipschitz.lipschitz_cone": """
>>> from wganbook.figures import lipschitz_cone
>>> scene = lipschitz_cone()
>>> scene.sentence(0), scene.sentence(12)
('K 0.3, share of tips that fail 1.000', 'K 1.5, share of tips that fail 0.000')
""",
    "lipschitz.clipping_race": """
>>> from wganbook.figures.lipschitz import *
>>> scene = clipping_race([1, 10], {"c = 1": ([0.1, 1.0], [0.0, 0.5])})
>>> scene.sentence(1)
'step 10, value for c = 1 1.00, at limit for c = 1 0.50'
""",
    "lipschitz.weight_histograms": """
>>> from wganbook.figures.lipschitz import *
>>> scene = weight_histograms([0, 5], {"clipping": [[-0.5, 0.1, 1.0], [-1.0, 1.0, 1.0]]})
>>> scene.sentence(1)
'step 5, in the outer bars for clipping 1.00'
""",
    "lipschitz.fading_signal": """
>>> from wganbook.figures.lipschitz import *
>>> scene = fading_signal(
...     [0.01, 0.1], [[1e-4, 1e-2], [0.1, 1]], [[1e-3, 0.1], [1, 1]], [3, 6],
...     [[1e-4, 1e-8], [0.1, 0.01]],
... )
>>> scene.sentence(0)
'c 0.010, decades a layer before minus 2.00, after minus 2.00'
""",
    "lipschitz.critic_gallery": """
>>> from wganbook.figures.lipschitz import *
>>> scene = critic_gallery(
...     {"exact": [[0.0, 1.0]], "clipping": [[0.5, 0.0]]}, {"exact": 1.0, "clipping": 0.5},
...     [[1.0, 0.0]], [[-1.0, 0.0]],
... )
>>> scene.sentence(1)
'rule 2, share of EM 0.50'
""",
    "potentials.folded_critics": """
>>> from wganbook.figures.potentials import *
>>> scene = folded_critics(
...     [-1.0, 0.0, 1.0], {"potential": [1.0, 0.0, 1.0], "ReLU": [0.5, 0.0, 0.5]},
...     {"potential": 1.0, "ReLU": 0.5},
... )
>>> scene.sentence(1)
'critic 2, share of EM 0.50, steepest here 0.50'
""",
    "potentials.solvers_by_dimension": """
>>> from wganbook.figures.potentials import *
>>> scene = solvers_by_dimension(
...     [2, 32], {"clipping": [0.8, 0.5], "penalty": [0.9, 0.7]},
...     {"clipping": [0.6, 0.3], "penalty": [0.8, 0.75]},
... )
>>> scene.sentence(1)
'd 32, largest cosine 0.70, largest share 0.75'
""",
    "mode_collapse.mode_shares": """
>>> from wganbook.figures.mode_collapse import *
>>> mode_shares([[0.0, 0.1], [0.4, 0.0], [9.0, 9.0]], [[0, 0], [1, 1]]).round(3)
array([0.667, 0.333])
""",
    "mode_collapse.forgotten_modes": """
>>> from wganbook.figures.mode_collapse import *
>>> forgotten_modes([[0.0, 0.1], [0.1, 0.0]], [[0, 0], [1, 1], [2, 2]]).tolist()
2
""",
    "mode_collapse.two_modes": """
>>> from wganbook.figures import two_modes
>>> two_modes(3).sentence(0).removeprefix("s₀ 0.05, ")
'best share against the frozen discriminator 1, against the frozen critic 1'
""",
    "mode_collapse.Collapse": """
>>> from wganbook.figures.mode_collapse import *
>>> import numpy as np
>>> Collapse(
...     steps=np.array([0, 5]), freed=5, generated=np.zeros((2, 1, 3, 2)),
...     judge=np.zeros((2, 4, 4)), reach=2.0,
... ).freed
5
""",
    "mode_collapse.collapse_film": """
>>> from wganbook.figures.mode_collapse import *
>>> import numpy as np
>>> spot = np.zeros((2, 1, 3, 2))
>>> film = Collapse(np.array([0, 5]), 5, spot, np.zeros((2, 4, 4)), 2.0)
>>> collapse_film({"critic": film}, [[0.0, 0.0], [1.0, 1.0]]).sentence(1)
'step 5, modes forgotten, critic 1'
""",
    "network_constants.Constants": """
>>> from wganlib import MLP
>>> from wganbook.figures import Constants, layer_constants_of
>>> found = layer_constants_of(MLP([1, 4, 2], seed=[0, 1]), [[0.0], [1.0]])
>>> isinstance(found, Constants), found.local.shape, found.factor.shape
(True, (2, 2), (2,))
""",
    "network_constants.layer_constants_of": """
>>> from wganlib import MLP
>>> from wganbook.figures import layer_constants_of
>>> found = layer_constants_of(MLP([1, 8, 2], seed=0, dtype="float64"), [[-2.0], [2.0]])
>>> bool((found.local <= 3 * found.factor[:, None]).all())
True
""",
    "network_constants.layer_constants": """
>>> from wganbook.figures import layer_constants
>>> layer_constants(2, width=4, seeds=2, n=8).readouts[0].label
'mean of L'
""",
    "network_constants.running_means": """
>>> from wganbook.figures import running_means
>>> [r.label for r in running_means(2, decades=2).readouts]
['Gaussian, least', 'Gaussian, most', 'Cauchy, least', 'Cauchy, most']
""",
    "optimal_critic.perfect_discriminator": """
>>> from wganbook.figures.optimal_critic import *
>>> from wganlib import Gaussian
>>> perfect_discriminator([0.0, 1.0], Gaussian(-2.0, 1.0), Gaussian(2.0, 1.0)).tolist()
[0.0, -4.0]
""",
    "optimal_critic.perfect_critic": """
>>> from wganbook.figures.optimal_critic import *
>>> from wganlib import Gaussian
>>> perfect_critic([0.0, 1.0], Gaussian(-2.0, 1.0), Gaussian(2.0, 1.0)).tolist()
[0.0, -1.0]
>>> perfect_critic([-1.0, 0.0, 1.0], Gaussian(0.0, 1.0), Gaussian(0.0, 4.0)).tolist()
[-1.0, 0.0, -1.0]
""",
    "optimal_critic.perfect_judges": """
>>> from wganbook.figures import perfect_judges
>>> perfect_judges().sentence(14)
'd 4.00, EM 4.00, D* at the generated mean 0.00033535, its gradient 0.00134140, the critic 1'
""",
    "optimal_critic.kinked_potential": """
>>> from wganbook.figures import kinked_potential
>>> kinked_potential().sentence(0)
'σ 0.40, EM 1.024, kink at 1.17'
""",
    "optimal_critic.judges_in_training": """
>>> import wganlib as wg
>>> from wganbook.figures import judges_in_training
>>> bells = wg.Gaussian(-2.0, 1.0), wg.Gaussian(2.0, 1.0)
>>> x = [-2.0, 0.0, 2.0]
>>> looked = {"seed": 0, "steps": 3, "probe": x, "record_at": [0, 1, 3]}
>>> judges = [wg.train_critic(wg.MLP([1, 4, 1], seed=0), *bells, **looked) for _ in range(4)]
>>> [round(step) for step in judges_in_training(x, *judges, *bells).slider.values]
[0, 1, 3]
""",
    "optimal_critic.clip_values": """
>>> import wganlib as wg
>>> from wganbook.figures import clip_values
>>> bells = wg.Gaussian(-2.0, 1.0), wg.Gaussian(2.0, 1.0)
>>> trained = wg.train_critic(
...     wg.MLP([1, 4, 1], seed=[0, 1]), *bells, seed=[0, 1], steps=9, probe=[-2.0, 0.0, 2.0],
...     record_at=[9], lipschitz=wg.WeightClipping([0.01, 0.1]),
... )
>>> scene = clip_values([-2.0, 0.0, 2.0], [0.01, 0.1], trained, *bells, hidden=4)
>>> scene.slider.texts
['0.010', '0.100']
""",
    "optimal_critic.moved_origin": """
>>> import wganlib as wg
>>> from wganbook.figures import moved_origin
>>> trained = [
...     wg.train_critic(
...         wg.MLP([1, 4, 1], seed=0), wg.Gaussian(s - 2.0, 1.0), wg.Gaussian(s + 2.0, 1.0),
...         seed=0, steps=9, probe=[s - 2, s, s + 2], record_at=[9],
...     )
...     for s in (0.0, 5.0)
... ]
>>> moved_origin([-2.0, 0.0, 2.0], [0.0, 5.0], trained).readouts[0].texts
['4.000', '4.000']
""",
    "optimal_critic.critic_steps": """
>>> from wganbook.figures import critic_steps
>>> em = {"one": [[2.0, 2.5], [1.0, 1.5]], "other": [[1.0, 1.0], [2.0, 2.0]]}
>>> drawn = {"one": [[[0.0, 1.0]], [[1.0, 0.0]]]}
>>> scene = critic_steps(em, drawn, [1, 25], [[0, 1], [1, 0]], floor=0.3)
>>> [panel.title for panel in scene.panels]
['one', 'EM at the end']
""",
    "parallel_lines.sliding_lines": """
>>> from wganbook.figures import sliding_lines
>>> scene = sliding_lines(atoms=8)
>>> scene.sentence(50)
'θ 0.250, EM 0.250, JS 0.693, TV 1.000, KL infinite'
""",
    "parallel_lines.descend": """
>>> from wganbook.figures import descend
>>> descend("em", 0.35, rate=0.1, steps=3).round(6)
array([0.35, 0.25, 0.15, 0.05])
>>> descend("js", 0.3, rate=0.1, steps=3)
array([0.3, 0.3, 0.3, 0.3])
""",
    "parallel_lines.descent_race": """
>>> from wganbook.figures import descent_race
>>> descent_race(steps=20).sentence(20)
'step 20, θ by EM 0.030, θ by JS 0.830, θ by TV 0.830, θ by KL 0.830'
""",
    "parallel_lines.crossing_segments": """
>>> from wganbook.figures import crossing_segments
>>> crossing_segments(atoms=8).sentence(36)
'angle 90, EM 0.354, JS 0.693, TV 1.000, KL infinite'
""",
    "parallel_lines.vanishing_sequences": """
>>> from wganbook.figures import vanishing_sequences
>>> vanishing_sequences().sentence(39)
'n 40, EM of 1/n 0.025, 0-1 of 1/n 1, 0-1 of the other 0'
""",
    "relatives.function_classes": """
>>> from wganbook.figures import function_classes
>>> function_classes(3).sentence(2)
'θ 0.2, bounded 0.800, Lipschitz 0.200, both 0.200, kernel ball 0.349'
""",
    "relatives.allowed_slope": """
>>> from wganbook.figures import allowed_slope
>>> allowed_slope(4).sentence(0)
'K 0.10, value 0.120, K · EM 0.120, 2 TV 2.000'
""",
    "relatives.line_energy": """
>>> from wganbook.figures import line_energy
>>> round(line_energy(1.0), 6), round(line_energy(0.01), 6)
(0.92431, 0.024866)
""",
    "relatives.bandwidths": """
>>> from wganbook.figures import bandwidths
>>> bandwidths(4).sentence(1)
'σ 0.200, share of the ceiling at θ = 1 1.0000, slope there 0.0000'
""",
    "relatives.energies": """
>>> from wganbook.figures import energies
>>> energies([1, 9], [0.0, 1.0], {"a": [[0, 1], [0, 2]]}, {"a": [[1], [0.5]]}, theta=1).title
'What an energy network says of the way back'
""",
    "relatives.moment_matching": """
>>> import numpy as np
>>> from wganbook.figures import moment_matching
>>> moment_matching(
...     [2, 8], np.zeros((2, 5, 2)), [[1.0, 3.0], [0.5, 0.5]], [[0.0, 1.0]], others={"a": [1.0]}
... ).sentence(0)
'batch 2, mean EM 2.000'
""",
    "relatives.blurred_plan": """
>>> from wganbook.figures import blurred_plan
>>> blurred_plan(2).sentence(1).split(", ")[0]
'ε 5.000'
""",
    "relatives.batch_valleys": """
>>> from wganbook.figures import batch_valleys
>>> batch_valleys([1, 2], [0.5, 1.0], [[[1, 2]], [[1, 2]]], [[[2, 1]], [[2, 1]]]).sentence(0)
'd 1, best spread by EM of batches 0.50, by MMD 1.00'
""",
    "few_points.fooled_critics": """
>>> import numpy as np
>>> from wganbook.figures import fooled_critics
>>> both = np.array([[0.0, 0.2], [0.0, 0.1]])
>>> scores = {"own": both, "others": both + 0.1, "em": both + 1}
>>> fooled_critics(np.eye(2), [1, 2], np.eye(2), scores).sentence(1).split(", ")[:2]
['m 2', 'points chosen 1']
""",
    "other_duals.one_function": """
>>> from wganbook.figures import one_function
>>> one_function(most=1).sentence(0)
'stops 0, cost = distance: share proved 1.000, cost = squared distance: share proved 0.607'
""",
    "other_duals.variational_bounds": """
>>> from wganbook.figures import variational_bounds
>>> variational_bounds([0.75, 0.25], [0.5, 0.5]).sentence(1)
'degree 1, bound of KL 0.131, bound of JS 0.034, bound of TV 0.250'
""",
    "spot_the_bug.patient_figure": """
>>> from wganbook.figures.spot_the_bug import *
>>> import wganlib as wg
>>> small = dict(seeds=[0], looks=(1, 2), width=4, measured=64)
>>> ring = wg.ring_of_gaussians()
>>> both = {name: examine(ring, lipschitz=rule, **small) for name, rule in HEALTHY.items()}
>>> patient_figure(4, admit(4, ring, **small), both).title
'Patient 4, meant to clip: a training, step by step'
""",
    "spot_the_bug.chart_figure": """
>>> from wganbook.figures.spot_the_bug import *
>>> import wganlib as wg
>>> small = dict(seeds=[0, 1], looks=(1, 3), width=8, measured=64)
>>> scene = chart_figure(examine(wg.ring_of_gaussians(), **small), "A patient")
>>> [panel.title for panel in scene.panels][:2]
['Real and generated points', 'What is reported, and the truth']
""",
    "training_a_wgan.Recording": """
>>> from wganbook.figures.training_a_wgan import *
>>> import numpy as np
>>> Recording(
...     steps=np.array([1, 2]), real=np.zeros((3, 2)), generated=np.ones((2, 3, 2)),
...     critic=np.zeros((2, 4, 4)), estimate=np.array([0.5, 0.4]), em=np.ones(2),
...     floor=0.1, reach=2.0,
... ).em
array([1., 1.])
""",
    "training_a_wgan.training_film": """
>>> from wganbook.figures.training_a_wgan import *
>>> import numpy as np
>>> steps, spot = np.array([1, 2]), np.zeros((2, 1, 2))
>>> film = Recording(
...     steps, spot[0], spot, np.zeros((2, 4, 4)), 0.5 / steps, 1.0 / steps, 0.1, 2.0
... )
>>> training_film(film).sentence(1)
'step 2, exact EM 0.500, estimate over K 0.250, floor 0.100'
""",
    "training_a_wgan.estimates_against_em": """
>>> from wganbook.figures.training_a_wgan import *
>>> import numpy as np
>>> em = np.array([[2.0, 1.8], [1.0, 0.8]])
>>> scene = estimates_against_em(np.array([10, 20]), {"clipping": (em, em / 2)})
>>> scene.sentence(1)
'step 20, share for clipping 0.50'
""",
    "training_a_wgan.minibatch_scale": """
>>> from wganbook.figures import minibatch_scale
>>> figure = minibatch_scale([0.5, 1.0], {"64 points": [0.6, 0.5]}, size=4, seed=0)
>>> figure.sentence(1)
'scale 1.00, 64 points 0.500'
""",
    "why_gans_are_hard.judges_of_slope": """
>>> from wganbook.figures import judges_of_slope
>>> judges_of_slope().sentence(10)
'a 2.0, L minus 0.713, bound minus 0.713, gap 0.000'
""",
    "why_gans_are_hard.discriminator_film": """
>>> from wganbook.figures import discriminator_film
>>> scene = discriminator_film(
...     [1, 10], [[[0.5, 0.5]], [[1.0, 0.0]]], (0, 1, 0, 1), [[0.2, 0.5]], [[0.8, 0.5]],
...     [[[0.1, 0.0]], [[0.0, 0.0]]], {"minimax": [[0.1, 0.1], [0.001, 0.001]]},
... )
>>> scene.sentence(1)
'steps 10, log₁₀ minimax minus 3.00'
""",
    "why_gans_are_hard.dilemma": """
>>> from wganbook.figures import dilemma
>>> scene = dilemma([1, 9], {"minimax": [[1, 1], [0.1, 0.1]]}, {"minimax": [[0, 0], [1, 1]]})
>>> scene.sentence(1)
'steps 9, log₁₀ size, minimax minus 1.00, cosine, minimax 1.00'
""",
    "why_gans_are_hard.heavy_tails": """
>>> import numpy as np
>>> from wganbook.figures import heavy_tails
>>> ratio = np.tan(np.pi * (np.arange(9999) + 0.5) / 9999 - np.pi / 2)
>>> heavy_tails([1, 2], {"ratio": [ratio, ratio]}).sentence(0)
'steps 1, 99 % quantile over median, ratio 63.0, Gaussian 3.8, Cauchy 63.7'
""",
}
