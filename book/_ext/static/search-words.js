// Marks the words that led here from the search, and keeps the search quiet in a folder.
//
// Sphinx's own marking writes into the page, into figures too; it is left out (book_weight.py).
// A browser that opens pages from a folder fetches none of them, so a hit is its title there.
(() => {
  if (document.getElementById("search-results")) {
    if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    return;
  }
  const KEY = "sphinx_highlight_terms", NAME = "searched";
  const address = new URL(location.href);
  let words = address.searchParams.get("highlight") ?? "";
  try {
    words = localStorage.getItem(KEY) || words;
    localStorage.removeItem(KEY);
  } catch { /* a browser that keeps nothing for this page */ }
  const terms = words.toLowerCase().split(/\s+/).filter(Boolean);
  const page = document.querySelector("main article") ?? document.querySelector("main");
  if (!terms.length || !page || !window.CSS?.highlights) return;

  // Ranges alone: the text stays as it is, whatever else draws on the page.
  const wanted = terms.map(term => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  const lines = document.createTreeWalker(page, NodeFilter.SHOW_TEXT), ranges = [];
  while (lines.nextNode()) {
    const node = lines.currentNode;
    if (node.parentElement.closest("script, style, svg, .math, .wg-static, .headerlink")) continue;
    for (const found of node.data.matchAll(new RegExp(wanted, "giu"))) {
      const range = new Range();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      ranges.push(range);
    }
  }
  if (!ranges.length) return;
  CSS.highlights.set(NAME, new Highlight(...ranges));

  const note = Object.assign(document.createElement("p"), { className: "wg-searched" });
  note.append(`Marked: ${terms.join(", ")}. `);
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Unmark" });
  const unmark = () => { CSS.highlights.delete(NAME); note.remove(); };
  button.addEventListener("click", unmark);
  addEventListener("keydown", event => { if (event.key === "Escape") unmark(); });
  note.append(button);
  page.querySelector("h1")?.after(note);
})();
