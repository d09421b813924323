/** Whoever begins gives up on a database that is slow to answer, as on a busy machine: it is begun again if need be. */

const attemptsMax = 3;
/** What a process says that gives up because of the time it takes. */
const slowDatabase = /does not answer|due to connection timeout/;

export async function beginDespiteSlowDatabase<Begun>(begin: () => Promise<Begun>): Promise<Begun> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await begin();
    } catch (error) {
      if (attempt === attemptsMax || !slowDatabase.test(String(error))) throw error;
    }
  }
}
