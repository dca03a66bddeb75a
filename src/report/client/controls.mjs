// The reader's choices as form controls: each shows the store's value and changes it.
import { el } from "./dom.mjs";

let lastId = 0;
function freshId(name) {
  lastId += 1;
  return `${name}-${lastId}`;
}

// Radio buttons that look like one segmented switch. `options`: [{ value, text }].
export function segmented(store, choice, label, options) {
  const name = freshId(choice);
  const inputs = options.map(({ value, text }) => {
    const id = freshId("option");
    const input = el("input", { type: "radio", name, id, value, onchange: () => store.set({ [choice]: value }) });
    return { value, input, nodes: [input, el("label", { for: id }, text)] };
  });
  const update = (choices) => inputs.forEach(({ value, input }) => {
    input.checked = choices[choice] === value;
  });
  store.listen(update);
  update(store.get());
  return el("fieldset", { class: "segmented" }, el("legend", {}, label), inputs.map(({ nodes }) => nodes));
}

// A list to choose one from. Values are indices in the page, so that no text of a file becomes one.
export function chooser(store, choice, label, options) {
  const id = freshId(choice);
  const select = el("select", { id, onchange: () => store.set({ [choice]: options[select.selectedIndex].value }) },
    options.map(({ text }, index) => el("option", { value: index }, text)));
  const update = (choices) => {
    select.selectedIndex = options.findIndex(({ value }) => value === choices[choice]);
  };
  store.listen(update);
  update(store.get());
  return el("div", { class: "field" }, el("label", { for: id }, label), select);
}

export function searchField(store, choice, label, placeholder) {
  const id = freshId(choice);
  const input = el("input", { type: "search", id, placeholder, autocomplete: "off", spellcheck: "false", oninput: () => store.set({ [choice]: input.value }) });
  const update = (choices) => {
    if (input.value !== choices[choice]) input.value = choices[choice];
  };
  store.listen(update);
  update(store.get());
  return el("div", { class: "field grow" }, el("label", { for: id }, label), input);
}

// The legend of all charts: a button for each allocator that hides or shows it.
export function legend(store, allocators, swatchOf) {
  const buttons = allocators.map(({ name }) => {
    const button = el("button", { type: "button", class: "legend-entry", onclick: () => toggle(name) }, swatchOf(name), name);
    return { name, button };
  });
  const toggle = (name) => {
    const { hidden } = store.get();
    store.set({ hidden: hidden.includes(name) ? hidden.filter((each) => each !== name) : [...hidden, name] });
  };
  const update = ({ hidden }) => buttons.forEach(({ name, button }) => button.setAttribute("aria-pressed", String(!hidden.includes(name))));
  store.listen(update);
  update(store.get());
  return el("fieldset", { class: "legend" }, el("legend", {}, "Allocators: select to hide or show"), buttons.map(({ button }) => button));
}
