/** The token of a link that lets somebody in: behind the `#`, and taken out of the address as soon as it was read. */
export function takeLinkToken(): string | undefined {
  const token = /^#(lki_[0-9A-Za-z]{43})$/.exec(window.location.hash)?.[1];
  if (token !== undefined) window.history.replaceState(null, '', window.location.pathname);
  return token;
}
