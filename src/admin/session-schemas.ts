/** Bodies of `/session` and `/me/sessions`, and the passwords that open one. */
import { z } from 'zod';
import { passwordCharactersMax, passwordCharactersMin } from '../directory/password-rules.ts';
import type { MemberSession } from '../model/member.ts';
import { timeSchema } from './schemas.ts';

export const newPasswordSchema = z.string().max(4 * passwordCharactersMax);
export const describedPassword = `${passwordCharactersMin} to ${passwordCharactersMax} characters of any kind, without the name or the e-mail address`;

export const signInSchema = z
  .strictObject({
    email: z.string().max(320).meta({ description: 'E-mail address', example: 'ada@example.com' }),
    password: z
      .string()
      .max(4 * passwordCharactersMax)
      .meta({ description: 'As it was chosen' }),
  })
  .meta({ id: 'SignIn' });

export const confirmationSchema = z
  .strictObject({ password: signInSchema.shape.password })
  .meta({ id: 'SessionConfirmation' });

export const passwordChangeSchema = z
  .strictObject({
    current_password: z
      .string()
      .max(4 * passwordCharactersMax)
      .meta({ description: 'The one that counts until now' }),
    new_password: newPasswordSchema.meta({ description: describedPassword }),
  })
  .meta({ id: 'PasswordChange' });

export const sessionSchema = z
  .object({
    id: z
      .string()
      .meta({ description: 'Stable record id', example: 'session_3Zr7FjC1pKx5HaM9vSe0Tq' }),
    current: z.boolean().meta({ description: 'Whether this is the one that asks' }),
    address: z.string().meta({ description: 'IP address it was begun from' }),
    user_agent: z.string().meta({ description: 'What the browser says of itself' }),
    created_at: timeSchema,
    last_seen_at: timeSchema.meta({ description: 'To the minute' }),
    expires_at: timeSchema.meta({ description: 'However much it is used' }),
  })
  .meta({ id: 'MemberSession' });

export const signedInSchema = z
  .object({
    id: z.string().meta({
      description: 'Record id of the session',
      example: 'session_8Wn3QyG5tFx1LbK6pRv4Mz',
    }),
    csrf_token: z
      .string()
      .meta({ description: 'To be sent with every change, in the header X-Latchkey-CSRF' }),
    member: z.string().meta({ description: 'Record id of the member' }),
    expires_at: timeSchema.meta({ description: 'However much it is used' }),
    confirmed_until: timeSchema.meta({
      description:
        'Until then it may do what cannot be taken back; after that, when the password was sent to POST /session/confirmation',
    }),
    idle_timeout_seconds: z.int().meta({ description: 'It ends when it is not used for so long' }),
  })
  .meta({ id: 'SignedIn' });

export function toSessionBody(
  session: MemberSession,
  currentId: string | undefined,
): z.infer<typeof sessionSchema> {
  return {
    id: session.id,
    current: session.id === currentId,
    address: session.address,
    user_agent: session.userAgent,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
  };
}
