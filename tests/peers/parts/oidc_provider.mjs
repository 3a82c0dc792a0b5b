// node oidc_provider.mjs PORT KEYS: an OpenID provider at http://127.0.0.1:PORT. Its client "shop" gets access tokens (RFC 9068)
// for the audience urn:shop. KEYS is a file with a set of private keys; the first key signs.
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const [port, keys] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'shop',
      client_secret: 's3cret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    },
  ],
  jwks: JSON.parse(readFileSync(keys, 'utf8')),
  scopes: ['shop:support'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:shop',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'shop:support',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1');
