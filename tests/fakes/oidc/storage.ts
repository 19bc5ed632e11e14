type Payload = Readonly<{ uid?: string; grantId?: string; [other: string]: unknown }>;
type Kept = { payload: Payload; until: number };

/**
 * Where one provider keeps what it gave: a map of its own in this process. The package's own one is shared by every provider
 * of a process, and warns of itself whenever it is used.
 */
export function storage(): (model: string) => Record<string, unknown> {
  const all = new Map<string, Kept>();
  return (model) => {
    const keyOf = (id: string): string => `${model}:${id}`;
    const find = (id: string): Payload | undefined => {
      const kept = all.get(keyOf(id));
      return kept && kept.until > Date.now() ? kept.payload : undefined;
    };
    return {
      find: async (id: string) => find(id),
      findByUid: async (uid: string) =>
        [...all].find(([key, { payload }]) => key.startsWith(`${model}:`) && payload.uid === uid)?.[1].payload,
      findByUserCode: async () => undefined,
      upsert: async (id: string, payload: Payload, expiresIn?: number) =>
        void all.set(keyOf(id), {
          payload,
          until: expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1_000,
        }),
      consume: async (id: string) => {
        const kept = all.get(keyOf(id));
        if (kept) kept.payload = { ...kept.payload, consumed: Math.floor(Date.now() / 1_000) };
      },
      destroy: async (id: string) => void all.delete(keyOf(id)),
      revokeByGrantId: async (grantId: string) => {
        for (const [key, { payload }] of all)
          if (key.startsWith(`${model}:`) && payload.grantId === grantId) all.delete(key);
      },
    };
  };
}
