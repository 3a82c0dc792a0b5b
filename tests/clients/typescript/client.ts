// A client of the HTTP API with openapi-fetch. Its types are made of /openapi.json by openapi-typescript.
//
// Usage: client.js URL

import createClient from "openapi-fetch";
import type { components, paths } from "./contract.js";

type User = components["schemas"]["user.User"];

let waits = 0;

/** Fetches, and sends the request again while the server asks to wait. */
async function patientFetch(request: Request): Promise<Response> {
  for (let attempt = 0; ; ++attempt) {
    const answer = await fetch(request.clone());
    if (answer.status !== 429 || attempt === 20) return answer;
    ++waits;
    await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get("Retry-After"))));
  }
}

const api = createClient<paths>({ baseUrl: process.argv[2], fetch: patientFetch });

/** All users, page by page. */
async function* users(): AsyncGenerator<User> {
  let token = "";
  do {
    const { data, error } = await api.GET("/api/users", { params: { query: { page_size: 2, page_token: token } } });
    if (error) throw new Error(`${error.code}: ${error.detail}`);
    yield* data.users;
    token = data.next_page_token;
  } while (token !== "");
}

/** Changes the user as it was read. After a change by somebody else it reads the user again. */
async function rename(id: string, name: string): Promise<User> {
  const path = { id };
  for (;;) {
    const shown = await api.GET("/api/users/{id}", { params: { path } });
    const tag = shown.response.headers.get("ETag") ?? "";
    const changed = await api.PATCH("/api/users/{id}", { params: { path, header: { "If-Match": tag } }, body: { name } });
    if (changed.data) return changed.data;
    if (changed.response.status !== 412) throw new Error(`${changed.error.code}: ${changed.error.detail}`);
  }
}

const ids: string[] = [];
for (let i = 0; i < 5; ++i) {
  const { data, error } = await api.POST("/api/users", { body: { email: `typescript-${i}@example.com`, name: "Alice" } });
  if (error) throw new Error(`${error.code}: ${error.detail}`);
  ids.push(data.id);
}
const path = { id: ids[0] };
const first = await api.GET("/api/users/{id}", { params: { path } });
const tag = first.response.headers.get("ETag") ?? "";
const again = await api.GET("/api/users/{id}", { params: { path, header: { "If-None-Match": tag } } });
await api.PATCH("/api/users/{id}", { params: { path }, body: { name: "changed by another client" } });
const late = await api.PATCH("/api/users/{id}", { params: { path, header: { "If-Match": tag } }, body: { name: "late" } });
const renamed = await rename(path.id, "Alicia");
let listed = 0;
for await (const _ of users()) ++listed;
console.log(
  JSON.stringify({
    listed,
    unchanged: again.response.status,
    late: late.response.status,
    name: renamed.name,
    version: renamed.version,
    waited: waits > 0,
  }),
);
