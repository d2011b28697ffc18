// The generator and the discriminator of lesson 10. A label is a row of a table, or a place between two rows.
"use strict";

/** (1 − t) · row `first` + t · row `second` of a table, which may also be a list of single numbers. */
function drawingBlend(table, size, first, second, t) {
  return Float32Array.from(
    { length: size },
    (_, i) => (1 - t) * table[first * size + i] + t * table[second * size + i],
  );
}

/** From noise and a label to a picture: 784 numbers in [−1, 1]. */
class DrawingGenerator {
  constructor(packed) {
    const arrays = DrawingNumbers.unpackAll(packed);
    for (const name of ["conv1", "conv2"])
      arrays[`${name}.kernel`] = DrawingLayers.swapped(arrays[`${name}.kernel`], arrays[`${name}.bias`].length);
    this.arrays = arrays;
    this.labelSize = packed.labels.shape[1];
  }

  draw(z, first, second = first, t = 0) {
    const { rectify, dense, convTranspose } = DrawingLayers;
    const arrays = this.arrays;
    const input = new Float32Array(z.length + this.labelSize);
    input.set(z);
    input.set(drawingBlend(arrays.labels, this.labelSize, first, second, t), z.length);
    let h = rectify(dense(input, arrays["dense1.kernel"], arrays["dense1.bias"]));
    h = dense(h, arrays["dense2.kernel"], arrays["dense2.bias"]);
    h = convTranspose(rectify(h), 7, arrays["conv1.kernel"], arrays["conv1.bias"]);
    return convTranspose(rectify(h), 14, arrays["conv2.kernel"], arrays["conv2.bias"]).map(Math.tanh);
  }
}

/** From a picture and a label to the probability that the picture is real, and is what the label says. */
class DrawingDiscriminator {
  constructor(packed) {
    this.arrays = DrawingNumbers.unpackAll(packed);
  }

  score(picture, first, second = first, t = 0) {
    const { rectify, dense, conv } = DrawingLayers;
    const arrays = this.arrays;
    let h = rectify(conv(picture, 28, arrays["conv1.kernel"], arrays["conv1.bias"]), 0.2);
    h = rectify(conv(h, 14, arrays["conv2.kernel"], arrays["conv2.bias"]), 0.2);
    h = rectify(dense(h, arrays["dense.kernel"], arrays["dense.bias"]), 0.2);
    const row = drawingBlend(arrays["labels.kernel"], h.length, first, second, t);
    const [bias] = drawingBlend(arrays["labels.bias"], 1, first, second, t);
    return h.reduce((sum, feature, i) => sum + feature * row[i], bias);
  }

  probability(picture, first, second, t) {
    return 1 / (1 + Math.exp(-this.score(picture, first, second, t)));
  }
}
