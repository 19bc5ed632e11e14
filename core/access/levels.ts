/**
 * What a grant lets somebody do, from least to most; each holds those before it. use: ask and read. contribute: also upload.
 * manage: also delete, change settings, grant.
 */
export const LEVELS = ['use', 'contribute', 'manage'] as const;
export type LevelName = (typeof LEVELS)[number];

/** The same as the database counts them, so that the most of several grants is the greatest. */
export const LEVEL = { use: 1, contribute: 2, manage: 3 } as const satisfies Record<LevelName, number>;
export type Level = (typeof LEVEL)[LevelName];

export const levelName = (level: Level): LevelName => LEVELS[level - 1]!;
