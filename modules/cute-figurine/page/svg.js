// svg.js: adding and hiding SVG elements. Attributes only: the page forbids inline styles.

export function add(parent, name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

export const show = (element, yes) => element.setAttribute("display", yes ? "inline" : "none");
