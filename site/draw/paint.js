// Pictures on a canvas: values from −1, the color of the paper, to 1, that of the ink, both from the style sheet.
"use strict";

const DrawingPaint = (() => {
  const small = sprite(28);
  const large = sprite(DrawingEnlarge.LARGE);
  let colors = null;

  /** A canvas that is not shown, and its pixels. */
  function sprite(side) {
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    return { canvas, context: canvas.getContext("2d"), pixels: new ImageData(side, side) };
  }

  /** The 256 colors from the paper to the ink. */
  function palette() {
    const style = getComputedStyle(document.getElementById("room"));
    const [paper, ink] = ["--paper", "--ink"].map((name) =>
      style.getPropertyValue(name).trim().match(/[0-9a-f]{2}/gi).map((part) => Number.parseInt(part, 16)),
    );
    return Array.from({ length: 256 }, (_, i) => paper.map((value, c) => value + ((ink[c] - value) * i) / 255));
  }

  /** Read the colors again, after a change between light and dark. */
  function refresh() {
    colors = palette();
  }

  /** Draw a picture into a square of a canvas: enlarged, or with its pixels as they are. */
  function picture(context, values, x, y, side, smooth = true) {
    const { canvas, context: hidden, pixels } = smooth ? large : small;
    const shown = smooth ? DrawingEnlarge.enlarge(values) : values;
    for (let i = 0; i < shown.length; i++) {
      const [red, green, blue] = colors[Math.round((shown[i] + 1) * 127.5)];
      pixels.data[4 * i] = red;
      pixels.data[4 * i + 1] = green;
      pixels.data[4 * i + 2] = blue;
      pixels.data[4 * i + 3] = 255;
    }
    hidden.putImageData(pixels, 0, 0);
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, x, y, side, side);
  }

  /** A bar at the lower edge of a square, as long as a share of its side: what D thinks. */
  function bar(context, share, x, y, side, color) {
    const height = Math.max(3, side / 16);
    context.fillStyle = color;
    context.fillRect(x, y + side - height, share * side, height);
  }

  return { refresh, picture, bar };
})();
