// Enlarges a picture of 28 × 28 to 112 × 112 pixels without steps: by a cubic B-spline, which blurs a little, and then
// by more contrast at the edges.
"use strict";

const DrawingEnlarge = (() => {
  const SMALL = 28;
  const TIMES = 4;
  const LARGE = SMALL * TIMES;
  const rows = new Float32Array(SMALL * LARGE);
  const result = new Float32Array(LARGE * LARGE);

  /** The four pixels around each place, and their weights. */
  const taps = Array.from({ length: LARGE }, (_, place) => {
    const at = (place + 0.5) / TIMES - 0.5;
    const first = Math.floor(at) - 1;
    return [0, 1, 2, 3].map((i) => {
      const distance = Math.abs(at - first - i);
      const weight = distance < 1 ? (4 - 6 * distance ** 2 + 3 * distance ** 3) / 6 : (2 - distance) ** 3 / 6;
      return [Math.min(SMALL - 1, Math.max(0, first + i)), weight];
    });
  });

  /** A steeper way from −1 to 1. */
  const sharpen = (value) => (value * (3 - value * value)) / 2;

  /** The large picture: 112 × 112 numbers in [−1, 1], which the next call overwrites. */
  function enlarge(values) {
    for (let x = 0; x < LARGE; x++) {
      const [[a, p], [b, q], [c, r], [d, s]] = taps[x];
      for (let y = 0, i = 0; y < SMALL; y++, i += SMALL)
        rows[y * LARGE + x] = p * values[i + a] + q * values[i + b] + r * values[i + c] + s * values[i + d];
    }
    for (let y = 0; y < LARGE; y++) {
      const [[a, p], [b, q], [c, r], [d, s]] = taps[y].map(([row, weight]) => [row * LARGE, weight]);
      for (let x = 0; x < LARGE; x++)
        result[y * LARGE + x] = sharpen(p * rows[a + x] + q * rows[b + x] + r * rows[c + x] + s * rows[d + x]);
    }
    return result;
  }

  return { enlarge, LARGE };
})();
