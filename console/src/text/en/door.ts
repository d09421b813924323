/** Words in front of the door: of signing in, and of coming in with a link. */
export const doorText = {
  signIn: {
    title: 'Sign in',
    email: 'E-mail address',
    password: 'Password',
    submit: 'Sign in',
    failed: 'E-mail address or password is wrong.',
    ended: 'Your session has ended. Sign in again, and you are back where you were.',
    signedOut: 'You are signed out.',
    noAccount: 'No account? Ask an owner of your organization for an invitation.',
  },
  account: {
    email: 'E-mail address',
    name: 'Your name',
    password: 'Password',
    passwordHint: 'At least 12 characters of any kind.',
    repeat: 'Password again',
    repeatDiffers: 'This is not the same password.',
  },
  invitation: {
    title: 'Welcome to Latchkey',
    explanation: 'Choose a name and a password, and you are in.',
    newPassword: 'Choose another password. Wherever you are signed in, you are asked for it.',
    toSignIn: 'To the sign-in page',
    submit: 'Come in',
    noToken: 'This link is not complete. Open it as it was sent to you.',
    refused:
      'This link lets nobody in any more: it has expired, was used, or was revoked. Ask for a new one.',
    done: 'Your account is ready. Sign in with your password.',
  },
} as const;
