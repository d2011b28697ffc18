// The real points: ring, grid, line, two moons, one point, or points that the reader has drawn.
(function (P) {
  "use strict";

  const STD = 0.05;

  function ring() {
    return Array.from({ length: 8 }, (_, i) => [P.cos((Math.PI * i) / 4), P.sin((Math.PI * i) / 4)]);
  }

  function grid() {
    return Array.from({ length: 9 }, (_, i) => [(i % 3) - 1, Math.floor(i / 3) - 1]);
  }

  function line() {
    return Array.from({ length: 21 }, (_, i) => [i / 10 - 1, (i / 10 - 1) / 2]);
  }

  // The two half circles of scikit-learn's make_moons, moved to the middle.
  function moons() {
    const angles = Array.from({ length: 15 }, (_, i) => (Math.PI * i) / 14);
    const outer = angles.map((a) => [P.cos(a), P.sin(a)]);
    const inner = angles.map((a) => [1 - P.cos(a), 0.5 - P.sin(a)]);
    return [...outer, ...inner].map(([x, y]) => [(x - 0.5) / 1.25, (y - 0.25) / 1.25]);
  }

  // Each set: its name for the reader, the middles of its parts, and what such a part is called.
  const SETS = {
    ring: { title: "Ring of eight hills", parts: "modes", centers: ring },
    grid: { title: "Grid of nine hills", parts: "modes", centers: grid },
    line: { title: "Line", parts: "pieces", centers: line },
    moons: { title: "Two moons", parts: "pieces", centers: moons },
    drawn: { title: "Your own drawing", parts: "points", centers: (points) => points },
    point: { title: "Dirac-GAN", parts: "points", centers: () => [[0, 0]] },
  };

  // A source of real points. `sample` fills an array with x, y, x, y, ….
  function makeData(name, drawn) {
    const set = SETS[name];
    const centers = set.centers(drawn && drawn.length ? drawn : [[0, 0]]);
    const std = name === "point" ? 0 : STD;
    return { ...set, centers, std: STD, sample: samplers[name] || around(centers, std) };
  }

  function around(centers, std) {
    return (random, out) => {
      for (let i = 0; i < out.length; i += 2) {
        const center = centers[random.integer(centers.length)];
        out[i] = center[0] + std * random.normal();
        out[i + 1] = center[1] + std * random.normal();
      }
      return out;
    };
  }

  // Points anywhere on a curve, not only around the middles of its pieces.
  function along(curve) {
    return (random, out) => {
      for (let i = 0; i < out.length; i += 2) {
        const [x, y] = curve(random.uniform());
        out[i] = x + STD * random.normal();
        out[i + 1] = y + STD * random.normal();
      }
      return out;
    };
  }

  const samplers = {
    line: along((u) => [2 * u - 1, u - 0.5]),
    moons: along((u) => {
      const angle = Math.PI * ((2 * u) % 1);
      const [x, y] = u < 0.5 ? [P.cos(angle), P.sin(angle)] : [1 - P.cos(angle), 0.5 - P.sin(angle)];
      return [(x - 0.5) / 1.25, (y - 0.25) / 1.25];
    }),
  };

  Object.assign(P, { DATA: SETS, makeData });
})((globalThis.Playground = globalThis.Playground || {}));
