/** What is known of one thing: names and values, one below the other. */
import { Box, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** `facts`: what it is called, and what it is. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: 3 }} m={0}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="sm" fw={600}>
            {name}
          </Text>
          <Box component="dd" fz="sm" m={0} className="mono-break">
            {value}
          </Box>
        </div>
      ))}
    </SimpleGrid>
  );
}
