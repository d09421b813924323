/** Words of the list of notices. */
export const noticesText = {
  title: 'Notices',
  description: 'What happened without anybody’s doing, and what to do about it.',
  unread: 'Unread',
  read: 'Read before',
  column: { text: 'What happened', when: 'When', actions: 'Actions' },
  empty: 'Nothing new',
  emptyHint:
    'Clients that nobody uses, secrets that end soon, webhooks that do not arrive and signing keys that change are told of here.',
  markRead: 'Mark as read',
  markAll: 'Mark all as read',
  times: (count: number) => `${count} times`,
  toClient: 'To the client',
  toApi: 'To the API',
  toWebhook: 'To the webhook',
  toKeys: 'To the signing keys',
} as const;
