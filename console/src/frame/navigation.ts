/** Which pages there are, in which order, and what one must hold to be shown the way. */
import {
  IconApi,
  IconBook,
  IconBuilding,
  IconCertificate,
  IconChartBar,
  IconHome,
  IconKey,
  IconListCheck,
  IconMapPin,
  IconPlugConnected,
  IconUsers,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react';
import type { Permission } from '../api/records.ts';
import { text } from '../text/text.ts';

const { pages, groups } = text.frame;

interface NavigationPage {
  to: string;
  title: string;
  icon: Icon;
  /** undefined: everybody's. */
  permission?: Permission;
  /** Not a page of the console. */
  isOutside?: boolean;
}

export const navigationGroups: readonly { title?: string; pages: readonly NavigationPage[] }[] = [
  { pages: [{ to: '/', title: pages.overview, icon: IconHome }] },
  {
    title: groups.credentials,
    pages: [
      { to: '/clients', title: pages.clients, icon: IconPlugConnected, permission: 'clients:read' },
      { to: '/apis', title: pages.apis, icon: IconApi, permission: 'apis:read' },
      { to: '/access', title: pages.access, icon: IconKey, permission: 'clients:read' },
    ],
  },
  {
    title: groups.organization,
    pages: [
      {
        to: '/organization',
        title: pages.organization,
        icon: IconBuilding,
        permission: 'organizations:read',
      },
      { to: '/members', title: pages.members, icon: IconUsers, permission: 'members:read' },
      {
        to: '/locations',
        title: pages.locations,
        icon: IconMapPin,
        permission: 'organizations:read',
      },
      { to: '/webhooks', title: pages.webhooks, icon: IconWebhook, permission: 'webhooks:read' },
    ],
  },
  {
    title: groups.operation,
    pages: [
      { to: '/usage', title: pages.usage, icon: IconChartBar, permission: 'usage:read' },
      { to: '/audit', title: pages.audit, icon: IconListCheck, permission: 'audit:read' },
      {
        to: '/signing-keys',
        title: pages.signingKeys,
        icon: IconCertificate,
        permission: 'signing_keys:read',
      },
      { to: '/docs', title: pages.reference, icon: IconBook, isOutside: true },
    ],
  },
];

/** Pages that only change something, below those of the menu. */
const pagesOfChanges: readonly { to: string; permission: Permission }[] = [
  { to: '/apis/new', permission: 'apis:write' },
  { to: '/clients/new', permission: 'clients:write' },
  { to: '/members/invite', permission: 'members:write' },
  { to: '/webhooks/new', permission: 'webhooks:write' },
];

/** What it takes to open a page at all; undefined: nothing. */
export function permissionOf(path: string): Permission | undefined {
  const isAt = ({ to }: { to: string }) => path === to || path.startsWith(`${to}/`);
  const page = navigationGroups.flatMap((group) => group.pages).find(isAt);
  return pagesOfChanges.find(isAt)?.permission ?? page?.permission;
}
