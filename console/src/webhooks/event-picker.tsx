/** Which events: searched for, entity by entity with all of its operations, or everything there is. */
import {
  Button,
  Checkbox,
  Group,
  Input,
  Paper,
  Pill,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconSearch } from '@tabler/icons-react';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import { text } from '../text/text.ts';
import { any, everything, formatSelection, operationsByEntity } from './event-types.ts';

const words = text.webhooks;
/** Where rows are cards: so many boxes one below the other are more than anybody reads. */
const narrowScreen = '(max-width: 48em)';

interface EventPickerProps {
  /** Selections such as `client.updated`, `client.*`, `*.*`. */
  value: readonly string[];
  onChange: (selections: string[]) => void;
  error?: string | undefined;
  isReadOnly?: boolean;
}

export function EventPicker({ value, onChange, error, isReadOnly = false }: EventPickerProps) {
  const [search, setSearch] = useState('');
  /** What a wider choice holds is not chosen beside it. */
  const toggle = (selection: string, covers: (other: string) => boolean = () => false) =>
    onChange(
      value.includes(selection)
        ? value.filter((other) => other !== selection)
        : [...value.filter((other) => !covers(other)), selection],
    );
  const found = findOperations(search);
  const isEverything = value.includes(everything);
  return (
    <Input.Wrapper label={words.form.events} description={words.form.eventsHint} error={error}>
      <Stack gap="xs" mt="xs">
        <Chosen
          value={value}
          onRemove={isReadOnly ? undefined : (selection) => toggle(selection)}
        />
        {!isReadOnly && (
          <>
            <TextInput
              aria-label={words.form.searchEvents}
              placeholder={words.form.searchEvents}
              leftSection={<IconSearch size={16} aria-hidden />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
              // Enter looks for nothing else, and sends nothing.
              onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
              error={error !== undefined}
            />
            <Checkbox
              label={words.form.everything}
              checked={isEverything}
              onChange={() => toggle(everything, () => true)}
            />
            {/* On a narrow screen the page alone is pushed along. */}
            <Stack gap="xs" mah={{ base: 'none', sm: 420 }} className="scrolls">
              {found.map(([entity, operations]) => (
                <Entity
                  key={entity}
                  entity={entity}
                  operations={operations}
                  value={value}
                  isEverything={isEverything}
                  isFound={search !== ''}
                  toggle={toggle}
                />
              ))}
              {found.length === 0 && (
                <Text size="sm" role="status">
                  {text.everyPage.list.nothingFound}
                </Text>
              )}
            </Stack>
          </>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

/** Also what a program may have chosen, and no box stands for: `*.created`. */
function Chosen(props: {
  value: readonly string[];
  onRemove: ((selection: string) => void) | undefined;
}) {
  const { value, onRemove } = props;
  if (value.length === 0) return null;
  return (
    <Pill.Group role="group" aria-label={words.form.chosen}>
      {value.map((selection) => (
        <Pill
          key={selection}
          className="mono"
          withRemoveButton={onRemove !== undefined}
          onRemove={() => onRemove?.(selection)}
          removeButtonProps={{
            'aria-label': words.form.remove(selection),
            'aria-hidden': false,
            tabIndex: 0,
          }}
        >
          {selection}
        </Pill>
      ))}
    </Pill.Group>
  );
}

interface EntityProps {
  entity: string;
  /** Those that were found. */
  operations: readonly string[];
  value: readonly string[];
  isEverything: boolean;
  /** By somebody who looks for it. */
  isFound: boolean;
  toggle: (selection: string, covers?: (other: string) => boolean) => void;
}

function Entity(props: EntityProps) {
  const { entity, operations, value, isEverything, isFound, toggle } = props;
  const all = formatSelection({ entity, operation: any });
  const isOfEntity = (selection: string) => selection.startsWith(`${entity}.`);
  const isAll = isEverything || value.includes(all);
  const isNarrow = useMediaQuery(narrowScreen, undefined, { getInitialValueInEffect: false });
  const [isOpened, setIsOpened] = useState(() => value.some(isOfEntity));
  const isOpen = !isNarrow || isFound || isOpened;
  const Chevron = isOpen ? IconChevronUp : IconChevronDown;
  return (
    <Paper withBorder p="xs" component="section" aria-label={nameOf(entity)}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Checkbox
            fw={600}
            label={words.form.everythingOf(nameOf(entity))}
            checked={isAll}
            indeterminate={!isAll && value.some(isOfEntity)}
            disabled={isEverything}
            onChange={() => toggle(all, isOfEntity)}
          />
          {isNarrow && !isFound && (
            <Button
              variant="subtle"
              size="compact-sm"
              aria-expanded={isOpen}
              aria-label={words.form.showEventsOf(nameOf(entity))}
              rightSection={<Chevron size={16} aria-hidden />}
              onClick={() => setIsOpened(!isOpened)}
            >
              {operations.length}
            </Button>
          )}
        </Group>
        {isOpen && (
          <SimpleGrid
            cols={{ base: 1, xs: 2, md: 3 }}
            spacing="xs"
            verticalSpacing={{ base: 'sm', sm: 6 }}
            pl="lg"
          >
            {operations.map((operation) => {
              const selection = formatSelection({ entity, operation });
              return (
                <Checkbox
                  key={operation}
                  size="xs"
                  label={operation}
                  aria-label={selection}
                  classNames={{ label: 'mono' }}
                  checked={isAll || value.includes(selection)}
                  disabled={isAll}
                  onChange={() => toggle(selection)}
                />
              );
            })}
          </SimpleGrid>
        )}
      </Stack>
    </Paper>
  );
}

/** By the entity's name, and by the event's own: `client.upd`. Every word has to be found. */
function findOperations(search: string): (readonly [string, readonly string[]])[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return [...operationsByEntity].flatMap(([entity, operations]) => {
    const found = operations.filter((operation) => {
      const said = `${nameOf(entity)} ${formatSelection({ entity, operation })}`.toLowerCase();
      return wanted.every((word) => said.includes(word));
    });
    return found.length === 0 ? [] : [[entity, found] as const];
  });
}

function nameOf(entity: string): string {
  const names: Readonly<Record<string, string>> = words.entity;
  return names[entity] ?? entity;
}
