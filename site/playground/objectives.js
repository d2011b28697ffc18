// What the players minimize: those of gan_course.objectives, with the same names. Each has three parts, for the score of
// a real sample, of a generated one, and of a generated one as the generator sees it. A part is a pair of the loss and
// of its slope. A loss of a batch is the mean over its samples.
(function (P) {
  "use strict";

  const { softplus, sigmoid } = P;

  const CROSS_ENTROPY = {
    real: [(s) => softplus(-s), (s) => -sigmoid(-s)],
    fake: [softplus, sigmoid],
  };
  const RAISE = [(s) => -s, () => -1];

  const OBJECTIVES = {
    non_saturating: {
      title: "Non-saturating",
      ...CROSS_ENTROPY,
      generator: [(s) => softplus(-s), (s) => -sigmoid(-s)],
    },
    minimax: {
      title: "Minimax (saturating)",
      ...CROSS_ENTROPY,
      generator: [(s) => -softplus(s), (s) => -sigmoid(s)],
    },
    least_squares: {
      title: "Least squares",
      real: [(s) => 0.5 * (s - 1) * (s - 1), (s) => s - 1],
      fake: [(s) => 0.5 * s * s, (s) => s],
      generator: [(s) => 0.5 * (s - 1) * (s - 1), (s) => s - 1],
    },
    hinge: {
      title: "Hinge",
      real: [(s) => Math.max(0, 1 - s), (s) => (s < 1 ? -1 : 0)],
      fake: [(s) => Math.max(0, 1 + s), (s) => (s > -1 ? 1 : 0)],
      generator: RAISE,
    },
    wasserstein: {
      title: "Wasserstein",
      real: RAISE,
      fake: [(s) => s, () => 1],
      generator: RAISE,
    },
  };

  // The mean loss of scores. The gradient with respect to each score goes into `slopes`.
  function meanLoss([loss, slope], scores, slopes) {
    let sum = 0;
    for (let i = 0; i < scores.length; i++) {
      sum += loss(scores[i]);
      slopes[i] = slope(scores[i]) / scores.length;
    }
    return sum / scores.length;
  }

  Object.assign(P, { OBJECTIVES, meanLoss });
})((globalThis.Playground = globalThis.Playground || {}));
