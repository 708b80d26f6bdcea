"use strict";
(() => {
  const every = 2000, patience = 5000;
  const byId = (id) => document.getElementById(id);
  const live = byId("live"), lost = byId("lost"), search = byId("q");
  const clockAddress = document.currentScript.dataset.clock;
  const goneIcon = "data:image/svg+xml," + encodeURIComponent(`GONE_ICON`);
  let tag = null, skew = 0, lastAnswer = Date.now(), timer = 0, running = null, began = 0;

  // Times: "3 min ago", by the node's clock, whole in the title, and in one zone wherever the reader is.
  const utc = (ms) => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const steps = [[60, 1, "s"], [3600, 60, "min"], [172800, 3600, "h"], [Infinity, 86400, "days"]];
  const ago = (seconds) => {
    if (seconds < 1) return "just now";
    const [, unit, name] = steps.find(([limit]) => seconds < limit);
    return `${Math.floor(seconds / unit)} ${name} ago`;
  };
  const show = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const tick = () => {
    const now = Date.now() + skew;
    for (const time of document.querySelectorAll("time")) {
      const at = Date.parse(time.dateTime);
      if (!time.title) time.title = utc(at);
      show(time, ago((now - at) / 1000));
    }
  };

  // Makes the old tree equal to the new one with as few changes as there are differences.
  const key = (node) => node.nodeType === 1 ? node.getAttribute("data-k") : null;
  const isLike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);
  const flash = (row) => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    row.animate([{ backgroundColor: "var(--flash)" }, {}], { duration: 3000, easing: "ease-out" });
  };
  const morphAttributes = (a, b) => {
    const was = a.getAttribute("data-s");
    for (const { name } of [...a.attributes]) {
      if (!b.hasAttribute(name) && name !== "open" && name !== "title") a.removeAttribute(name);
    }
    for (const { name, value } of b.attributes) {
      if (name !== "open" && a.getAttribute(name) !== value) a.setAttribute(name, value);
    }
    if (was && was !== a.getAttribute("data-s")) flash(a);
  };
  const morph = (a, b) => {
    if (a.nodeType === 3) { if (a.data !== b.data) a.data = b.data; return; }
    if (a.nodeType !== 1) return;
    if (a.nodeName === "TIME") {
      if (a.dateTime !== b.dateTime) { a.dateTime = b.dateTime; a.removeAttribute("title"); }
      return;
    }
    morphAttributes(a, b);
    const keyed = new Map();
    for (const child of a.childNodes) { const k = key(child); if (k !== null) keyed.set(k, child); }
    let at = a.firstChild;
    for (const next of [...b.childNodes]) {
      const k = key(next);
      const match = k !== null ? keyed.get(k) : at && isLike(at, next) ? at : null;
      if (!match || !isLike(match, next)) { a.insertBefore(next, at); continue; }
      if (match === at) at = at.nextSibling; else a.insertBefore(match, at);
      morph(match, next);
    }
    while (at) { const after = at.nextSibling; at.remove(); at = after; }
  };

  const put = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.querySelector("#page"), bars = holder.content.querySelector("#bars");
    if (!fresh || !bars) throw new Error("not the status page");
    morph(byId("bars"), bars);
    morph(byId("page"), fresh);
  };

  // The browser's tab: all that is seen of a page in the background.
  const tab = (title, address) => {
    if (document.title !== title) document.title = title;
    const icon = document.querySelector("link[rel=icon]");
    if (icon.getAttribute("href") !== address) icon.setAttribute("href", address);
  };
  const alive = () => {
    const page = byId("page"), isStale = page.classList.contains("stale");
    lastAnswer = Date.now();
    live.dataset.on = isStale ? "stale" : "yes";
    show(live, isStale ? "Stale" : "Live");
    lost.hidden = true;
    tab(page.dataset.title, page.dataset.icon);
  };
  const dead = (what, why) => {
    live.dataset.on = "no";
    show(live, "Lost");
    show(lost, `${why} since ${utc(lastAnswer + skew)}. What is shown is from then; trying again.`);
    lost.hidden = false;
    const node = document.querySelector(".node b").textContent;
    tab(`${what} · ${node} · Quorate`, goneIcon);
  };

  const poll = async () => {
    clearTimeout(timer);
    if (running) running.abort();
    const mine = running = new AbortController();
    began = Date.now();
    const limit = setTimeout(() => mine.abort(), patience);
    const query = new URLSearchParams(location.search);
    query.set("fragment", "1");
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(`${location.pathname}?${query}`, { headers, cache: "no-store", signal: mine.signal });
      const date = Date.parse(answer.headers.get("Date"));
      if (Math.abs(date - Date.now()) > 2000) skew = date - Date.now();
      if (answer.status === 200) {
        const html = await answer.text();
        if (mine !== running) return;
        put(html);
        tag = answer.headers.get("ETag");
      } else if (answer.status !== 304) {
        const text = await answer.text();
        if (mine !== running) return;
        // A proxy in front says it so.
        const isGone = answer.status === 502 || answer.status === 504;
        dead(isGone ? "node gone" : `error ${answer.status}`, text.length < 300 ? text.trim() : "It refused to answer");
        return;
      }
      alive();
    } catch (error) {
      if (mine !== running) return;
      const isGone = error instanceof TypeError || error.name === "AbortError";
      dead(isGone ? "node gone" : "error", isGone ? "The node has not answered" : error.message);
    } finally {
      clearTimeout(limit);
      if (mine === running) {
        running = null;
        tick();
        document.documentElement.dataset.polled = "yes";
        if (!document.hidden || !clock) timer = setTimeout(poll, every);
      }
    }
  };

  // While nobody sees the page. What runs too long is broken off here, since the page's own timer comes late.
  let clock = null;
  const wake = () => {
    if (!running) poll(); else if (Date.now() - began >= patience) running.abort();
  };
  const noteVisibility = () => {
    if (document.hidden) {
      if (clock) return;
      try { clock = new Worker(clockAddress); } catch { return; }
      clock.onmessage = wake;
    } else {
      if (clock) clock.terminate();
      clock = null;
      poll();
    }
  };

  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const text = search.value.trim();
      history.replaceState(null, "", text ? `./?q=${encodeURIComponent(text)}` : "./");
      for (const view of document.querySelectorAll(".bar nav a")) {
        if (!text && view.getAttribute("href") === "./") view.setAttribute("aria-current", "page");
        else view.removeAttribute("aria-current");
      }
      tag = null;
      poll();
    }, 180);
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
  document.addEventListener("visibilitychange", noteVisibility);
  // After it was frozen, or taken out of the browser's memory of pages.
  document.addEventListener("resume", wake);
  addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  setInterval(tick, 1000);
  tick();
  noteVisibility();
  if (document.hidden) poll();
})();
