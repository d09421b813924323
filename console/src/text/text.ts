/**
 * Every word the console shows, in one catalogue: a file per page, put together here. A translation is another
 * object of the same type. What depends on a value is a function, so that a language can order its words.
 */
import { accessText } from './en/access.ts';
import { clientsText } from './en/clients.ts';
import { commonText } from './en/common.ts';
import { frameText } from './en/frame.ts';
import { sessionText } from './en/session.ts';

export const text = {
  access: accessText,
  clients: clientsText,
  common: commonText,
  frame: frameText,
  session: sessionText,
} as const;
