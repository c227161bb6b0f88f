// A site that knows nothing but the address of a server, and has an OAuth library that knows nothing of Jupyter.
import * as oauth from "oauth4webapi";

const client = { client_id: `${location.origin}/`, token_endpoint_auth_method: "none" };
const redirectUri = `${location.origin}/`;
// It would have https for loopback servers, too.
const loopback = { [oauth.allowInsecureRequests]: true };

async function discover(issuer) {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { ...loopback, algorithm: "oauth2" });
  return oauth.processDiscoveryResponse(url, response);
}

async function begin(issuer) {
  const server = await discover(issuer);
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  sessionStorage.setItem("begun", JSON.stringify({ issuer, verifier, state }));
  const url = new URL(server.authorization_endpoint);
  url.search = `${new URLSearchParams({
    response_type: "code",
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: "view",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: server.code_challenge_methods_supported[0],
  })}`;
  location.assign(url);
}

async function finish() {
  const { issuer, verifier, state } = JSON.parse(sessionStorage.getItem("begun"));
  const server = await discover(issuer);
  const answer = oauth.validateAuthResponse(server, client, new URL(location.href), state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    answer,
    redirectUri,
    verifier,
    loopback,
  );
  const given = await oauth.processAuthorizationCodeResponse(server, client, response);
  const contents = await oauth.protectedResourceRequest(
    given.access_token,
    "GET",
    new URL(`${issuer}/api/contents`),
    undefined,
    null,
    loopback,
  );
  const { content } = await contents.json();
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, oauth.None(), given.access_token, loopback),
  );
  return {
    type: given.token_type,
    scope: given.scope,
    seconds: given.expires_in,
    files: content.length,
  };
}

window.begin = begin;
window.finished = location.search.includes("code=") ? finish() : null;
