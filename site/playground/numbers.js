// Exponential, logarithm, sine and cosine made of +, −, × and ÷ alone. JavaScript promises the same bits in every
// browser for these four and for the square root, but not for Math.exp, Math.log and Math.cos.
(function (P) {
  "use strict";

  const LN2_HIGH = 6.93147180369123816e-1;
  const LN2_LOW = 1.90821492927058770e-10;
  const bits = new DataView(new ArrayBuffer(8));

  function powerOfTwo(k) {
    bits.setInt32(0, (k + 1023) << 20);
    bits.setInt32(4, 0);
    return bits.getFloat64(0);
  }

  function exp(x) {
    if (x > 700) return exp(700);
    if (x < -700) return 0;
    const k = Math.round(x / LN2_HIGH);
    const rest = x - k * LN2_HIGH - k * LN2_LOW;
    let sum = 1;
    for (let n = 14; n > 0; n--) sum = 1 + (rest * sum) / n;
    return sum * powerOfTwo(k);
  }

  // The logarithm of a positive number that is not tiny.
  function log(x) {
    bits.setFloat64(0, x);
    const high = bits.getInt32(0);
    let k = (high >> 20) - 1023;
    bits.setInt32(0, (high & 0xfffff) | (1023 << 20));
    let m = bits.getFloat64(0);
    if (m > Math.SQRT2) {
      m /= 2;
      k += 1;
    }
    const f = (m - 1) / (m + 1);
    const square = f * f;
    let sum = 0;
    for (let n = 21; n > 0; n -= 2) sum = sum * square + 1 / n;
    return 2 * f * sum + k * LN2_LOW + k * LN2_HIGH;
  }

  function cos(x) {
    const angle = x - 2 * Math.PI * Math.round(x / (2 * Math.PI));
    const square = angle * angle;
    let sum = 1;
    for (let n = 30; n > 0; n -= 2) sum = 1 - (square * sum) / (n * (n - 1));
    return sum;
  }

  const sin = (x) => cos(x - Math.PI / 2);
  const softplus = (x) => (x > 0 ? x + log(1 + exp(-x)) : log(1 + exp(x)));
  const sigmoid = (x) => (x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

  Object.assign(P, { exp, log, cos, sin, softplus, sigmoid });
})((globalThis.Playground = globalThis.Playground || {}));
