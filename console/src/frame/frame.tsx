/** Around every page: where one may go, who one is, and what has happened. */
import {
  ActionIcon,
  Anchor,
  AppShell,
  Burger,
  Group,
  Image,
  Indicator,
  Menu,
  NavLink,
  ScrollArea,
  Text,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import {
  IconBell,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSettings,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { exchange, get } from '../api/api-call.ts';
import type { Notice, Page } from '../api/records.ts';
import { onSessionEnd } from '../api/session-end.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { ForbiddenPage } from './fault-pages.tsx';
import { navigationGroups, permissionOf } from './navigation.ts';
import { PasswordPrompt } from './password-prompt.tsx';

const words = text.frame;
const noticesMillis = 60_000;

export function Frame() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(close, [path, close]);
  useReturnToDoor();
  const may = useMay();
  const needed = permissionOf(path);
  const forbidden = needed === undefined || may(needed) ? undefined : needed;
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#page" className="skip-link">
        {words.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={words.openNavigation}
            />
            <Anchor component={Link} to="/" underline="never" c="inherit">
              <Group gap="xs" wrap="nowrap">
                <Image src="/console/icon.svg" alt="" w={26} h={26} />
                <Text fw={700}>{text.everyPage.product}</Text>
              </Group>
            </Anchor>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColourScheme />
            <NoticesBell />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={words.navigation}>
        <ScrollArea>
          <Navigation path={path} />
        </ScrollArea>
      </AppShell.Navbar>
      <PasswordPrompt />
      <AppShell.Main id="page">
        {forbidden === undefined ? <Outlet /> : <ForbiddenPage permission={forbidden} />}
      </AppShell.Main>
    </AppShell>
  );
}

/** A session that has ended leads to the door, and back to where one was. */
function useReturnToDoor(): void {
  const router = useRouter();
  useEffect(
    () =>
      onSessionEnd(() => {
        const { pathname, href } = router.latestLocation;
        // Several calls may hear of it, and whoever signs out is on the way already.
        if (pathname === '/sign-in') return;
        modals.closeAll();
        void router.navigate({ to: '/sign-in', search: { next: href, reason: 'ended' } });
      }),
    [router],
  );
}

function Navigation({ path }: { path: string }) {
  const may = useMay();
  return (
    <>
      {navigationGroups.map(({ title, pages }) => {
        const visible = pages.filter(
          ({ permission }) => permission === undefined || may(permission),
        );
        if (visible.length === 0) return null;
        return (
          <div key={title ?? ''} role="group" aria-label={title ?? words.navigation}>
            {title !== undefined && (
              <Text size="xs" c="dimmed" fw={600} px="sm" pt="md" pb={4}>
                {title}
              </Text>
            )}
            {visible.map(({ to, title: label, icon: Icon, isOutside }) =>
              isOutside ? (
                <NavLink
                  key={to}
                  href={to}
                  target="_blank"
                  rel="noreferrer"
                  label={label}
                  leftSection={<Icon size={18} aria-hidden />}
                />
              ) : (
                <NavLink
                  key={to}
                  component={Link}
                  to={to}
                  label={label}
                  active={to === '/' ? path === '/' : path.startsWith(to)}
                  aria-current={path === to ? 'page' : undefined}
                  leftSection={<Icon size={18} aria-hidden />}
                />
              ),
            )}
          </div>
        );
      })}
    </>
  );
}

function NoticesBell() {
  // One more than is shown: it is enough to know that there are many.
  const { data } = useQuery({
    queryKey: ['/notices', 'unread'],
    queryFn: ({ signal }) => get<Page<Notice>>('/notices', { read: false, limit: 100 }, signal),
    refetchInterval: noticesMillis,
  });
  const unread = data?.data.length ?? 0;
  return (
    <Indicator
      offset={6}
      disabled={unread === 0}
      label={unread > 99 ? '99+' : unread}
      size={16}
      color="red.9"
    >
      <ActionIcon
        component={Link}
        to="/notices"
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={words.notices(unread)}
      >
        <IconBell size={20} aria-hidden />
      </ActionIcon>
    </Indicator>
  );
}

function ColourScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop }[colorScheme];
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words.colourSchemeLabel}>
          <Icon size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['auto', 'light', 'dark'] as const).map((scheme) => (
          <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)}>
            {words.colourScheme[scheme]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu() {
  const { me } = useSession();
  const navigate = useNavigate();
  const { submit } = useSubmit({ isAside: true });
  const leave = async () => {
    await exchange('DELETE', '/session');
    await navigate({ to: '/sign-in', search: { reason: 'signed-out' } });
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={words.account}>
          <IconUserCircle size={22} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)" className="breaks">
            {me.display_name}
          </Text>
          <span className="breaks">{me.name}</span>
        </Menu.Label>
        <Menu.Item
          component={Link}
          to="/settings"
          leftSection={<IconSettings size={16} aria-hidden />}
        >
          {words.settings}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => void submit(leave)}
        >
          {words.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
