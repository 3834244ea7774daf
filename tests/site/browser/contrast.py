"""What text stands out against what lies behind it: which texts axe must weigh, and all of them.

axe weighs the contrast of every element with text of its own by building a stack of colours for
each, which on a long page takes half a minute for thousands of elements of few kinds. So it is
shown two elements of each kind (:data:`MARK`), and every text besides, the glyphs of formulas and
the labels of pictures among them, is weighed here (:data:`FAINT`), in a tenth of a second.
"""

from __future__ import annotations

# Shared by both: the elements that hold text of their own, and whether it is to be seen.
_TEXTS = """
  const SILENT = /^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/;
  const shown = element => {
    if (!element.checkVisibility({
      opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true,
    })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };
  const texts = () => {
    const found = new Set(document.querySelectorAll(
      "select, textarea, input:not([type=range], [type=checkbox], [type=radio], [type=hidden])"));
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (node.nodeValue.trim() && !SILENT.test(node.parentElement.tagName))
        found.add(node.parentElement);
    return [...found];
  };
"""

#: Marks the elements whose contrast axe weighs with ``data-weighed``; returns how many there are.
#:
#: Texts are of one kind if they agree, with all of their ancestors, in tag, classes and every
#: style that axe looks at, and if what is painted across them without being an ancestor agrees
#: too. Of each kind the first and the last are weighed.
MARK = f"""() => {{{_TEXTS}
  const STYLES = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize",
    "fontWeight", "textShadow", "mixBlendMode", "filter"];
  const PICTURES = /^(IMG|CANVAS|VIDEO|IFRAME|OBJECT|SVG)$/i;
  const numbers = new Map(), kinds = new Map();
  const number = word => numbers.get(word) ?? numbers.set(word, numbers.size).get(word);
  const kind = element => {{
    if (!element) return 0;
    let known = kinds.get(element);
    if (known === undefined) {{
      const style = getComputedStyle(element);
      known = number([kind(element.parentElement), element.tagName, element.getAttribute("class"),
        element.matches(":disabled, [aria-disabled=true]"), element.getAttribute("aria-hidden"),
        ...STYLES.map(name => style[name])].join("|"));
      kinds.set(element, known);
    }}
    return known;
  }};
  const painted = [...document.body.querySelectorAll("*:not(mjx-container *, svg *)")]
    .filter(element => {{
      const style = getComputedStyle(element);
      return style.backgroundColor !== "rgba(0, 0, 0, 0)" || style.backgroundImage !== "none"
        || PICTURES.test(element.tagName);
    }})
    .filter(shown)
    .map(element => [element.getBoundingClientRect(), element]);
  const groups = new Map();
  for (const element of texts().filter(shown)) {{
    const box = element.getBoundingClientRect();
    const across = new Set();
    for (const [other, thing] of painted)
      if (other.top < box.bottom && box.top < other.bottom
          && other.left < box.right && box.left < other.right && !thing.contains(element))
        across.add(kind(thing));
    const key = `${{kind(element)}} ${{[...across].sort().join()}}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(element);
  }}
  const marked = new Set([...groups.values()].flatMap(
    group => [group[0], group.at(-1)]));
  marked.forEach(element => element.setAttribute("data-weighed", ""));
  return marked.size;
}}"""
UNMARK = """() => document.querySelectorAll("[data-weighed]")
  .forEach(element => element.removeAttribute("data-weighed"))"""

#: Every text that is too faint by WCAG 1.4.3, as "ratio < bound, colour on background: element".
#:
#: Text is weighed against the backgrounds of its ancestors, laid over each other. A glyph of a
#: formula and a bar of a fraction count as text, as does a label of a picture, by its ``fill``.
FAINT = f"""() => {{{_TEXTS}
  const context = document.createElement("canvas").getContext("2d", {{willReadFrequently: true}});
  const colours = new Map(), layers = new Map();
  const rgba = colour => {{
    if (!colours.has(colour)) {{
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = "#000";
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      colours.set(colour, [r, g, b, a / 255]);
    }}
    return colours.get(colour);
  }};
  // A colour with its alpha, laid over another that may be transparent too.
  const over = ([r, g, b, a], [x, y, z, c]) => {{
    const alpha = a + c * (1 - a);
    const mix = (front, back) => alpha && (front * a + back * c * (1 - a)) / alpha;
    return [mix(r, x), mix(g, y), mix(b, z), alpha];
  }};
  const layer = element => {{
    if (!layers.has(element)) {{
      const style = getComputedStyle(element);
      layers.set(element, [rgba(style.backgroundColor), +style.opacity]);
    }}
    return layers.get(element);
  }};
  // What is seen where something of this colour is painted in the element: over its background,
  // as opaque as the element is, over that of its parent, and so on down to the white canvas.
  const seen = (colour, element) => {{
    for (let e = element; e; e = e.parentElement) {{
      const [background, opacity] = layer(e);
      const [r, g, b, a] = over(colour, background);
      colour = [r, g, b, a * opacity];
    }}
    return over(colour, [255, 255, 255, 1]).slice(0, 3);
  }};
  const light = rgb => rgb.map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [.2126, .7152, .0722][k], 0);
  const glyphs = document.querySelectorAll("mjx-math mjx-c, mjx-math mjx-line");
  const faint = [];
  for (const element of [...texts(), ...glyphs]) {{
    const formula = element.closest("mjx-container");
    // Glyphs and bars may be thinner than a pixel: they are seen where their formula is.
    if (!shown(formula ?? element)) continue;
    if (element.closest(":disabled, [aria-disabled=true], mjx-assistive-mml")) continue;
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    if (ink === "none" || ink.startsWith("url")) continue;
    const front = seen(rgba(ink), element), back = seen([0, 0, 0, 0], element);
    const [x, y] = [light(front), light(back)];
    const ratio = (Math.max(x, y) + .05) / (Math.min(x, y) + .05);
    const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
    const least = large ? 3 : 4.5;
    if (ratio < least)
      faint.push(`${{ratio.toFixed(2)}} < ${{least}}, ${{ink}} on rgb(${{back.map(Math.round)}}): `
        + (formula ?? element).outerHTML.slice(0, 160));
  }}
  return faint;
}}"""

#: Formulas that a screen reader would pass over in silence or read glyph by glyph.
UNSPOKEN = """() => [...document.querySelectorAll("mjx-container")].filter(formula => {
  if (!formula.querySelector("mjx-c, svg")) return false;  // white space
  const math = formula.querySelector("mjx-assistive-mml > math");
  const drawn = formula.querySelector("mjx-math, svg");
  return !math || !math.textContent.trim() || math.closest("[aria-hidden=true]")
    || getComputedStyle(math).display === "none" || getComputedStyle(math).visibility === "hidden"
    || drawn?.getAttribute("aria-hidden") !== "true";
}).map(formula => formula.outerHTML.slice(0, 160))"""
