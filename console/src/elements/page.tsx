/** The frame of a page: its title (which the browser shows too, and a screen reader says first), and what it offers. */
import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { text } from '../text/text.ts';

/** In characters: a name somebody has given, or an URL. */
const longTitle = 40;

interface PageProps {
  title: string;
  /** The title as it is shown, where it is more than a word. */
  heading?: ReactNode;
  description?: ReactNode;
  /** The page above this one. */
  above?: { title: string; to: string };
  /** Beside the title: badges. */
  mark?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page(props: PageProps) {
  const { title, description, above, mark, actions, children } = props;
  useDocumentTitle(text.everyPage.pageTitle(title));
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever moves with the keyboard begins at the top of the new page.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        {above && (
          <Breadcrumbs>
            <Anchor component={Link} to={above.to} size="sm">
              {above.title}
            </Anchor>
          </Breadcrumbs>
        )}
        <Group justify="space-between" align="flex-start">
          <Stack gap={4} className="page-title">
            <Group gap="sm">
              <Title
                order={1}
                size={title.length > longTitle ? 'h3' : 'h2'}
                ref={heading}
                tabIndex={-1}
                className="breaks"
              >
                {props.heading ?? title}
              </Title>
              {mark}
            </Group>
            {description !== undefined && (
              <Text c="dimmed" component="div">
                {description}
              </Text>
            )}
          </Stack>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      </Stack>
      {children}
    </Stack>
  );
}
