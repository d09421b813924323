/** `/console/settings`: what is a member's own: API access, password, sessions, permissions. */
import { List, Text } from '@mantine/core';
import { Page } from '../elements/page.tsx';
import { Section } from '../elements/section.tsx';
import { useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { ApiAccessSection } from './api-access-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionsSection } from './sessions-section.tsx';

const words = text.settings;

export function SettingsPage() {
  const { me } = useSession();
  return (
    <Page title={words.title} description={words.signedInAs(me.display_name, me.name)}>
      <ApiAccessSection />
      <PasswordSection />
      <SessionsSection />
      <PermissionsSection />
    </Page>
  );
}

function PermissionsSection() {
  const { me } = useSession();
  return (
    <Section title={words.permissions.title}>
      {me.permissions.length === 0 && <Text size="sm">{words.permissions.none}</Text>}
      <List size="sm">
        {me.permissions.map((permission) => (
          <List.Item key={permission}>{text.permissions.permission[permission]}</List.Item>
        ))}
      </List>
      {me.own_secrets_only && <Text size="sm">{words.permissions.ownSecretsOnly}</Text>}
      {me.location !== null && <Text size="sm">{words.permissions.place}</Text>}
    </Section>
  );
}
