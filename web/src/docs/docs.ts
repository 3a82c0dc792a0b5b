// The page /docs of the HTTP port: Swagger UI with the document of the same server, in the colours that the system asks for.
import './docs.css';
import { type ApiDocument, prepared } from './document';

declare const SwaggerUIBundle: {
  (options: Record<string, unknown>): unknown;
  presets: { apis: unknown };
};

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();

const place = document.getElementById('docs')!;

/** Swagger UI gives some elements neither a name nor a way to scroll them by keys. */
function complete(): void {
  for (const box of place.querySelectorAll('textarea.body-param__text:not([aria-label])')) box.setAttribute('aria-label', 'Request body');
  for (const text of place.querySelectorAll('pre.microlight:not([tabindex]), pre.curl:not([tabindex]), .microlight:not([tabindex])')) text.setAttribute('tabindex', '0');
}
new MutationObserver(complete).observe(place, { childList: true, subtree: true });

function show(spec: ApiDocument): void {
  if (spec.info?.title) document.title = `${spec.info.title}: API documents`;
  SwaggerUIBundle({
    spec: prepared(spec),
    dom_id: '#docs',
    layout: 'BaseLayout',
    presets: [SwaggerUIBundle.presets.apis],
    // A second click before a form can be filled in helps nobody.
    tryItOutEnabled: true,
    // Links in the summaries would be buttons within buttons.
    deepLinking: false,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    // The colours of the highlighter lack contrast.
    syntaxHighlight: false,
    validatorUrl: null,
  });
}

async function load(): Promise<ApiDocument> {
  const answer = await fetch('openapi.json');
  if (!answer.ok) throw new Error(`openapi.json: ${answer.status} ${answer.statusText}`);
  return (await answer.json()) as ApiDocument;
}

load().then(show, (error) => {
  const said = document.createElement('p');
  said.className = 'wait';
  said.setAttribute('role', 'alert');
  said.textContent = `The API's document could not be loaded. ${error instanceof Error ? error.message : error}`;
  place.replaceChildren(said);
});
