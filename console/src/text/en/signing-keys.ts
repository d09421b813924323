/** Words of the page of signing keys. */
export const signingKeysText = {
  title: 'Signing keys',
  description:
    'What signs access tokens, what comes next, and what has left. Resource servers fetch the public halves from the',
  jwks: 'JWKS',
  column: { kid: 'Key id', alg: 'Algorithm', state: 'State', timeline: 'Timeline' },
  state: {
    published: 'Published',
    signing: 'Signing',
    retiring: 'Retiring',
    gone: 'Gone',
    revoked: 'Revoked',
  },
  meaning: {
    published: 'In the JWKS, so that validators know it before it signs.',
    signing: 'Signs every new access token of its algorithm.',
    retiring: 'Signs no more; stays in the JWKS until its last token has expired.',
    gone: 'Left the JWKS; every token it signed has expired.',
    revoked: 'Taken out of the JWKS at once.',
  },
  event: {
    created: 'published',
    signs: 'signs from',
    retired: 'retired',
    gone: 'leaves the JWKS',
    revoked: 'revoked',
  },
  rotate: 'Rotate',
  rotateTitle: 'Rotate a signing key',
  algorithm: 'Algorithm',
  ahead:
    'The new key is published now and signs in 24 hours: validators that cache the JWKS have it by then.',
  emergency: 'Emergency: sign with it at once',
  emergencyConsequence:
    'Validators that cache the JWKS refuse new access tokens until they fetch it again: ten minutes for most, up to a day for some.',
  rotated: 'The new key is published.',
  revoke: 'Revoke',
  revokeTitle: (kid: string) => `Revoke ${kid}?`,
  revokeConsequence:
    'It leaves the JWKS at once, and every access token it signed stops verifying when validators fetch the JWKS again. Every integration has to fetch a new token. A key that signs is replaced in the same moment.',
  revokeConfirm: 'Revoke the key',
  revoked: 'The key is revoked.',
  byItself: 'Keys rotate by themselves, every 90 days unless the operator has set another time.',
  forOperators:
    'Rotating by hand and revoking are for the operator of the instance: npx latchkey keys --help',
  empty: 'No signing key yet',
  emptyHint: 'The first one is made when the server starts.',
} as const;
