// Elements without innerHTML: what comes from lines is only ever text.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(made.style, value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((each) => each !== null && each !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

// A table from {head: [{text, number}], rows: [[cell…]]}, where a cell is a text or an element.
export function table({ head, rows, caption }) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {},
      element("caption", { class: "hidden" }, caption),
      element("thead", {}, element("tr", {}, head.map((each) =>
        element("th", { scope: "col", class: each.number ? "number" : null }, each.text)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell, index) =>
        element("td", { class: head[index].number ? "number" : null }, cell)))))));
}

// A table that sorts by the column whose heading is pressed. Cells are {text or node, key}.
export function sortable({ head, rows, caption, sorted, most = 25 }) {
  let [column, down] = sorted;
  let all = rows.length <= most;
  const body = element("tbody");
  const buttons = head.map((each, index) => element("button", {
    type: "button", onclick: () => { down = column === index ? !down : each.number; column = index; draw(); },
  }, each.text));
  const more = element("button", { type: "button", class: "more", onclick: () => { all = true; draw(); } },
    `Show all ${rows.length.toLocaleString("en-US")}`);
  const cells = head.map((each, index) => element("th", { scope: "col", class: each.number ? "number" : null }, buttons[index]));

  function draw() {
    const key = (row) => row[column].key ?? (down ? -Infinity : Infinity);
    const ordered = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0) * (down ? -1 : 1));
    cells.forEach((cell, index) => cell.setAttribute("aria-sort", index !== column ? "none" : down ? "descending" : "ascending"));
    body.replaceChildren(...(all ? ordered : ordered.slice(0, most)).map((row) => element("tr", {}, row.map((cell, index) =>
      element("td", { class: [head[index].number && "number", head[index].class].filter(Boolean).join(" ") || null },
        cell.node ?? cell.text)))));
    more.hidden = all;
  }
  draw();
  return element("div", {},
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      element("table", { class: "sortable" }, element("caption", { class: "hidden" }, caption),
        element("thead", {}, element("tr", {}, cells)), body)),
    more);
}
