"use strict";
(() => {
  // src/docs/document.ts
  var DEPTH_MAX = 5;
  function valueOf(api, raw, depth) {
    const schema = raw.$ref ? api.components?.schemas?.[raw.$ref.split("/").at(-1)] ?? {} : raw;
    if (schema.examples?.length) return schema.examples[0];
    if (schema.properties) return depth < DEPTH_MAX ? objectOf(api, schema, depth) : {};
    const type = [schema.type ?? "string"].flat().find((t) => t !== "null");
    if (type === "array") return schema.items && depth < DEPTH_MAX ? [valueOf(api, schema.items, depth + 1)] : [];
    if (type === "object") return {};
    if (type === "boolean") return false;
    if (type === "integer" || type === "number") return 0;
    return schema.enum?.find((value) => value) ?? "";
  }
  function objectOf(api, schema, depth) {
    const needed = /* @__PURE__ */ new Set([...schema.required ?? [], ...schema.oneOf?.[0]?.required ?? []]);
    const shown = Object.entries(schema.properties ?? {}).filter(([name, property]) => needed.has(name) || !schema.oneOf && property.examples?.length);
    return Object.fromEntries(shown.map(([name, property]) => [name, valueOf(api, property, depth + 1)]));
  }
  function prepared(api) {
    for (const operation of Object.values(api.paths ?? {}).flatMap((methods) => Object.values(methods))) {
      for (const content of Object.values(operation.requestBody?.content ?? {})) {
        if (content.schema) content.example = valueOf(api, content.schema, 0);
      }
    }
    for (const response of Object.values(api.components?.responses ?? {})) {
      delete response.content;
      delete response.headers;
    }
    return api;
  }

  // src/docs/docs.ts
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", paint);
  paint();
  var place = document.getElementById("docs");
  function complete() {
    for (const box of place.querySelectorAll("textarea.body-param__text:not([aria-label])")) box.setAttribute("aria-label", "Request body");
    for (const text of place.querySelectorAll("pre.microlight:not([tabindex]), pre.curl:not([tabindex]), .microlight:not([tabindex])")) text.setAttribute("tabindex", "0");
  }
  new MutationObserver(complete).observe(place, { childList: true, subtree: true });
  function show(spec) {
    if (spec.info?.title) document.title = `${spec.info.title}: API documents`;
    SwaggerUIBundle({
      spec: prepared(spec),
      dom_id: "#docs",
      layout: "BaseLayout",
      presets: [SwaggerUIBundle.presets.apis],
      // A second click before a form can be filled in helps nobody.
      tryItOutEnabled: true,
      // Links in the summaries would be buttons within buttons.
      deepLinking: false,
      defaultModelsExpandDepth: 0,
      displayRequestDuration: true,
      // The colours of the highlighter lack contrast.
      syntaxHighlight: false,
      validatorUrl: null
    });
  }
  async function load() {
    const answer = await fetch("openapi.json");
    if (!answer.ok) throw new Error(`openapi.json: ${answer.status} ${answer.statusText}`);
    return await answer.json();
  }
  load().then(show, (error) => {
    const said = document.createElement("p");
    said.className = "wait";
    said.setAttribute("role", "alert");
    said.textContent = `The API's document could not be loaded. ${error instanceof Error ? error.message : error}`;
    place.replaceChildren(said);
  });
})();
