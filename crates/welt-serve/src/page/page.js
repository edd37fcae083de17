"use strict";
// A text goes to /v1/tag and comes back with its entities. Offsets count Unicode scalar values, which `Array.from` gives.

const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
let types = [];
let found = null;

function say(text, isWrong = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("wrong", isWrong);
}

function headers() {
  const token = byId("token").value;
  return token ? { "Content-Type": "application/json", Authorization: `Bearer ${token}` } : { "Content-Type": "application/json" };
}

/** The body of an answer, or an error in the server's words. */
async function ask(path, body) {
  const asked = body === undefined ? { headers: headers() } : { method: "POST", headers: headers(), body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, asked);
  } catch {
    throw new Error("the server does not answer");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401) byId("token-row").hidden = false;
  const retry = response.headers.get("Retry-After");
  throw new Error(`${answer.detail ?? response.statusText}${retry ? ` (in about ${retry} s)` : ""}`);
}

const kind = (type) => {
  if (!types.includes(type)) types.push(type);
  return `k${types.indexOf(type) % 8}`;
};

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

const shown = (score) => (score === undefined ? "" : score.toFixed(2));

/** The entities whose score is high enough, in the order of the text. */
const chosen = () => found.entities.filter((entity) => (entity.score ?? 1) >= Number(byId("least").value || 0));

function show() {
  const entities = chosen();
  const characters = Array.from(found.text);
  const marked = document.createDocumentFragment();
  let at = 0;
  for (const entity of entities) {
    if (entity.start < at) continue;
    marked.append(characters.slice(at, entity.start).join(""));
    const mark = element("mark", characters.slice(entity.start, entity.end).join(""), kind(entity.type));
    mark.title = `${entity.type}, score ${shown(entity.score)}`;
    mark.append(element("small", `${entity.type} ${shown(entity.score)}`));
    marked.append(mark);
    at = entity.end;
  }
  marked.append(characters.slice(at).join(""));
  byId("marked").replaceChildren(marked);
  byId("legend").replaceChildren(
    ...types.map((type) => element("li", `${type} ${entities.filter((entity) => entity.type === type).length}`, kind(type))),
  );
  byId("rows").replaceChildren(
    ...entities.map((entity) => {
      const row = document.createElement("tr");
      row.append(
        element("td", entity.text),
        element("td", entity.type),
        element("td", `${entity.start}–${entity.end}`, "number"),
        element("td", shown(entity.score), "number"),
      );
      return row;
    }),
  );
  byId("result").hidden = false;
  const { words, sentences, unseen_words: unseen, cut_words: cut } = found.reading;
  const notes = [
    `${number.format(entities.length)} entities in ${number.format(words)} words of ${number.format(sentences)} sentences`,
    unseen ? `${number.format(unseen)} words that the model cannot see` : "",
    cut ? `${number.format(cut)} words read by their beginnings` : "",
    `${found.milliseconds.toFixed(0)} ms`,
  ];
  say(notes.filter(Boolean).join(", "));
}

async function tag(event) {
  event?.preventDefault();
  const text = byId("text").value;
  byId("tag").disabled = true;
  say("Tagging …");
  try {
    const started = performance.now();
    const answer = await ask("v1/tag", { text });
    found = { ...answer, text, milliseconds: performance.now() - started };
    show();
  } catch (error) {
    say(error.message, true);
  } finally {
    byId("tag").disabled = false;
  }
}

function download(name, kind, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** The chosen entities as a collection of BioC JSON, whose offsets count the same characters. */
function bioc() {
  const annotation = ({ start, end, text, type, score }, index) => ({
    id: `T${index + 1}`,
    infons: score === undefined ? { type } : { score: String(score), type },
    text,
    locations: [{ offset: start, length: end - start }],
  });
  const passage = { offset: 0, infons: {}, text: found.text, sentences: [], annotations: chosen().map(annotation), relations: [] };
  const document = { id: "text", infons: {}, passages: [passage], annotations: [], relations: [] };
  return { source: "", date: "", key: "", infons: { model: found.model }, documents: [document] };
}

async function start() {
  byId("form").addEventListener("submit", tag);
  byId("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) tag(event);
  });
  byId("least").addEventListener("input", () => found && show());
  byId("token").addEventListener("change", about);
  byId("bioc").addEventListener("click", () => download("entities.bioc.json", "application/json", `${JSON.stringify(bioc(), null, 1)}\n`));
  byId("lines").addEventListener("click", () => {
    const lines = chosen().map((entity) => `${JSON.stringify({ ...entity, model: found.model })}\n`);
    download("entities.jsonl", "application/jsonl", lines.join(""));
  });
  await about();
}

async function about() {
  try {
    const { model, entity_types: found, device } = await ask("v1/model");
    types = found.slice();
    byId("about").textContent = `${model} finds ${found.join(", ")} on ${device}`;
    say("");
  } catch (error) {
    byId("about").textContent = "";
    say(error.message, true);
  }
}

start();
