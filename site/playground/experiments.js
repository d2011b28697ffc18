// The experiments: those of the course. Each has settings, a question with a word for each answer, remedies that play
// beside it with the same seed, the step at which the answer shows and the game pauses, and the section of the lesson in
// which to read on. A title says what is set, and not what will happen: that is asked.
(function (P) {
  "use strict";

  const SIX = "06_when_training_fails.html";
  const SWARM = { dRate: 0.004, gRate: 0.004, dMomentum: 0.9, gMomentum: 0.9 };

  const ALONE = "D judges each sample alone and, when almost frozen, does not learn to mark the crowd as fake.";

  // A small circle in a corner, of points that an address can hold exactly
  const exact = (value) => Math.round(1024 * value) / 1024;
  const FAR = Array.from({ length: 16 }, (_, i) => {
    return [P.cos, P.sin].map((part) => exact(1.1 + 0.25 * part((Math.PI * i) / 8)));
  });

  const EXPERIMENTS = {
    hills: {
      title: "Eight hills",
      about: "eight clusters in a ring",
      pause: 4000,
      settings: { dRate: 0.004, gRate: 0.004, fade: 4000 },
      question: "The generator G makes points; the discriminator D learns to tell them from real ones. The real points lie on eight hills, and G begins with one blob in the middle. How will it find them?",
      choices: [
        ["All eight hills, then it gets sharp", true, "The blob first spreads into a ring that touches all hills. Only later do samples leave the gaps."],
        ["One hill after the other", false, "D sees all hills from the start, so samples are pulled to all of them at once."],
        ["The hills never, since D sees through it", false, "D’s map tells G in which direction to go: follow the arrows."],
      ],
      remedies: [{ title: "rates that do not fade", change: { fade: 0 } }],
      said: "Wait for 4,000 steps; before that they look alike. Run B finds the same hills. But its steps stay large, so more of its samples lie between them.",
      lesson: [`${SIX}#ten-remedies-one-table`, "Ten remedies, one table"],
    },
    dirac: {
      title: "The Dirac-GAN",
      about: "one real point, one generated point",
      pause: 400,
      settings: { data: "point", dKind: "sgd", gKind: "sgd", dRate: 0.1, gRate: 0.1 },
      speed: "calm",
      question: "The smallest GAN: one real point, and G makes one point. D is a plane that tilts. Where does G’s point go?",
      choices: [
        ["It stops on the real point", false, "Each player answers the other, and none of their answers leads to the middle."],
        ["It goes around the real point for ever", true, "At each place the two players together move at a right angle to the way home."],
        ["It flies away", false, "That happens if both players move at once. Here they take turns."],
      ],
      remedies: [{ title: "with the R1 penalty", change: { r1: 0.5 } }],
      said: "R1 makes D pay for its slope at the real points. So D becomes flat there, and pushes G less and less: the circle shrinks to a point.",
      lesson: [`${SIX}#two-numbers-that-decide`, "Two numbers that decide"],
    },
    swarm: {
      title: "Adam as Keras sets it",
      about: "both players with momentum β₁ = 0.9",
      pause: 1000,
      settings: SWARM,
      question: "Both players use Adam with momentum β₁ = 0.9, Keras’ default. What will the samples do?",
      choices: [
        ["Settle on the eight hills, a little later", false, "Momentum carries both players past the place where they should stop."],
        ["Stay together and jump from place to place", true, "D marks the place where they are, all flee together, and D follows. Lesson 06 calls this a swarm that never rests."],
        ["Stand still", false, "The arrows stay long: there is plenty of gradient. It leads nowhere."],
      ],
      remedies: [{ title: "no momentum", change: { dMomentum: 0, gMomentum: 0 } }],
      said: "One argument, beta_1=0, was the best single remedy of lesson 06.",
      lesson: [`${SIX}#round-and-round-a-gan-that-never-rests`, "A GAN that never rests"],
    },
    collapse: {
      title: "Unequal learning rates",
      about: "D almost stops, G becomes fast",
      pause: 1800,
      settings: { calm: 1000, dRate: 0.00001, gRate: 0.02, gMomentum: 0.9 },
      question: "For 1,000 steps both players learn evenly. Then D almost stops, and G becomes fast. What happens to the samples?",
      choices: [
        ["They blur and fly away", false, `For a long time they stay on one hill, because D’s map hardly changes. Only much later do they leave it. ${ALONE}`],
        ["They get sharp, but all on one hill", true, `This is mode collapse: high quality, no variety. For a long time they stay on one hill, because D’s map hardly changes. Only much later do they leave it. ${ALONE}`],
        ["They cover all hills, sharper than before", false, `Sharper they get, but nothing keeps them apart. ${ALONE}`],
      ],
      remedies: [{ title: "D goes on learning", change: { dRate: 0.004 } }],
      said: "In run B, D marks the crowded hill as fake, and the crowd breaks up. Watch both numbers: quality alone would praise the collapse.",
      lesson: [`${SIX}#mode-collapse-sharp-and-always-the-same`, "Mode collapse"],
    },
    vanish: {
      title: "A head start for D",
      about: "D learns alone, then comes the minimax loss",
      pause: 900,
      settings: { data: "drawn", objective: "minimax", dRate: 0.004, ahead: 500, gKind: "sgd", gRate: 0.001 },
      drawn: FAR,
      question: "The data lies far from G’s samples. D learns alone for 500 steps. Then G begins, with the minimax loss. What will G do?",
      choices: [
        ["Run to the data, since D is so good", false, "D’s slope is steep, but this loss multiplies it by D(G(z)), which is almost 0."],
        ["Hardly move", true, "At first G hardly moves: the arrows are too short to see. Much later it does arrive. This is the vanishing gradient: a teacher who is sure that everything is wrong teaches almost nothing."],
        ["Run away from the data", false, "The direction is right. It is the length of the arrows that vanishes."],
      ],
      remedies: [{ title: "the non-saturating loss", change: { objective: "non_saturating" } }],
      said: "G takes plain gradient descent here. Adam would divide by the size of the gradient and hide how small it is.",
      lesson: [`${SIX}#vanishing-gradients-a-teacher-who-is-too-good`, "Vanishing gradients"],
    },
    strong: {
      title: "A much faster D",
      about: "five large steps of D for each small one of G",
      pause: 1000,
      settings: { dRate: 0.02, gRate: 0.0003, k: 5 },
      question: "D takes five large steps for each small one of G, so D is always nearly perfect. Is that good for G?",
      choices: [
        ["Yes, a better judge teaches better", false, "Its map gets steep walls: the arrows are long, and jump from one place to another."],
        ["No: G loses hills, one after the other", true, "D’s map gets steep walls. Samples are pushed from hill to hill, and some hills are left for good."],
        ["It makes no difference", false, "Compare the arrows and the modes of both runs."],
      ],
      remedies: [{ title: "R1 keeps D smooth", change: { r1: 0.3 } }],
      said: "R1 is a penalty on D’s slope at the real points. With it G keeps all hills, though they are not sharp yet.",
      lesson: [`${SIX}#the-doctor-s-table`, "The doctor’s table"],
    },
    k: {
      title: "How many steps of D?",
      about: "k = 1 or k = 5",
      pause: 1000,
      settings: { dRate: 0.004, gRate: 0.004, fade: 4000 },
      question: "Algorithm 1 of the first GAN paper lets D take k steps before each step of G. Is more always better?",
      choices: [
        ["Yes: D comes closer to the best D", false, "It does, but every step of G then costs more work."],
        ["It costs more, and helps only if D lags behind", true, "One round with k = 5 is five steps of D and one of G: six steps instead of two."],
        ["No: G learns nothing then", false, "G does learn, look at its samples."],
      ],
      remedies: [{ title: "k = 5", change: { k: 5 } }],
      said: "At the same step B may lead. Divide by the work: six steps in each of its rounds, against two.",
      lesson: ["04_the_training_algorithm.html#how-large-should-k-be", "How large should k be?"],
    },
    critic: {
      title: "The critic of Wasserstein",
      about: "nothing limits its slope",
      pause: 300,
      settings: { objective: "wasserstein", ahead: 300, dRate: 0.004, gRate: 0.004 },
      question: "The Wasserstein objective. The critic learns alone for 300 steps, and nothing holds it back. What will its loss do?",
      choices: [
        ["Approach the distance between the two sets", false, "Only if the critic’s slope is at most 1. Nothing limits it here."],
        ["Fall and fall", true, "Twice the scores is twice the gain, so the critic makes its slope steeper for ever."],
        ["Stay at 2 log 2, which is 1.39", false, "That is the cross-entropy of a D that cannot decide."],
      ],
      remedies: [{ title: "with a gradient penalty", change: { gp: 0.1 } }],
      said: "The penalty pulls the length of the critic’s gradient to 1.",
      lesson: ["08_other_objectives.html#two-ways-to-limit-the-slope", "Two ways to limit the slope"],
    },
    drawing: {
      title: "Your own data",
      about: "draw with mouse, finger or keys",
      pause: 2000,
      settings: { data: "drawn", dRate: 0.004, gRate: 0.004, fade: 8000 },
      drawn: [],
      question: "Draw in the picture, then press Run. Thin lines and far islands are hard: why?",
      choices: [
        ["G is a continuous function of its noise", true, "It can stretch and fold a cloud, but not tear it: between islands some samples remain."],
        ["D does not see them", false, "D sees all of the data. Look at its map."],
        ["There are too few points", false, "D draws from them again and again. The shape is the difficulty."],
      ],
      lesson: ["04_the_training_algorithm.html#the-players", "The players"],
    },
  };

  P.EXPERIMENTS = EXPERIMENTS;
})((globalThis.Playground = globalThis.Playground || {}));
