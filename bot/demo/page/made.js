// Elements from plain values. Text goes in as text nodes only: what people write is never markup.

export function made(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Texts and attributes are only touched when they change: a screen reader would read them again.
export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function put(element, name, value) {
  const wanted = value === true ? "" : value;
  if (value === false || value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(wanted)) element.setAttribute(name, wanted);
}
