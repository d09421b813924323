/** Words of a member's own settings. */
import { isolated } from '../isolated.ts';

export const settingsText = {
  title: 'My settings',
  signedInAs: (name: string, email: string) =>
    `You are signed in as ${isolated(name)} (${isolated(email)}).`,
  apiAccess: {
    title: 'API access',
    explanation:
      'A personal client: with its credential a program may do what you may do. Turn it on only when you need it.',
    off: 'Your API access is off.',
    turnOn: 'Turn API access on',
    turnOff: 'Turn API access off',
    regenerate: 'Regenerate',
    clientId: 'client_id',
    created: 'Turned on',
    lastUsed: 'Last used',
    regenerateTitle: 'Regenerate the secret of your API access?',
    regenerateConsequence:
      'Whatever uses the present secret fails at once, and so do the access tokens it has fetched. The new secret is shown once.',
    turnOffTitle: 'Turn your API access off?',
    turnOffConsequence:
      'Its credential fails at once, and so do the access tokens it was used for. Turned on again, you get another one.',
    turnedOff: 'Your API access is off',
    lost: 'The credential was made, but the answer that held its secret was lost on the way. Regenerate it: nobody can read it back.',
  },
  password: {
    title: 'Password',
    current: 'Current password',
    next: 'New password',
    nextHint: 'At least 12 characters of any kind.',
    repeat: 'New password again',
    repeatDiffers: 'This is not the same password.',
    submit: 'Change the password',
    changed: 'Your password is changed. Every other session has ended.',
  },
  sessions: {
    title: 'Sessions',
    column: {
      browser: 'Browser',
      address: 'IP address',
      created: 'Signed in',
      seen: 'Last seen',
      actions: 'Actions',
    },
    current: 'This one',
    end: 'End',
    endWhich: (browser: string, address: string) =>
      `End the session of ${isolated(browser)} at ${address}`,
    ended: 'The session has ended',
    empty: 'No session',
    emptyHint: 'Sessions begin when you sign in.',
    everywhere: 'Sign out everywhere',
    everywhereTitle: 'Sign out everywhere?',
    everywhereConsequence: 'Every session of yours ends, this one too.',
    unknownBrowser: 'Unknown browser',
    on: (browser: string, system: string) => `${browser} on ${system}`,
  },
  permissions: {
    title: 'What you may do',
    none: 'You hold no permission: an owner of your organization can give you some.',
    ownSecretsOnly: 'Client secrets: only those of your own clients.',
    place: 'In one location only.',
  },
} as const;
