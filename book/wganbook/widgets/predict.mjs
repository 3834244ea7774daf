// Predict, then see: what answers a question stays covered until the reader has picked an answer,
// or drawn a curve, or asked to be shown. A guess is one text, as wganbook/widgets/predict.py reads
// it: "" while there is none, "-" where the reader asked to be shown, an option, or the slider's
// position and the heights of a curve, in thousandths of the axis, with gaps.

import { svg, html } from "./nodes.mjs";

const SHOWN = "-", FULL = 1000;

// The height of a curve at x, or null where it is broken or does not reach.
function heightAt(xs, ys, x) {
  const near = 1e-9 * (xs.at(-1) - xs[0]);
  const k = xs.findIndex(each => each >= x - near);
  if (k < 0 || ys[k] === null) return null;
  if (xs[k] <= x + near) return ys[k];
  if (k === 0 || ys[k - 1] === null) return null;
  return ys[k - 1] + (ys[k] - ys[k - 1]) * (x - xs[k - 1]) / (xs[k] - xs[k - 1]);
}

// Heights at all columns between the first and the last that were drawn.
function filled(heights) {
  const drawn = heights.flatMap((height, k) => height === null ? [] : [k]);
  return heights.map((_, k) => heightAt(drawn, drawn.map(each => heights[each]), k));
}

const sketchText = (index, heights) => `${index};${heights.map(height => height ?? "").join(",")}`;

// The text of a guess as position and heights, or null: it may come from a store that anybody changed.
function sketchOf(text, count, columns) {
  const [, index, listed] = /^(\d{1,6});([\d,]*)$/.exec(text) ?? [];
  const heights = listed?.split(",").map(height => height === "" ? null : +height);
  if (!heights || +index >= count || heights.length !== columns) return null;
  const drawn = heights.filter(height => height !== null);
  return drawn.length > 1 && drawn.every(height => height <= FULL) ? { index: +index, heights } : null;
}

// The panel as a drawing area: a pad to draw on, by pointer or with the arrow keys, and the sketch.
function makePad({ panel, plot, image, scale, legend, groups }, ask, mark, { changed, done }) {
  const { x: across, y: up } = panel, last = ask.columns - 1;
  const xs = mark.x.fixed ?? mark.x.frames[0], from = xs[0], to = xs.at(-1);
  const xOf = k => from + (to - from) * k / last;
  const yOf = height => up.low + (up.high - up.low) * height / FULL;
  const digits = Math.max(0, 2 - Math.floor(Math.log10(up.high - up.low)));
  const places = Math.max(0, 2 - Math.floor(Math.log10(to - from)));
  const path = svg("path", { class: "wg-sketch" });
  plot.insertBefore(path, groups[0].parentNode);  // the true curve lies above it
  const pad = svg("rect", { class: "wg-pad", width: scale.width, height: scale.height, tabindex: 0,
    role: "slider", "aria-label": `Your sketch of ${mark.label}`, "aria-roledescription": "drawing area",
    "aria-valuemin": up.low, "aria-valuemax": up.high }, plot);
  pad.dataset.lmSuppressShortcuts = "true";  // JupyterLab would keep the arrow keys to itself
  const pen = svg("circle", { class: "wg-pen", r: 5 }, plot);
  const call = svg("text", { class: "mid wg-call", x: scale.width / 2, y: scale.height / 2 }, plot);
  call.textContent = `Draw ${mark.label} here`;
  const entry = html("li", {});
  svg("path", { class: "wg-sketch", d: "M2 6H24" },
    svg("svg", { class: "wg-swatch", viewBox: "0 0 26 12", "aria-hidden": "true" }, entry));
  entry.append("your sketch");
  legend.append(entry);
  let heights = Array(ask.columns).fill(null), column = 0, level = FULL / 2, open = false;

  const draw = () => {
    const shown = filled(heights), drawn = shown.some(height => height !== null);
    path.setAttribute("d", shown.map((height, k) => height === null ? "" :
      `${k && shown[k - 1] !== null ? "L" : "M"}${scale.x(xOf(k)).toFixed(1)} ${scale.y(yOf(height)).toFixed(1)}`).join(""));
    pen.setAttribute("cx", scale.x(xOf(column)));
    pen.setAttribute("cy", scale.y(yOf(level)));
    pad.setAttribute("aria-valuenow", yOf(level).toFixed(digits));
    const here = `${across.label.replace(/ \(.*/, "")} ${xOf(column).toFixed(places)}: ${yOf(level).toFixed(digits)}`;
    pad.setAttribute("aria-valuetext", drawn ? here.replace(/-/g, "minus ") : `nothing drawn yet; ${here.replace(/-/g, "minus ")}`);
    call.style.display = open || drawn ? "none" : "";
    entry.hidden = !drawn;
  };
  const put = (k, height) => { heights[column = k] = level = height; };
  // Where the pointer is, in columns and in heights. On its way it sets each column that it passes.
  let trail = null;
  const follow = (event, first) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.getScreenCTM().inverse());
    const share = (at.x - scale.x(from)) / (scale.x(to) - scale.x(from));
    const now = [last * Math.min(1, Math.max(0, share)), FULL * Math.min(1, Math.max(0, 1 - at.y / scale.height))];
    if (first) put(Math.round(now[0]), Math.round(now[1]));
    else {
      const [[left, low], [right, high]] = now[0] > trail[0] ? [trail, now] : [now, trail];
      const passed = [];
      for (let k = Math.ceil(left); k <= right; k++) passed.push(k);
      if (now[0] < trail[0]) passed.reverse();
      for (const k of passed) put(k, Math.round(right > left ? low + (high - low) * (k - left) / (right - left) : now[1]));
    }
    trail = now;
    draw();
    changed();
  };
  let pointer = null;
  // A finger on the pad draws and does not scroll; not every browser heeds touch-action in a picture.
  pad.addEventListener("touchstart", event => event.preventDefault(), { passive: false });
  pad.addEventListener("pointerdown", event => {
    if (event.button || pointer !== null) return;
    pointer = event.pointerId;
    pad.setPointerCapture(pointer);
    follow(event, true);
  });
  pad.addEventListener("pointermove", event => { if (event.pointerId === pointer) follow(event, false); });
  for (const kind of ["pointerup", "pointercancel"]) {
    pad.addEventListener(kind, event => { if (event.pointerId === pointer) pointer = null; });
  }
  pad.addEventListener("keydown", event => {
    const sideways = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
    const upwards = { ArrowUp: 25, ArrowDown: -25, PageUp: 100, PageDown: -100 }[event.key];
    if (event.key === "Enter") done();
    else if (sideways) {
      const k = Math.min(last, Math.max(0, column + sideways * (event.shiftKey ? 4 : 1)));
      // The pen draws on at its height, and takes up what is there already.
      if (heights.every(height => height === null)) put(column, level);
      put(k, filled(heights)[k] ?? level);
    } else if (upwards) put(column, Math.min(FULL, Math.max(0, level + upwards)));
    else return;
    event.preventDefault();
    if (event.key === "Enter") return;
    draw();
    changed();
  });
  return {
    read: () => heights.filter(height => height !== null).length > 1 ? heights : null,
    write: given => { heights = given ?? Array(ask.columns).fill(null); column = 0; level = heights[0] ?? FULL / 2; draw(); },
    // A picture is one thing to a screen reader; what holds a control is a group.
    open: now => {
      open = now;
      image.setAttribute("role", now ? "img" : "group");
      for (const node of [pad, pen]) node.style.display = now ? "none" : "";
      draw();
    },
    focus: () => pad.focus({ preventScroll: true }),
    describe: id => pad.setAttribute("aria-describedby", id),
    // How far the sketch is from the curve, on average over where both are.
    off: index => {
      const x = mark.x.frames?.[index] ?? mark.x.fixed, y = mark.y.frames?.[index] ?? mark.y.fixed;
      const gaps = filled(heights).flatMap((height, k) => {
        const truth = height === null ? null : heightAt(x, y, xOf(k));
        return truth === null ? [] : [Math.abs(yOf(height) - truth)];
      });
      return gaps.length ? (gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toFixed(digits) : null;
    },
  };
}

// Covers what answers the model's question, and asks it. `drawn` holds a figure's panels, and
// `boxes` its readouts. Returns what to call when the guess has changed, and whether all is open.
export function makePrediction(model, scene, root, drawn, boxes) {
  const ask = model.get("predict"), { page } = model, key = `predict: ${ask.question}`;
  const sketched = ask.kind === "sketch", count = scene.slider.texts.length;
  const covered = new Set(ask.marks.map(([panel]) => panel));
  for (const [panel, mark] of ask.marks) {
    drawn[panel].groups[mark].classList.add("wg-veiled");
    drawn[panel].items[mark]?.classList.add("wg-veiled");
  }
  for (const k of ask.readouts) boxes[k].classList.add("wg-veiled");
  const place = sketched ? drawn[ask.curve[0]].figure : root;
  const box = html("div", { className: "wg-ask" });
  if (sketched) place.append(box);
  else place.querySelector(".wg-panels").before(box);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Your prediction");
  box.dataset.lmSuppressShortcuts = "true";
  const question = html("p", {}, box), told = html("p", { className: "wg-told" });
  html("strong", { textContent: "Predict. " }, question);
  question.append(ask.question);
  const hint = html("p", { className: "wg-hint", id: `wg-${Math.random().toString(36).slice(2)}`, hidden: true }, box);
  const buttons = html("div", { className: "wg-buttons" });
  box.append(told, buttons);
  told.setAttribute("role", "status");
  const fits = text => text === SHOWN || (sketched ? sketchOf(text, count, ask.columns) !== null : ask.options.includes(text));
  const set = guess => { model.set("guess", guess); model.save_changes(); };
  const give = guess => { page?.keep(key, guess); set(guess); again.focus({ preventScroll: true }); };
  const button = (textContent, act, now) => {
    const node = html("button", { type: "button", textContent }, buttons);
    node.addEventListener("click", act);
    node.dataset.now = now;
    return node;
  };

  let pad = null;
  const show = () => {
    const heights = pad.read();
    if (heights) give(sketchText(model.get("index"), heights));
    else told.textContent = "Draw a curve first: across the frame, or with the arrow keys.";
  };
  if (sketched) {
    const [panel, mark] = ask.curve;
    pad = makePad({ panel: scene.panels[panel], ...drawn[panel] }, ask, scene.panels[panel].marks[mark],
      { changed: () => { told.textContent = ""; }, done: show });
    hint.textContent = "Draw with mouse, finger or arrow keys.";
    pad.describe(hint.id);
    button("Show", show, "covered");
    button("Clear", () => { pad.write(null); told.textContent = ""; pad.focus(); }, "covered");
  } else {
    for (const option of ask.options) button(option, () => give(option), "covered");
    for (const panel of covered) {
      const { plot, scale } = drawn[panel];
      svg("text", { class: "mid wg-call", x: scale.width / 2, y: scale.height / 2 }, plot).textContent = "Predict first";
    }
  }
  button("Just show me", () => give(SHOWN), "covered");
  const again = button("Predict again", () => {
    page?.forget([key]);
    set("");
    if (pad) pad.focus();
    else buttons.querySelector("button").focus();
  }, "open");

  const said = guess => {
    if (guess === SHOWN || !guess) return "";
    if (!sketched) return `You said: ${guess}.`;
    const [panel, mark] = ask.curve, { index, heights } = sketchOf(guess, count, ask.columns);
    const curve = scene.panels[panel].marks[mark];
    pad.write(heights);
    const off = pad.off(index), at = curve.y.frames ? `, at ${scene.slider.symbol}\u00a0=\u00a0${scene.slider.texts[index]}` : "";
    return off === null ? "Where you drew there is no curve." : `On average your sketch is ${off} ${ask.unit} away from the curve of ${curve.label}${at}.`;
  };
  const isOpen = () => fits(model.get("guess") ?? "");
  const update = () => {
    const open = isOpen();
    root.classList.toggle("wg-covered", !open);
    for (const node of buttons.children) node.hidden = (node.dataset.now === "open") !== open;
    question.hidden = open;
    hint.hidden = open || !sketched;
    if (pad && (!open || model.get("guess") === SHOWN)) pad.write(null);
    told.textContent = open ? said(model.get("guess")) : "";
    pad?.open(open);
  };
  if (page) {
    const recall = () => { const kept = page.kept(key); set(typeof kept === "string" && fits(kept) ? kept : ""); };
    page.onProgress(recall);
    recall();
  }
  update();
  return { update, isOpen };
}
