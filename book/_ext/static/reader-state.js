// What the page remembers for its reader, without a server: answers, in this browser's own store;
// positions of figures, in the fragment of the address, so that a link carries them. The widgets
// reach it as `model.page`; in a notebook with a kernel there is none. A classic deferred script.
//
// Text from the store or from an address is never put into the page but as text.
window.wgPage = (() => {
  const make = (tag, properties, parent) => {
    const node = Object.assign(document.createElement(tag), properties);
    parent?.append(node);
    return node;
  };

  // --- answers ---------------------------------------------------------------------------------
  const STORE = "wganbook-answers", VERSION = 1, MOST = 2000, LONGEST = 500;
  const listeners = [], reports = new Map();
  let status = null, count = null;
  const say = text => { if (status) status.textContent = text; };

  // The answers in a text, or null if it is none of ours. No prototype: any name is a plain key.
  function answersIn(text) {
    let read;
    try { read = JSON.parse(text); } catch { return null; }
    if (read?.version !== VERSION || typeof read.answers !== "object" || !read.answers) return null;
    const entries = Object.entries(read.answers);
    const fine = entries.length <= MOST && entries.every(([key, value]) =>
      typeof value === "string" && key.length <= LONGEST && value.length <= LONGEST);
    return fine ? Object.assign(Object.create(null), read.answers) : null;
  }

  function stored() {
    try {
      const text = localStorage.getItem(STORE);
      return (text && answersIn(text)) || Object.create(null);
    } catch {
      return Object.create(null);  // a browser that keeps nothing for this page
    }
  }

  const textOf = answers => JSON.stringify({ version: VERSION, answers });
  function store(answers) {
    try {
      const before = localStorage.getItem(STORE);
      if (before && !answersIn(before)) localStorage.setItem(`${STORE}-damaged`, before);
      localStorage.setItem(STORE, textOf(answers));
    } catch {
      say("This browser keeps nothing for this page: the answers are gone when you leave it.");
    }
  }

  const kept = key => stored()[key];
  const keep = (key, written) => store(Object.assign(stored(), { [key]: written }));
  function forget(keys) {
    const answers = stored();
    for (const key of keys) delete answers[key];
    store(answers);
  }
  const onProgress = recall => { listeners.push(recall); };
  const recallAll = () => { for (const recall of listeners) recall(); };
  addEventListener("storage", event => { if (event.key === STORE) recallAll(); });

  function showCount() {
    const good = [...reports.values()].filter(Boolean).length;
    if (count && reports.size) count.textContent = `${good} of ${reports.size} on this page right.`;
  }
  function report(name, right) {
    reports.set(name, right);
    showCount();
  }

  function save() {
    const url = URL.createObjectURL(new Blob([textOf(stored())], { type: "application/json" }));
    make("a", { href: url, download: "wgan-book-answers.json" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    say("Saved as wgan-book-answers.json.");
  }

  async function load(file) {
    const read = file.size < 1e6 ? answersIn(await file.text()) : null;
    if (!read) return say("That file holds no answers of this book; nothing was changed.");
    store(Object.assign(stored(), read));
    recallAll();
    const number = Object.keys(read).length;
    say(`${number} ${number === 1 ? "answer" : "answers"} read from the file.`);
  }

  // One panel a page, below its last question.
  function drawPanel(after) {
    const panel = make("section", { className: "wg-progress", ariaLabel: "Your answers" });
    const line = make("p", {}, panel);
    make("strong", { textContent: "Your answers " }, line);
    line.append("stay in this browser and go nowhere else. ");
    count = make("span", {}, line);
    const buttons = make("div", { className: "wg-buttons" }, panel);
    const button = (textContent, act) => {
      const node = make("button", { type: "button", textContent }, buttons);
      node.addEventListener("click", act);
      return node;
    };
    const chooser = make("input", { type: "file", accept: "application/json,.json", hidden: true }, panel);
    chooser.setAttribute("aria-label", "File with answers");
    chooser.addEventListener("change", () => {
      if (chooser.files.length) load(chooser.files[0]).catch(() => say("That file cannot be read; nothing was changed."));
      chooser.value = "";
    });
    button("Save as a file", save);
    button("Load from a file", () => chooser.click());
    let sure = false;
    const reset = button("Forget all answers", () => {
      if (sure) {
        store(Object.create(null));
        recallAll();
        say("All answers are forgotten, on every page.");
      } else say("This forgets the answers of the whole book. Press again to do it.");
      sure = !sure;
      reset.textContent = sure ? "Really forget all" : "Forget all answers";
    });
    reset.addEventListener("blur", () => { sure = false; reset.textContent = "Forget all answers"; });
    status = make("p", { className: "wg-status" }, panel);
    status.setAttribute("role", "status");
    after.after(panel);
    showCount();
  }

  // --- positions in the address ----------------------------------------------------------------
  // #~two-parallel-lines=57&level-sets=3, one entry for each figure that is not as it was. A plain
  // fragment, such as #exercises, is a place on the page and stays one. Settings that another part
  // of the page keeps in the address, such as #workshop=1&seed=3, stand before the tilde and stay.
  const figures = new Map();
  let pending = null, note = null;

  // What stands before the tilde and after it; null where there is none.
  function partsOf(hash) {
    const at = hash.indexOf("~");
    return at < 0 ? [hash.slice(1), null] : [hash.slice(1, at), hash.slice(at + 1)];
  }

  // Entries of the present address; null if it is damaged.
  function entriesOf(hash) {
    const [, ours] = partsOf(hash);
    if (ours === null) return new Map();
    try {
      const pairs = ours.split("&").filter(Boolean).map(pair => pair.split("="));
      if (pairs.some(pair => pair.length !== 2)) return null;
      return new Map(pairs.map(pair => pair.map(decodeURIComponent)));
    } catch {
      return null;
    }
  }

  function complain(sentence) {
    if (!note) {
      note = make("p", { className: "wg-address-note" });
      note.setAttribute("role", "status");
      (document.querySelector("main h1, h1") ?? document.body.firstChild).after(note);
    }
    note.textContent = sentence;
    note.hidden = !sentence;
  }

  function writeAddress() {
    clearTimeout(pending);
    pending = null;
    const [before] = partsOf(location.hash), settings = before.includes("=") ? before : "";
    const moved = [...figures].filter(([, figure]) => figure.value !== null)
      .map(([name, figure]) => `${encodeURIComponent(name)}=${encodeURIComponent(figure.value)}`);
    const hash = moved.length ? `#${settings}~${moved.join("&")}` : before && `#${before}`;
    if (hash !== location.hash) history.replaceState(history.state, "", hash || location.pathname + location.search);
  }

  // Gives a figure its entry. `apply(text)` shows a position and returns nothing, or returns the
  // sentence that says why it cannot; null means the start. Returns the function that notes a
  // position (null: as at the start), and where nothing more comes, writes it into the address.
  function address(title, element, apply) {
    const slug = title.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "figure";
    let name = slug;
    for (let k = 2; figures.has(name); k++) name = `${slug}-${k}`;
    figures.set(name, { apply, element, value: null });
    return value => {
      figures.get(name).value = value;
      // Browsers allow some hundred changes of the address in half a minute: a drag is one.
      clearTimeout(pending);
      pending = setTimeout(writeAddress, 300);
    };
  }
  addEventListener("pagehide", () => { if (pending) writeAddress(); });

  // Shows what the address says, once every figure is there and whenever it changes.
  function follow({ scroll = false } = {}) {
    const entries = entriesOf(location.hash);
    if (!entries) return complain("The address of this page carries a damaged position; it is left aside.");
    if (partsOf(location.hash)[1] === null && !scroll) return undefined;  // a place on the page
    const complaints = [];
    let first = null;
    for (const [name, figure] of figures) {
      const wanted = entries.has(name) ? entries.get(name) : null;
      if (wanted === null && figure.value === null) continue;
      const trouble = figure.apply(wanted);
      if (trouble) complaints.push(trouble);
      else if (wanted !== null) first ??= figure.element;
    }
    for (const name of entries.keys()) {
      if (!figures.has(name)) complaints.push(`The address names a figure that this page does not have: “${name.slice(0, 60)}”.`);
    }
    if (complaints.length || note) complain(complaints.slice(0, 3).join(" "));
    const arrived = performance.getEntriesByType("navigation")[0]?.type === "navigate";
    if (scroll && arrived) first?.scrollIntoView({ block: "center" });
    return undefined;
  }
  addEventListener("hashchange", () => follow());

  // Called by the host when the widgets of the page live.
  function ready() {
    const asked = document.querySelectorAll(".wg-asked.wg-live, .wg-live:has(.wg-quiz)");
    if (asked.length) drawPanel(asked[asked.length - 1].closest(".cell") ?? asked[asked.length - 1]);
    follow({ scroll: true });
  }

  return { kept, keep, forget, onProgress, report, address, ready };
})();
