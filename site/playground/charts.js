// The three charts over time. Run A has solid lines, run B dashed ones.
(function (P) {
  "use strict";

  const DASHES = [[], [4, 3]];
  const LEFT = 30;
  const BOTTOM = 14;
  const TOP = 7;

  const finite = (values) => values.filter(Number.isFinite);

  // The value below which a share of the values lies
  function quantile(values, share) {
    const sorted = finite(values).sort((a, b) => a - b);
    return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
  }

  class Chart {
    constructor(canvas) {
      this.canvas = canvas;
    }

    begin(mostTicks, low, high, labels) {
      const ratio = Math.min(2, devicePixelRatio || 1);
      const { clientWidth, clientHeight } = this.canvas;
      this.canvas.width = Math.round(clientWidth * ratio);
      this.canvas.height = Math.round(clientHeight * ratio);
      this.pen = this.canvas.getContext("2d");
      this.pen.scale(ratio, ratio);
      Object.assign(this, { mostTicks: Math.max(1, mostTicks), low, high: Math.max(high, low + 1e-9) });
      Object.assign(this, { width: clientWidth - LEFT - 6, height: clientHeight - BOTTOM - TOP - 2 });
      this.axes(labels);
    }

    x(tick) {
      return LEFT + (tick / this.mostTicks) * this.width;
    }

    y(value) {
      const share = (Math.max(this.low, Math.min(this.high, value)) - this.low) / (this.high - this.low);
      return TOP + (1 - share) * this.height;
    }

    axes(labels) {
      const { pen } = this;
      pen.fillStyle = P.cssColor("muted");
      pen.strokeStyle = P.cssColor("line");
      pen.font = "11px system-ui, sans-serif";
      pen.textBaseline = "middle";
      pen.textAlign = "right";
      for (const [value, text] of labels) {
        pen.fillText(text, LEFT - 5, this.y(value));
        pen.beginPath();
        pen.moveTo(LEFT, this.y(value));
        pen.lineTo(LEFT + this.width, this.y(value));
        pen.stroke();
      }
      pen.textBaseline = "alphabetic";
      pen.fillText(this.mostTicks.toLocaleString("en"), LEFT + this.width, TOP + this.height + BOTTOM - 1);
      pen.textAlign = "left";
      pen.fillText("0", LEFT, TOP + this.height + BOTTOM - 1);
    }

    line(records, value, color, dash, width = 1.6) {
      const { pen } = this;
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.beginPath();
      let open = false;
      for (const record of records) {
        if (!Number.isFinite(value(record))) continue;
        if (open) pen.lineTo(this.x(record.tick), this.y(value(record)));
        else pen.moveTo(this.x(record.tick), this.y(value(record)));
        open = true;
      }
      pen.stroke();
      pen.setLineDash([]);
    }

    // Where the picture stands in time
    mark(tick) {
      this.pen.fillStyle = P.cssColor("accent");
      this.pen.fillRect(this.x(tick) - 0.75, TOP, 1.5, this.height);
    }
  }

  class Charts {
    constructor(canvases) {
      this.charts = canvases.map((canvas) => new Chart(canvas));
    }

    draw(runs, tick) {
      const [quality, losses, distance] = this.charts;
      if (!losses.canvas.clientWidth) return; // hidden
      const { dirac } = runs[0].game; // one point: it has no modes, and no floor
      quality.canvas.parentElement.hidden = dirac;
      distance.canvas.previousElementSibling.textContent = dirac ? "Distance from the data" : "Distance, and its floor";
      const most = Math.max(...runs.map((run) => run.tick));
      const all = (read) => runs.flatMap((run) => run.records.map(read));
      quality.begin(most, 0, 1, [[0, "0"], [0.5, "50%"], [1, "all"]]);
      const read = all(({ dLoss }) => dLoss).concat(all(({ gLoss }) => gLoss));
      const [low, high] = [Math.min(0, quantile(read, 0.02)), Math.max(0.5, quantile(read, 0.98))];
      losses.begin(most, low, high, [[0, "0"], [high, String(Number(high.toPrecision(2)))]]);
      const far = dirac ? this.beginPlain(most, all) : this.beginLogarithmic(most, all, runs[0].distance.floor);
      runs.forEach((run, i) => {
        const parts = run.game.data.centers.length;
        quality.line(run.records, (record) => record.modes / parts, P.cssColor("muted"), DASHES[i]);
        quality.line(run.records, (record) => record.highQuality, P.cssColor("made"), DASHES[i], 2.2);
        losses.line(run.records, (record) => record.dLoss, P.cssColor("judge"), DASHES[i]);
        losses.line(run.records, (record) => record.gLoss, P.cssColor("made"), DASHES[i]);
        distance.line(run.records, far, P.cssColor("made"), DASHES[i]);
      });
      for (const chart of this.charts) chart.mark(tick);
    }

    // Axes for the distance of the Dirac-GAN's point from the data. Returns what is drawn of a record.
    beginPlain(most, all) {
      const far = ({ samples }) => P.fromOrigin(samples);
      const top = Math.max(...all(far));
      this.charts[2].begin(most, 0, top, [[0, "0"], [top, top.toPrecision(2)]]);
      return far;
    }

    // Axes for the energy distance, on a logarithmic scale. Returns what is drawn of a record.
    beginLogarithmic(most, all, floor) {
      const least = Math.max(0.001, floor);
      const scale = (value) => Math.log10(Math.max(value, least / 3));
      const top = scale(Math.max(10 * least, quantile(all(({ distance }) => distance), 0.99)));
      this.charts[2].begin(most, scale(0), top, [[scale(least), "floor"], [top, String(Number((10 ** top).toPrecision(1)))]]);
      return ({ distance }) => scale(distance);
    }
  }

  P.Charts = Charts;
})((globalThis.Playground = globalThis.Playground || {}));
