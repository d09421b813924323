/**
 * Every word the console shows, in one catalogue: a file per page, put together here. A translation is another
 * object of the same type. What depends on a value is a function, so that a language can order its words.
 */
import { accessText } from './en/access.ts';
import { apisText } from './en/apis.ts';
import { auditText } from './en/audit.ts';
import { clientText } from './en/client.ts';
import { clientsText } from './en/clients.ts';
import { everyPageText } from './en/every-page.ts';
import { doorText } from './en/door.ts';
import { firstRunText } from './en/first-run.ts';
import { frameText } from './en/frame.ts';
import { locationsText } from './en/locations.ts';
import { membersText } from './en/members.ts';
import { organizationText } from './en/organization.ts';
import { overviewText } from './en/overview.ts';
import { noticesText } from './en/notices.ts';
import { permissionsText } from './en/permissions.ts';
import { settingsText } from './en/settings.ts';
import { signingKeysText } from './en/signing-keys.ts';
import { usageText } from './en/usage.ts';
import { webhooksText } from './en/webhooks.ts';

/**
 * Of dates and numbers: the reader's own, as long as it is of the language that the words are in. Some browsers say
 * more than a language and a country (`en-US@posix`), which no format takes.
 */
export const locale =
  globalThis.navigator.languages.find((each) => /^en(?:-[A-Z]{2})?$/.test(each)) ?? 'en';

export const text = {
  access: accessText,
  apis: apisText,
  audit: auditText,
  client: clientText,
  clients: clientsText,
  everyPage: everyPageText,
  door: doorText,
  firstRun: firstRunText,
  frame: frameText,
  locations: locationsText,
  members: membersText,
  organization: organizationText,
  overview: overviewText,
  notices: noticesText,
  permissions: permissionsText,
  settings: settingsText,
  signingKeys: signingKeysText,
  usage: usageText,
  webhooks: webhooksText,
} as const;
