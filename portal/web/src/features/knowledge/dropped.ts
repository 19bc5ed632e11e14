/** The files of a drop, those in folders and their folders too. Files that systems leave lying about are left out. */
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const found = entries.length > 0 ? (await Promise.all(entries.map(walk))).flat() : [...transfer.files];
  return withoutLitter(found);
}

export const withoutLitter = (files: readonly File[]): File[] =>
  files.filter(({ name }) => !name.startsWith('.') && !/^(thumbs\.db|desktop\.ini|~\$.*)$/iu.test(name));

async function walk(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return new Promise((resolve) =>
      (entry as FileSystemFileEntry).file(
        (file) => resolve([file]),
        () => resolve([]),
      ),
    );
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const all: File[] = [];
  // A reader gives a folder in portions, until an empty one.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return all;
    for (const one of some) all.push(...(await walk(one)));
  }
}
