/** Which events: entity by entity, each with its operations, or everything there is. */
import { Checkbox, Fieldset, Group, Input, Stack } from '@mantine/core';
import { text } from '../text/text.ts';
import { any, everything, formatSelection, operationsByEntity } from './event-types.ts';

const words = text.webhooks;

interface EventPickerProps {
  /** Selections such as `client.updated`, `client.*`, `*.*`. */
  value: readonly string[];
  onChange: (selections: string[]) => void;
  error?: string | undefined;
  isReadOnly?: boolean;
}

export function EventPicker({ value, onChange, error, isReadOnly = false }: EventPickerProps) {
  const isChosen = (selection: string) => value.includes(selection);
  const isEverything = isChosen(everything);
  /** What a wider choice holds is not chosen beside it. */
  const toggle = (selection: string, covers: (other: string) => boolean) =>
    onChange(
      isChosen(selection)
        ? value.filter((other) => other !== selection)
        : [...value.filter((other) => !covers(other)), selection],
    );
  // What a program may have chosen, and no box below stands for: `*.created`.
  const others = value.filter(
    (selection) => selection.startsWith(`${any}.`) && selection !== everything,
  );
  return (
    <Input.Wrapper label={words.form.events} description={words.form.eventsHint} error={error}>
      <Stack gap="xs" mt="xs">
        {others.map((selection) => (
          <Checkbox
            key={selection}
            label={words.form.also(selection)}
            checked
            disabled={isReadOnly}
            onChange={() => toggle(selection, () => false)}
          />
        ))}
        <Checkbox
          label={words.form.everything}
          checked={isEverything}
          disabled={isReadOnly}
          onChange={() => toggle(everything, () => true)}
        />
        {[...operationsByEntity].map(([entity, operations]) => {
          const all = formatSelection({ entity, operation: any });
          const isAll = isEverything || isChosen(all);
          return (
            <Fieldset key={entity} legend={nameOf(entity)} py="xs">
              <Group gap="md">
                <Checkbox
                  label={any}
                  aria-label={words.form.everythingOf(nameOf(entity))}
                  checked={isAll}
                  disabled={isReadOnly || isEverything}
                  onChange={() => toggle(all, (other) => other.startsWith(`${entity}.`))}
                />
                {operations.map((operation) => {
                  const selection = formatSelection({ entity, operation });
                  return (
                    <Checkbox
                      key={operation}
                      label={operation}
                      aria-label={selection}
                      checked={isAll || isChosen(selection)}
                      disabled={isReadOnly || isAll}
                      onChange={() => toggle(selection, () => false)}
                    />
                  );
                })}
              </Group>
            </Fieldset>
          );
        })}
      </Stack>
    </Input.Wrapper>
  );
}

function nameOf(entity: string): string {
  const names: Readonly<Record<string, string>> = words.entity;
  return names[entity] ?? entity;
}
