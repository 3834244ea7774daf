// Brings the book's widgets to life on a page without a kernel. It reads the widget state
// that the page carries, imports each widget's own module and calls render({model, el}), as a
// notebook would. A classic deferred script: modules do not load from file:// addresses.
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";

  // The part of anywidget's model interface that a front end may use.
  class Model {
    constructor(record) {
      this.state = record.state;
      this.listeners = new Map();
      this.page = window.wgPage;  // answers and positions that outlive the visit: reader-state.js
      for (const buffer of record.buffers ?? []) {
        const owner = buffer.path.slice(0, -1).reduce((node, key) => node[key], this.state);
        const bytes = Uint8Array.from(atob(buffer.data), letter => letter.charCodeAt(0));
        owner[buffer.path.at(-1)] = new DataView(bytes.buffer);
      }
    }
    get(key) { return this.state[key]; }
    set(key, value) {
      const entries = typeof key === "object" ? Object.entries(key) : [[key, value]];
      for (const [name, next] of entries) {
        if (this.state[name] === next) continue;
        this.state[name] = next;
        this.emit(`change:${name}`, next);
        this.emit("change");
      }
    }
    save_changes() {}
    send() {}
    emit(event, ...values) {
      for (const listener of [...(this.listeners.get(event) ?? [])]) listener(...values);
    }
    on(events, listener) {
      for (const event of events.split(" ")) {
        this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
      }
    }
    off(event, listener) {
      const kept = listener ? (this.listeners.get(event) ?? []).filter(l => l !== listener) : [];
      this.listeners.set(event, kept);
    }
  }

  // A large text lies in a file, which is fetched once: the text itself, or a promise of it.
  const fetched = new Map();
  function textOf(text) {
    if (typeof text === "string") return text;
    if (!fetched.has(text.key)) fetched.set(text.key, new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: text.file });
      script.onload = () => resolve(window.wgTexts[text.key]);
      script.onerror = () => reject(new Error(`a figure's file is missing: ${text.file}`));
      document.head.append(script);
    }));
    return fetched.get(text.key);
  }

  // A figure whose file is large comes to life when its reader comes near, or an address may ask
  // for it; until then its picture stands there.
  let wake;
  const awake = new Promise(resolve => { wake = resolve; });
  const heed = () => { if (location.hash.includes("=")) wake(); };
  heed();
  addEventListener("hashchange", heed);
  function near(place) {
    const seen = new Promise(resolve => {
      const watching = new IntersectionObserver(entries => {
        if (!entries.some(entry => entry.isIntersecting)) return;
        watching.disconnect();
        resolve();
      }, { rootMargin: "1500px" });
      watching.observe(place);
    });
    return Promise.race([awake, seen]);
  }

  async function moduleOf(model) {
    const url = URL.createObjectURL(new Blob([model.get("_esm")], { type: "text/javascript" }));
    try {
      const exported = (await import(url)).default;
      return typeof exported === "function" ? await exported() : exported;
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  const styles = new Set();
  function addStyle(text) {
    if (!text || styles.has(text)) return;
    styles.add(text);
    document.head.append(Object.assign(document.createElement("style"), { textContent: text }));
  }

  // The table stays open without JavaScript; with it, it folds, and unfolds for the printer.
  function foldTable(place) {
    const table = place.querySelector("details.wg-table");
    if (!table) return;
    table.open = false;
    let wasOpen = false;
    addEventListener("beforeprint", () => { wasOpen = table.open; table.open = true; });
    addEventListener("afterprint", () => { table.open = wasOpen; });
  }

  // Paper is white: a page read in the dark theme prints in the light one.
  const root = document.documentElement, paper = matchMedia("print");
  let screenTheme = null;
  function printLight() {
    if (paper.matches && root.dataset.theme === "dark") {
      screenTheme = root.dataset.theme;
      root.dataset.theme = "light";
    } else if (!paper.matches && screenTheme) {
      root.dataset.theme = screenTheme;
      screenTheme = null;
    }
  }
  paper.addEventListener("change", printLight);

  async function bringToLife(place, model, module) {
    const live = document.createElement("div");
    addStyle(model.get("_css"));
    await module.initialize?.({ model });
    await module.render?.({ model, el: live });
    place.prepend(live);
    place.classList.add("wg-live");
    // On paper the picture stands for what moves: a picture that nobody sees is never fetched.
    const picture = place.querySelector(".wg-picture");
    if (picture && live.querySelector(".wg-moving, .wg-shop")) picture.loading = "eager";
    foldTable(place);
  }

  const found = [];
  for (const script of document.querySelectorAll(`script[type="${STATE}"]`)) {
    const { state: records, shared } = JSON.parse(script.textContent);
    for (const place of document.querySelectorAll("[data-wg-model]")) {
      const record = records[place.dataset.wgModel];
      if (!record) continue;
      // Module and style, which widgets of a kind have in common, are on the page once.
      const texts = Object.entries(record.shared).map(([key, name]) => [key, shared[name]]);
      found.push({ place, model: new Model(record), texts });
    }
  }

  // MathJax comes after this script and sets hundreds of formulas in one piece: it waits until
  // the first figure is drawn, and the other figures come between its pieces.
  let letFormulasBegin;
  const begin = new Promise(resolve => { letFormulasBegin = resolve; });
  if (found.length) {
    const asked = window.MathJax ?? {}, ready = async () => {
      await begin;
      return window.MathJax.startup.defaultPageReady();
    };
    window.MathJax = { ...asked, startup: { ...asked.startup, pageReady: ready } };
  }
  const breath = () => new Promise(resolve => setTimeout(resolve));

  const isLarge = ({ texts }) => texts.some(([, text]) => typeof text !== "string");
  async function arrives(figure) {
    if (isLarge(figure)) await near(figure.place);
    for (const [key, text] of figure.texts) figure.model.state[key] = await textOf(text);
    return moduleOf(figure.model);
  }

  // Modules arrive in any order. Figures come to life in that of the page: by it those of one
  // title get their names in the address.
  async function bringAllToLife() {
    for (const figure of found) if (isLarge(figure)) figure.place.classList.add("wg-picture-stays");
    const modules = found.map(arrives);
    for (const module of modules) module.catch(() => {});  // said below, in the order of the page
    const live = async ({ place, model }, k) => {
      try {
        await bringToLife(place, model, await modules[k]);
      } catch (error) {
        place.classList.add("wg-picture-stays");
        console.error(error);
      }
    };
    for (const [k, figure] of found.entries()) {
      if (isLarge(figure)) { live(figure, k); continue; }
      await live(figure, k);
      letFormulasBegin();
      await breath();
    }
    letFormulasBegin();
    window.wgPage.ready();
  }
  window.wgPage.wake = wake;
  bringAllToLife().catch(error => console.error(error));
})();
