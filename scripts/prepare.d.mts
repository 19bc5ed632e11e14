export function install(): Promise<void>;
export function newerNode(): string;
export function generateClient(node: string, options?: { always?: boolean }): Promise<void>;
export function buildPortal(node: string, options?: { always?: boolean }): Promise<void>;
