// The workshop's pictures, drawn on canvases: what is there is in the snapshot, in CSS the colours.

const HIGH = [40, 130, 200], LOW = [205, 105, 40];  // high and low scores, as in the sliders

/** The colours of the roles as the page has them now, light or dark. */
export function coloursOf(root) {
  const style = getComputedStyle(root), read = name => style.getPropertyValue(name).trim();
  return {
    ink: style.color, real: read("--wg-p"), fake: read("--wg-kl"), em: read("--wg-em"), js: read("--wg-js"),
    estimate: read("--wg-good"), soft: read("--wg-soft"),
  };
}

/** Fit the canvas's pixels to its place; returns a brush in units of the page. */
function brushOf(canvas) {
  const { width, height } = canvas.getBoundingClientRect(), scale = Math.min(devicePixelRatio || 1, 2);
  const w = Math.max(1, Math.round(width * scale)), h = Math.max(1, Math.round(height * scale));
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const brush = canvas.getContext("2d");
  brush.setTransform(scale, 0, 0, scale, 0, 0);
  brush.clearRect(0, 0, width, height);
  brush.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  return { brush, width, height };
}

const LEFT = 34, BOTTOM = 32, TOP = 6, RIGHT = 8;

function frameOf({ width, height }, [x0, x1], [y0, y1]) {
  const w = width - LEFT - RIGHT, h = height - TOP - BOTTOM;
  return {
    w, h, x: value => LEFT + (value - x0) / (x1 - x0) * w, y: value => TOP + (y1 - value) / (y1 - y0) * h,
    back: (px, py) => [x0 + (px - LEFT) / w * (x1 - x0), y1 - (py - TOP) / h * (y1 - y0)],
  };
}

const numberText = value => String(+value.toPrecision(3)).replace("-", "−");

function steps(low, high, wanted) {
  const raw = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= raw), marks = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9 * step; k++) marks.push(k * step);
  return marks;
}

function axes(brush, frame, xs, ys, colours, [across, up]) {
  brush.strokeStyle = colours.soft;
  brush.lineWidth = 1;
  brush.strokeRect(LEFT + 0.5, TOP + 0.5, frame.w, frame.h);
  brush.fillStyle = colours.ink;
  brush.textAlign = "center";
  for (const value of xs) {
    const x = frame.x(value), edge = x > LEFT + frame.w - 12;
    brush.textAlign = edge ? "right" : "center";
    brush.fillText(numberText(value), edge ? LEFT + frame.w + RIGHT - 1 : x, TOP + frame.h + 14);
  }
  brush.textAlign = "center";
  brush.fillText(across, LEFT + frame.w / 2, TOP + frame.h + 28);
  brush.textAlign = "right";
  for (const value of ys) brush.fillText(numberText(value), LEFT - 4, frame.y(value) + 4);
  if (!up) return;
  brush.textAlign = "left";
  brush.fillText(up, LEFT + 6, TOP + 14);
}

const square = reach => [[-reach, reach], [-reach, reach]];

/** Where on the plane a place on the canvas is. */
export function placeOf(canvas, event, reach) {
  const box = canvas.getBoundingClientRect();
  return frameOf(box, ...square(reach)).back(event.clientX - box.left, event.clientY - box.top);
}

function paintField(brush, frame, shot) {
  const { field, side, reach } = shot, sorted = Float64Array.from(field).sort(), middle = sorted[sorted.length >> 1];
  const scale = Math.max(sorted.at(-1) - middle, middle - sorted[0]) || 1;
  const small = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const inner = small.getContext("2d"), pixels = inner.createImageData(side, side);
  field.forEach((value, k) => {
    const share = (value - middle) / scale;
    pixels.data.set(share > 0 ? HIGH : LOW, 4 * k);
    pixels.data[4 * k + 3] = 150 * Math.abs(share);
  });
  inner.putImageData(pixels, 0, 0);
  brush.drawImage(small, frame.x(-reach), frame.y(reach), frame.w, frame.h);
}

function dots(brush, frame, points, colour, hollow) {
  brush.fillStyle = brush.strokeStyle = colour;
  brush.lineWidth = 1.4;
  for (let i = 0; i < points.length; i += 2) {
    brush.beginPath();
    brush.arc(frame.x(points[i]), frame.y(points[i + 1]), hollow ? 3.2 : 2.4, 0, 7);
    if (hollow) brush.stroke(); else brush.fill();
  }
}

// Every third point has an arrow, with the longest a fifth of the picture's half.
function arrows(brush, frame, { fake, arrows: slopes, reach }, colour) {
  let longest = 0;
  for (let i = 0; i < slopes.length; i += 2) longest = Math.max(longest, Math.hypot(slopes[i], slopes[i + 1]));
  if (!longest) return;
  const scale = 0.2 * reach / longest;
  brush.strokeStyle = colour;
  brush.lineWidth = 1.2;
  brush.beginPath();
  for (let i = 0; i < fake.length; i += 6) {
    const x = frame.x(fake[i]), y = frame.y(fake[i + 1]);
    const dx = frame.x(fake[i] + scale * slopes[i]) - x, dy = frame.y(fake[i + 1] + scale * slopes[i + 1]) - y;
    const length = Math.hypot(dx, dy);
    if (length < 2) continue;
    const [ux, uy] = [4 * dx / length, 4 * dy / length];
    brush.moveTo(x, y);
    brush.lineTo(x + dx, y + dy);
    brush.moveTo(x + dx - ux - uy / 2, y + dy - uy + ux / 2);
    brush.lineTo(x + dx, y + dy);
    brush.lineTo(x + dx - ux + uy / 2, y + dy - uy - ux / 2);
  }
  brush.stroke();
}

/** Real and generated points over the critic's scores, and where the critic's slope leads. */
export function drawPlane(canvas, shot, colours, drawn) {
  const at = brushOf(canvas), { brush } = at, frame = frameOf(at, ...square(shot.reach));
  brush.save();
  brush.beginPath();
  brush.rect(LEFT, TOP, frame.w, frame.h);
  brush.clip();
  paintField(brush, frame, shot);
  dots(brush, frame, drawn ? drawn.flat() : shot.real, colours.real, true);
  arrows(brush, frame, shot, colours.ink);
  dots(brush, frame, shot.fake, colours.fake, false);
  brush.restore();
  const marks = steps(-shot.reach, shot.reach, 6).filter(Number.isInteger);
  axes(brush, frame, marks, marks, colours, ["first coordinate", ""]);
}

function curve(brush, frame, xs, ys, colour, dash) {
  brush.strokeStyle = colour;
  brush.lineWidth = 2;
  brush.setLineDash(dash);
  brush.beginPath();
  const stride = Math.max(1, Math.floor(xs.length / 1200));
  for (let i = 0; i < xs.length; i += stride) brush.lineTo(frame.x(xs[i]), frame.y(ys[i]));
  brush.stroke();
  brush.setLineDash([]);
}

// Where the numbers of a curve lie, without one in a hundred at either end.
function extentOf(values) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort(), cut = Math.floor(sorted.length / 100);
  return sorted.length ? [sorted[cut], sorted[sorted.length - 1 - cut]] : [0, 0];
}

/** Curves over generator steps: [{xs, ys, role, dash}]. */
export function drawCurves(canvas, curves, last, colours, label) {
  const at = brushOf(canvas), { brush } = at, extents = curves.map(({ ys }) => extentOf(ys));
  const low = Math.min(0, ...extents.map(extent => extent[0])), high = Math.max(low + 1e-6, ...extents.map(extent => extent[1]));
  const end = Math.max(10, last), room = 0.12 * (high - low);
  const frame = frameOf(at, [0, end], [low - (low < 0 ? room : 0), high + room]);
  brush.save();
  brush.beginPath();
  brush.rect(LEFT, TOP, frame.w, frame.h);
  brush.clip();
  curve(brush, frame, [0, end], [0, 0], colours.soft, []);
  for (const { xs, ys, role, dash } of curves) curve(brush, frame, xs, ys, colours[role], dash ?? []);
  brush.restore();
  axes(brush, frame, steps(0, end, 4), steps(low, high, 4), colours, ["generator steps", label]);
}

/** How often the critic's weights have which size. */
export function drawWeights(canvas, { reach, counts }, colours) {
  const at = brushOf(canvas), { brush } = at, most = Math.max(...counts, 1);
  const frame = frameOf(at, [-reach, reach], [0, most]), width = frame.w / counts.length;
  brush.fillStyle = colours.estimate;
  counts.forEach((count, i) => {
    brush.fillRect(LEFT + i * width + 0.5, frame.y(count), width - 1, frame.h + TOP - frame.y(count));
  });
  axes(brush, frame, [-reach, 0, reach], [0, most], colours, ["weight", ""]);
}

/** Several canvases beside each other on white or black, as a PNG. */
export function pictureOf(canvases, background) {
  const height = Math.max(...canvases.map(canvas => canvas.height));
  const width = canvases.reduce((sum, canvas) => sum + canvas.width, 0);
  const sheet = Object.assign(document.createElement("canvas"), { width, height }), brush = sheet.getContext("2d");
  brush.fillStyle = background;
  brush.fillRect(0, 0, width, height);
  let x = 0;
  for (const canvas of canvases) {
    brush.drawImage(canvas, x, 0);
    x += canvas.width;
  }
  return new Promise(done => sheet.toBlob(done, "image/png"));
}
