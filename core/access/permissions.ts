/**
 * Every permission there is, with what it lets a person do. A key that is not here is denied.
 * `byDefault`: what everyone has unless a group says otherwise.
 */
export const PERMISSIONS = {
  'chat.use': { byDefault: true, means: 'Ask questions in chat, in the portal and by the API' },
  'chat.file_upload': { byDefault: false, means: 'Give the assistant a file in a conversation' },
  'chat.delete': { byDefault: false, means: 'Delete own conversations' },
  'chat.temporary': { byDefault: false, means: 'Hold conversations that are not kept' },
  'chat.export': { byDefault: false, means: 'Export own conversations' },
  'chat.controls': { byDefault: false, means: 'Set the parameters of the model for a question' },
  'workspace.models': { byDefault: false, means: 'See and describe models in the workspace' },
  'workspace.assistants': { byDefault: false, means: 'Make assistants' },
  'workspace.knowledge': { byDefault: false, means: 'Make knowledge bases' },
  'workspace.prompts': { byDefault: false, means: 'Make prompts' },
  'workspace.tools': { byDefault: false, means: 'Connect tools' },
  'tools.web_search': { byDefault: false, means: 'Let the assistant search the web' },
  'tools.extraction': { byDefault: false, means: 'Extract fields from documents' },
  'tools.code': { byDefault: false, means: 'Run code in the interpreter' },
  'tools.terminal': { byDefault: false, means: 'Use a terminal session' },
  'tools.visualizer': { byDefault: false, means: 'Draw charts and diagrams' },
  'tools.mcp': { byDefault: false, means: 'Use tools of MCP servers' },
  playground: { byDefault: true, means: 'Chat in the portal as in Slack or Teams' },
  api_keys: { byDefault: false, means: 'Make API keys for oneself' },
  'settings.read': { byDefault: false, means: 'See the settings of the installation' },
  'audit.read': { byDefault: false, means: 'Read the record of who did what' },
  bulk_export: { byDefault: false, means: 'Export much at once; each export is recorded' },
  'conversations.read': { byDefault: false, means: "Read other people's conversations; each reading is recorded" },
} as const;

export type Permission = keyof typeof PERMISSIONS;

export const PERMISSION_KEYS = Object.keys(PERMISSIONS) as Permission[];

export const isPermission = (key: string): key is Permission => Object.hasOwn(PERMISSIONS, key);
