/** The most that one kept answer takes in Postgres, deflated and sealed, in bytes. */
export const keptAnswerBytesMax = 4_200_000;
