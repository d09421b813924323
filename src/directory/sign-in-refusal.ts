/** What is said to whoever is not signed in: little to who guesses, and the reason to who has the right password. */
import { RegistryError, forbidden } from '../model/registry-error.ts';
import type { SignInHindrance } from '../store/records/member-store.ts';

/** With whom to speak: whoever is stopped cannot help themselves. */
const whatStops: Readonly<Record<SignInHindrance, string>> = {
  organization:
    'your organization is stopped, and nobody signs in to it until it is started again: ask the operator of this server',
  location:
    'your location is stopped, and nobody signs in to it until it is started again: ask an owner of your organization',
  member: 'your account is not active: ask an owner of your organization to activate it',
};

export function wrongCredentials(): RegistryError {
  return new RegistryError('unauthenticated', 'the e-mail address or the password is not right');
}

export function stopped(hindrance: SignInHindrance): RegistryError {
  return forbidden(whatStops[hindrance]);
}
