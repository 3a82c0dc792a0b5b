// A browser has six connections to one server of HTTP/1.1, for all tabs together. Streams take four of them at most, so that
// there is always one for requests. A tab without a place for a stream asks from time to time.
const PLACES = 4;

type Release = () => void;

function lock(name: string): Promise<Release | undefined> {
  return new Promise((found) => {
    const hold = (held: Lock | null): Promise<void> | undefined => {
      if (held) return new Promise((release) => found(() => release()));
      found(undefined);
      return undefined;
    };
    navigator.locks.request(name, { ifAvailable: true }, hold).catch(() => found(undefined));
  });
}

/** Takes a place for a stream; nothing if all are taken. The place is given back by calling what is returned, or with the tab. */
export async function takePlace(): Promise<Release | undefined> {
  // Only pages from this machine or over TLS have locks.
  if (!navigator.locks) return () => undefined;
  for (let n = 0; n < PLACES; n += 1) {
    const release = await lock(`tradewind stream ${n}`);
    if (release) return release;
  }
  return undefined;
}
