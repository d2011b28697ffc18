// The picture of a run: D's map, the line where D cannot decide, real points, samples, and arrows.
(function (P) {
  "use strict";

  const HALF = 1.7; // the picture shows x and y in [−1.7, 1.7]
  const CELLS = 44; // D's map has so many points in each direction
  const SHOWN = 300; // samples
  const ARROWS = 70;
  const HEAD = 0.035;
  const REACH = 0.3; // longest arrow
  const SCALE = 0.08; // length of the arrow of a gradient of length 1

  const center = (i) => ((i + 0.5) / CELLS) * 2 * HALF - HALF;

  // Scores become numbers from 0, generated, to 1, real. The critic of Wasserstein has no scale of its own.
  function toShares(scores, objective) {
    const shares = new Float64Array(scores.length);
    let [low, high] = [Infinity, -Infinity];
    if (objective === "wasserstein") {
      for (const s of scores) [low, high] = [Math.min(low, s), Math.max(high, s)];
    }
    for (let i = 0; i < scores.length; i++) {
      const s = scores[i];
      if (objective === "least_squares") shares[i] = Math.max(0, Math.min(1, s));
      else if (objective === "hinge") shares[i] = Math.max(0, Math.min(1, (s + 1) / 2));
      else if (objective === "wasserstein") shares[i] = high > low ? (s - low) / (high - low) : 0.5;
      else shares[i] = P.sigmoid(s);
    }
    return shares;
  }

  // The ends of the pieces of the line on which a map of shares is ½ (marching squares), as x, y, x, y, …
  function border(shares) {
    const pieces = [];
    const at = (i, j) => shares[j * CELLS + i] - 0.5;
    for (let j = 0; j + 1 < CELLS; j++) {
      for (let i = 0; i + 1 < CELLS; i++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        for (let c = 0; c < 4; c++) {
          const [a, b] = [corners[c], corners[(c + 1) % 4]];
          const [u, v] = [at(...a), at(...b)];
          if (u > 0 === v > 0) continue;
          const t = u / (u - v);
          pieces.push(center(a[0] + t * (b[0] - a[0])), center(a[1] + t * (b[1] - a[1])));
        }
      }
    }
    return pieces;
  }

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

  class Picture {
    constructor(canvas) {
      this.canvas = canvas;
      this.map = document.createElement("canvas");
      this.map.width = this.map.height = CELLS;
      this.traces = new Map(); // one for each shape of D
      this.readColors();
    }

    readColors() {
      const names = ["paper", "map", "line", "real", "made", "arrow", "contour", "cursor"];
      this.colors = Object.fromEntries(names.map((name) => [name, color(name)]));
    }

    // Give the canvas as many pixels as the screen has.
    fit() {
      const ratio = Math.min(2, devicePixelRatio || 1);
      const size = Math.max(50, Math.round(this.canvas.clientWidth * ratio));
      if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
      this.unit = size / (2 * HALF);
      this.pixel = (size / Math.max(1, this.canvas.clientWidth)) * Math.max(0.7, Math.min(1, this.canvas.clientWidth / 430));
    }

    // Place on the canvas of a point (x, y), whose y grows upwards
    place(x, y) {
      return [(x + HALF) * this.unit, (HALF - y) * this.unit];
    }

    // The point under a pointer event
    pointAt(event) {
      const box = this.canvas.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * 2 * HALF - HALF;
      return [x, HALF - ((event.clientY - box.top) / box.height) * 2 * HALF];
    }

    draw(run, record, { points = null, cursor = null } = {}) {
      this.fit();
      this.pen = this.canvas.getContext("2d");
      this.drawMap(run, record);
      if (points) this.dots(points.flat(), 3);
      else this.drawReal(run);
      if (run.game.dirac) this.drawTrail(run, record);
      this.drawArrows(run, record);
      this.drawSamples(record.samples, run.game.dirac ? 7 : 3.6);
      if (cursor) this.drawCursor(cursor);
    }

    judge(run, { dWeights, deviations }) {
      const { sizes, deviation } = run.game.d;
      const network = P.makeNetwork(sizes, deviation, dWeights);
      const shape = `${sizes} ${deviation}`;
      if (!this.traces.has(shape)) this.traces.set(shape, P.makeTrace(network, CELLS * CELLS));
      const trace = this.traces.get(shape);
      for (let j = 0, at = 0; j < CELLS; j++) {
        for (let i = 0; i < CELLS; i++) {
          trace.values[0][at++] = center(i);
          trace.values[0][at++] = center(j);
        }
      }
      trace.held = deviations;
      return toShares(P.forward(network, trace), run.settings.objective);
    }

    drawMap(run, record) {
      const shares = this.judge(run, record);
      const [from, to] = [channels(this.colors.paper), channels(this.colors.map)];
      const pen = this.map.getContext("2d");
      const image = pen.createImageData(CELLS, CELLS);
      for (let j = 0; j < CELLS; j++) {
        for (let i = 0; i < CELLS; i++) {
          const share = shares[j * CELLS + i];
          const at = 4 * ((CELLS - 1 - j) * CELLS + i);
          for (let c = 0; c < 3; c++) image.data[at + c] = from[c] + share * (to[c] - from[c]);
          image.data[at + 3] = 255;
        }
      }
      pen.putImageData(image, 0, 0);
      this.pen.imageSmoothingQuality = "high";
      this.pen.drawImage(this.map, 0, 0, this.canvas.width, this.canvas.height);
      this.stroke(this.colors.contour, 1.2, border(shares), [4, 3]);
    }

    // Lines between pairs of points
    stroke(style, width, ends, dash = []) {
      this.pen.strokeStyle = style;
      this.pen.lineWidth = width * this.pixel;
      this.pen.setLineDash(dash.map((length) => length * this.pixel));
      this.pen.beginPath();
      for (let i = 0; i + 3 < ends.length; i += 4) {
        this.pen.moveTo(...this.place(ends[i], ends[i + 1]));
        this.pen.lineTo(...this.place(ends[i + 2], ends[i + 3]));
      }
      this.pen.stroke();
      this.pen.setLineDash([]);
    }

    drawReal({ shownReal, game }) {
      if (game.dirac) this.dots(shownReal.subarray(0, 2), 6);
      else this.dots(shownReal, 1.8);
    }

    dots(points, size) {
      const radius = size * this.pixel;
      this.pen.fillStyle = this.colors.real;
      this.pen.beginPath();
      for (let i = 0; i < points.length; i += 2) {
        const [x, y] = this.place(points[i], points[i + 1]);
        this.pen.moveTo(x + radius, y);
        this.pen.arc(x, y, radius, 0, 7);
      }
      this.pen.fill();
    }

    drawSamples(samples, size) {
      const radius = size * this.pixel;
      this.pen.fillStyle = this.colors.made;
      this.pen.strokeStyle = this.colors.paper;
      this.pen.lineWidth = 1.2 * this.pixel;
      this.pen.beginPath();
      for (let i = 0; i < Math.min(samples.length, 2 * SHOWN); i += 2) {
        const [x, y] = this.place(samples[i], samples[i + 1]);
        this.pen.moveTo(x, y - radius);
        this.pen.lineTo(x + 0.9 * radius, y + 0.7 * radius);
        this.pen.lineTo(x - 0.9 * radius, y + 0.7 * radius);
        this.pen.closePath();
      }
      this.pen.stroke(); // first, so that a heap of samples stays green
      this.pen.fill();
    }

    drawArrows(run, record) {
      const g = run.game.arrows(record.samples, record.dWeights);
      const ends = [];
      for (let i = 0; i < 2 * ARROWS; i += 2) {
        const length = Math.sqrt(g[i] * g[i] + g[i + 1] * g[i + 1]);
        const factor = Math.min(SCALE, REACH / (length + 1e-12));
        if (length * factor < 0.01) continue;
        this.addArrow(ends, record.samples[i], record.samples[i + 1], factor * g[i], factor * g[i + 1]);
        if (run.game.dirac) break;
      }
      this.stroke(this.colors.arrow, run.game.dirac ? 2.5 : 1, ends);
    }

    addArrow(ends, x, y, dx, dy) {
      const length = Math.sqrt(dx * dx + dy * dy);
      const head = Math.min(HEAD, length / 2) / length;
      const [tipX, tipY] = [x + dx, y + dy];
      ends.push(x, y, tipX, tipY);
      for (const side of [0.6, -0.6]) {
        ends.push(tipX, tipY, tipX - head * (dx + side * dy), tipY - head * (dy - side * dx));
      }
    }

    // The way that the point of the Dirac-GAN has come
    drawTrail(run, record) {
      const past = run.records.filter(({ tick }) => tick <= record.tick).slice(-150);
      const ends = [];
      for (let i = 0; i + 1 < past.length; i++) {
        ends.push(past[i].samples[0], past[i].samples[1], past[i + 1].samples[0], past[i + 1].samples[1]);
      }
      this.stroke(this.colors.made, 1.5, ends);
    }

    // The cross that arrow keys move while drawing
    drawCursor([x, y]) {
      this.stroke(this.colors.cursor, 2, [x - 0.1, y, x + 0.1, y, x, y - 0.1, x, y + 0.1]);
    }
  }

  Object.assign(P, { Picture, cssColor: color, VIEW: HALF });
})((globalThis.Playground = globalThis.Playground || {}));
