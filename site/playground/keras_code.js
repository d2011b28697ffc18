// A run as a Python program that plays the same game with gan_course and Keras.
(function (P) {
  "use strict";

  const list = (layers, units) => `(${Array(layers).fill(units).join(", ")}${layers === 1 ? "," : ""})`;
  const python = (number) => String(number).replace("e-", "e-0").replace("e-00", "e-0");

  const decimal = (number) => (Number.isInteger(number) ? `${number}.0` : python(number));

  const DATA = {
    ring: { load: ["points = data.ring(COUNT, std=0.05, seed=SEED)"], centers: "data.ring_centers(8)" },
    grid: {
      load: ["points = data.grid(COUNT, side=3, spacing=1.0, std=0.05, seed=SEED)"],
      centers: "data.grid_centers(3, spacing=1.0)",
    },
    line: {
      load: [
        "rng = np.random.default_rng(SEED)",
        "x = rng.uniform(-1, 1, COUNT)",
        "points = np.stack([x, x / 2], axis=1) + rng.normal(0, 0.05, (COUNT, 2))",
      ],
    },
    moons: {
      load: [
        "from sklearn.datasets import make_moons",
        "",
        "points = (make_moons(COUNT, noise=0.0625, random_state=SEED)[0] - [0.5, 0.25]) / 1.25",
      ],
    },
    point: { load: ["points = np.zeros((COUNT, 2))"] },
  };

  function drawnData(points) {
    const rows = [];
    const pairs = points.map(([x, y]) => `(${x.toFixed(2)}, ${y.toFixed(2)})`);
    for (let i = 0; i < pairs.length; i += 6) rows.push(`    ${pairs.slice(i, i + 6).join(", ")},`);
    return {
      load: [
        "DRAWN = np.array([", ...rows, "])",
        "rng = np.random.default_rng(SEED)",
        "points = DRAWN[rng.integers(len(DRAWN), size=COUNT)] + rng.normal(0, 0.05, (COUNT, 2))",
      ],
      centers: "DRAWN",
    };
  }

  function networks(s) {
    if (s.data === "point") return diracNetworks();
    const clip = s.clip ? `, constraint=networks.WeightClipping(${python(s.clip)})` : "";
    const lines = [
      `generator = networks.mlp_generator((2,), latent_dim=${s.latent}, units=${list(s.gLayers, s.gUnits)})`,
      `discriminator = networks.mlp_discriminator((2,), units=${list(s.dLayers, s.dUnits)}${clip})`,
    ];
    return s.deviation ? [...lines, ...withDeviation(s)] : lines;
  }

  function withDeviation(s) {
    const limit = `networks.WeightClipping(${python(s.clip)})`;
    const held = s.clip ? `, kernel_constraint=${limit}, bias_constraint=${limit}` : "";
    return [
      "discriminator = keras.Sequential(",
      "    [",
      "        keras.Input((2,)),",
      "        *discriminator.layers[:-1],",
      "        networks.MinibatchStandardDeviation(),",
      `        keras.layers.Dense(1${held}),`,
      "    ]",
      ")",
    ];
  }

  function diracNetworks() {
    return [
      "generator = keras.Sequential([keras.Input((1,)), keras.layers.Rescaling(0.0), keras.layers.Dense(2)])",
      "discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])",
      "generator.layers[-1].bias.assign([1.0, 0.0])  # the point that G makes",
      "discriminator.layers[-1].kernel.assign([[0.0], [1.0]])  # the direction in which D's score grows",
    ];
  }

  function optimizer(s, player, steps) {
    const [kind, rate, momentum] = [s[`${player}Kind`], s[`${player}Rate`], s[`${player}Momentum`]];
    const value = s.fade ? `keras.optimizers.schedules.CosineDecay(${python(rate)}, ${steps})` : python(rate);
    if (kind === "sgd") {
      const average = player === "g" && s.average ? ", use_ema=True, ema_momentum=0.998" : "";
      return `keras.optimizers.SGD(${value}, momentum=${decimal(momentum)}${average})`;
    }
    if (player === "g" && s.average) return `AveragingAdam(${value}, beta_1=${python(momentum)})`;
    return `keras.optimizers.Adam(${value}, beta_1=${python(momentum)})`;
  }

  function compile(s) {
    const lines = [
      "gan.compile(",
      `    ${optimizer(s, "d", s.k === 1 ? "STEPS" : `STEPS * ${s.k}`)},`,
      `    ${optimizer(s, "g", "STEPS")},`,
      `    objective="${s.objective}",`,
    ];
    if (s.gp) lines.push(`    gradient_penalty_weight=${python(s.gp)},`);
    if (s.r1) lines.push(`    r1_weight=${python(s.r1)},`);
    if (s.k > 1) lines.push(`    d_steps=${s.k},`);
    return [...lines, ")"];
  }

  // While D learns alone, G's rate is 0.
  function fit(s) {
    const batch = s.k === 1 ? "BATCH" : `${s.k} * BATCH`;
    if (!s.ahead || s.data === "point") return [`gan.fit(points, batch_size=${batch}, verbose=2)`];
    return [
      "gan.optimizer.g.learning_rate = 0.0  # D learns alone at first",
      `gan.fit(points[: ${s.ahead} * ${batch}], batch_size=${batch}, verbose=2)`,
      `gan.optimizer.g.learning_rate = ${python(s.gRate)}`,
      `gan.fit(points, batch_size=${batch}, verbose=2)`,
    ];
  }

  // A calm start: both players at the same low rate, without momentum. Then `compile` gives them new optimizers.
  function start(s) {
    if (!s.calm || s.data === "point") return [];
    const calm = { dKind: "adam", gKind: "adam", dRate: 0.001, gRate: 0.001, dMomentum: 0, gMomentum: 0, fade: 0, average: false };
    const batch = s.k === 1 ? "BATCH" : `${s.k} * BATCH`;
    return [...compile({ ...s, ...calm }), `gan.fit(points[: ${s.calm} * ${batch}], batch_size=${batch}, verbose=2)`];
  }

  function kerasCode(settings, drawn, steps) {
    const s = settings.ahead ? { ...settings, fade: 0 } : settings;
    const { load, centers } = s.data === "drawn" ? drawnData(drawn) : DATA[s.data];
    const uses = load.join().includes("data.") || centers ? "data, networks" : "networks";
    const score = centers ? [`print(mode_coverage(samples, ${centers}, std=0.05))`] : [];
    return [
      "import keras",
      "import matplotlib.pyplot as plt",
      "import numpy as np",
      "",
      `from gan_course import ${uses}`,
      "from gan_course.gan import GAN",
      ...(centers ? ["from gan_course.metrics import mode_coverage"] : []),
      ...(s.average && s.gKind === "adam" ? ["from gan_course.optimizers import AveragingAdam"] : []),
      "",
      `SEED, STEPS, BATCH = ${s.seed}, ${s.fade || steps}, ${s.batch}`,
      s.k === 1 ? "COUNT = STEPS * BATCH" : `COUNT = STEPS * ${s.k} * BATCH  # D takes ${s.k} steps for each of G's`,
      "keras.utils.set_random_seed(SEED)",
      "",
      ...load,
      "points = points.astype(\"float32\")",
      "",
      ...networks(s),
      "",
      "gan = GAN(generator, discriminator, seed=SEED)",
      ...start(s),
      ...compile(s),
      ...fit(s),
      "",
      "samples = gan.generate(2500, seed=1)",
      ...score,
      "plt.scatter(*points[:1000].T, s=4, color=\"#111111\", label=\"real\")",
      "plt.scatter(*samples[:1000].T, s=4, color=\"#009E73\", label=\"generated\")",
      "plt.legend()",
      "plt.show()",
      "",
    ].join("\n");
  }

  P.kerasCode = kerasCode;
})((globalThis.Playground = globalThis.Playground || {}));
