/** What keeps a webhook from being sent anything: one rule for the queue, the log, tests and replays. */

/** SQL: the WebhookHolder of a row of `webhooks` with this alias; null: what is due is sent. */
export const heldBy = (webhook: string) => `CASE
  WHEN NOT ${webhook}.active THEN 'webhook'
  WHEN EXISTS (SELECT FROM organizations organization
                WHERE organization.id = ${webhook}.organization_id AND NOT organization.active)
    THEN 'organization'
  WHEN EXISTS (SELECT FROM locations location
                WHERE location.id = ${webhook}.location_id AND NOT location.active) THEN 'location'
  WHEN EXISTS (SELECT FROM members member
                WHERE member.id = ${webhook}.member_id
                  AND NOT (member.active AND member.removed_at IS NULL)) THEN 'member'
END`;
