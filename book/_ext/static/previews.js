// What a link names, shown beside it: a theorem, an equation, a source, a term. By mouse, by
// keyboard and by finger; the link itself still leads there. Nothing is fetched off the site.
(() => {
  const SHOWN = ".proof, .math, .citation, .admonition, tr, dt";
  const pages = new Map();

  const pageOf = path => {
    if (path === location.pathname) return Promise.resolve(document);
    if (!pages.has(path)) {
      // A page that was opened from a folder may read no other: then there is no preview.
      pages.set(path, location.protocol === "file:" ? Promise.resolve(null) : fetch(path)
        .then(answer => answer.ok ? answer.text() : null, () => null)
        .then(text => text && new DOMParser().parseFromString(text, "text/html")));
    }
    return pages.get(path);
  };

  const targetOf = async link => {
    const page = await pageOf(link.pathname);
    const found = page?.getElementById(decodeURIComponent(link.hash.slice(1)));
    return found?.closest(SHOWN) ?? null;
  };

  const copyOf = async target => {
    const box = document.createElement("div");
    const own = target.ownerDocument === document;
    if (target.matches("tr")) {
      for (const cell of target.cells) {
        const line = document.createElement("p");
        line.append(...[...cell.cloneNode(true).childNodes].flatMap(
          node => node.nodeName === "P" ? [...node.childNodes] : [node]));
        box.append(line);
      }
    } else box.append(target.cloneNode(true));
    for (const part of box.querySelectorAll(".headerlink, script, mjx-assistive-mml")) part.remove();
    for (const part of box.querySelectorAll("[id]")) part.removeAttribute("id");
    // A link within would lead the keyboard away from where the reader is.
    for (const link of box.querySelectorAll("a")) link.replaceWith(...link.childNodes);
    if (!own && box.querySelector(".math")) {
      await window.MathJax?.startup?.promise;
      await window.MathJax?.typesetPromise?.([box]);
    }
    return box;
  };

  let open = null, wanted = null, timer = 0;

  const close = () => {
    clearTimeout(timer);
    wanted = null;
    if (!open) return;
    open.link.removeAttribute("aria-describedby");
    open.box.remove();
    open = null;
  };

  const show = async link => {
    wanted = link;
    if (open?.link === link) return;
    const target = await targetOf(link);
    if (!target || wanted !== link) return;
    const box = await copyOf(target);
    if (wanted !== link) return;
    close();
    wanted = link;
    box.className = "wg-preview";
    box.id = "wg-preview";
    box.setAttribute("role", "tooltip");
    document.body.append(box);
    link.setAttribute("aria-describedby", box.id);
    link.removeAttribute("title");  // the browser's own tooltip would cover this one
    const at = link.getClientRects()[0], size = box.getBoundingClientRect();
    const left = Math.min(at.left, document.documentElement.clientWidth - size.width - 8);
    const below = at.bottom + 6, above = at.top - size.height - 6;
    const top = below + size.height > innerHeight && above > 0 ? above : below;
    box.style.left = `${Math.max(8, left) + scrollX}px`;
    box.style.top = `${top + scrollY}px`;
    box.addEventListener("pointerenter", () => clearTimeout(timer));
    box.addEventListener("pointerleave", leave);
    open = { link, box };
  };

  const leave = () => {
    clearTimeout(timer);
    timer = setTimeout(close, 250);
  };

  const ready = () => {
    const article = document.querySelector("article.bd-article");
    if (!article) return;
    const links = [...article.querySelectorAll("a.internal[href*='#']")]
      .filter(link => link.hash && !link.closest(".headerlink, nav, .prev-next-area"));
    for (const link of links) {
      let tapped = false;
      link.addEventListener("pointerenter", event => {
        if (event.pointerType !== "mouse") return;
        clearTimeout(timer);
        timer = setTimeout(() => show(link), 200);
      });
      link.addEventListener("pointerleave", event => event.pointerType === "mouse" && leave());
      link.addEventListener("pointerdown", event => { tapped = event.pointerType !== "mouse"; });
      link.addEventListener("focus", () => link.matches(":focus-visible") && !tapped && show(link));
      link.addEventListener("blur", leave);
      // The first tap shows, the second follows; where there is nothing to show, the first does.
      link.addEventListener("click", event => {
        if (!tapped || open?.link === link) return;
        tapped = false;
        event.preventDefault();
        show(link).then(() => { if (open?.link !== link) location.href = link.href; });
      });
    }
    addEventListener("keydown", event => event.key === "Escape" && close());
    addEventListener("pointerdown", event => {
      if (open && !open.box.contains(event.target) && event.target.closest("a") !== open.link) close();
    });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", ready);
  else ready();
})();
