/** Whether this is Bun, where three things are different: each says what where it asks. */
export const inBun = 'bun' in process.versions;
