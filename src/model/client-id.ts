/** What a client_id can look like; nobody needs to be asked about anything else. */

const clientIdPattern = /^[0-9A-Za-z_]{1,128}$/;

export function isPossibleClientId(text: string): boolean {
  return clientIdPattern.test(text);
}
