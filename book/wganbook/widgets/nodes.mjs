// Nodes of a page and of a picture, made in one call.

const NS = "http://www.w3.org/2000/svg";

export function svg(tag, attributes, parent) {
  const node = document.createElementNS(NS, tag);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  parent?.append(node);
  return node;
}

export function html(tag, properties, parent) {
  const node = Object.assign(document.createElement(tag), properties);
  parent?.append(node);
  return node;
}
