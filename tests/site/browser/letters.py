"""Letters that are cut off or lie on each other, in the figures of a page as it is now.

A letter's box is its ink, not its line: as wide as the text is set and as high as the letters
themselves. Two things are letters of a figure: texts of a picture, held to the picture's edge,
and words beside it (title, legend, read-outs, what stands at a slider), held to the figure's.
"""

from __future__ import annotations

# Pixels on the screen by which a box may reach over an edge or another box: half a stem's width.
SLACK = 1.0

FAULTS = """slack => {
  const brush = document.createElement("canvas").getContext("2d");
  const ink = (words, style) => {
    brush.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const {actualBoundingBoxAscent: up, actualBoundingBoxDescent: down} = brush.measureText(words);
    return {up, down};
  };
  // A text of a picture, turned as it is: its ink in its own axes, then on the screen.
  const drawn = text => {
    const own = text.getBBox(), {up, down} = ink(text.textContent, getComputedStyle(text));
    const base = text.getStartPositionOfChar(0).y, onto = text.getScreenCTM();
    const corners = [[own.x, base - up], [own.x + own.width, base - up],
      [own.x, base + down], [own.x + own.width, base + down]]
      .map(([x, y]) => new DOMPoint(x, y).matrixTransform(onto));
    const [xs, ys] = ["x", "y"].map(key => corners.map(corner => corner[key]));
    return {left: Math.min(...xs), right: Math.max(...xs),
      top: Math.min(...ys), bottom: Math.max(...ys)};
  };
  const set = words => {
    const range = document.createRange();
    range.selectNodeContents(words);
    return range.getBoundingClientRect();
  };
  const hides = element => /hidden|clip/.test(getComputedStyle(element).overflow);
  const outside = (box, edge) => box.left < edge.left - slack || box.right > edge.right + slack
    || box.top < edge.top - slack || box.bottom > edge.bottom + slack;
  const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  const faults = [];
  const judge = (name, found) => {
    const words = ({element}) => element.textContent.trim();
    for (const one of found)
      if (one.edges.some(edge => outside(one.box, edge)))
        faults.push(`${name}: cut off: ${words(one)}`);
    found.forEach((one, k) => found.slice(k + 1).forEach(other => {
      if (!one.element.contains(other.element) && meet(one.box, other.box))
        faults.push(`${name}: overlap: ${words(one)} | ${words(other)}`);
    }));
    return found.length;
  };
  const seen = element => element.textContent.trim()
    && element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  let count = 0;
  for (const image of document.querySelectorAll("main svg:not(svg svg, mjx-container svg)")) {
    if (!seen(image)) continue;
    const texts = [...image.querySelectorAll("text")]
      .filter(text => seen(text) && text.getBBox().width);
    count += judge(image.getAttribute("aria-label") ?? "a picture", texts.map(element => {
      const edges = [];
      for (let up = element.parentElement; up !== document.body; up = up.parentElement)
        if (up === image || hides(up)) edges.push(up.getBoundingClientRect());
      return {element, box: drawn(element), edges};
    }));
  }
  const WORDS = ".wg-title, .wg-control :is(label, output, button), figcaption, "
    + ".wg-legend li, dt, dd";
  for (const root of document.querySelectorAll("main .wg")) {
    if (!seen(root)) continue;
    const frame = root.getBoundingClientRect();
    const words = [...root.querySelectorAll(WORDS)].filter(seen);
    count += judge(root.getAttribute("aria-label") || root.className, words.map(element => {
      const around = element.closest(".wg-readout, .wg-panel")?.getBoundingClientRect() ?? frame;
      return {element, box: set(element), edges: [frame, around]};
    }));
  }
  return {count, faults};
}"""

# The same with every fold open and every slider at its first, middle and last position; the page
# is left as it was found.
LOOK = f"""async slack => {{
  const faults = {FAULTS};
  const folded = [...document.querySelectorAll("main details:not([open])")];
  const inputs = [...document.querySelectorAll("main .wg[data-index] input[type=range]")];
  const start = inputs.map(input => input.value);
  const put = (input, value) => {{
    input.value = value;
    input.dispatchEvent(new Event("input", {{bubbles: true}}));
  }};
  folded.forEach(part => {{ part.open = true; }});
  const found = new Set();
  let count = 0;
  for (const share of [0, 1 / 2, 1]) {{
    inputs.forEach(input => put(input, Math.round(share * input.max)));
    await new Promise(requestAnimationFrame);
    const seen = faults(slack);
    count = seen.count;
    seen.faults.forEach(fault => found.add(fault));
  }}
  inputs.forEach((input, k) => put(input, start[k]));
  folded.forEach(part => {{ part.open = false; }});
  return {{count, faults: [...found]}};
}}"""
