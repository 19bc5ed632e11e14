import { words } from '../../i18n/define.ts';

/** What each permission lets a person do. One that is not here is described by the server, in English. */
export const permissionWords = words(
  {
    permission: {
      chat: {
        use: 'Ask questions in chat, in the portal and by the API',
        file_upload: 'Give the assistant a file in a conversation',
        delete: 'Delete own conversations',
        temporary: 'Hold conversations that are not kept',
        export: 'Export own conversations',
        controls: 'Set the parameters of the model for a question',
      },
      workspace: {
        models: 'See and describe models in the workspace',
        assistants: 'Make assistants',
        knowledge: 'Make knowledge bases',
        prompts: 'Make prompts',
        tools: 'Connect tools',
      },
      tools: {
        web_search: 'Let the assistant search the web',
        extraction: 'Extract fields from documents',
        code: 'Run code in the interpreter',
        terminal: 'Use a terminal session',
        visualizer: 'Draw charts and diagrams',
        mcp: 'Use tools of MCP servers',
      },
      playground: 'Chat in the portal as in Slack or Teams',
      api_keys: 'Make API keys for oneself',
      settings: { read: 'See the settings of the installation' },
      bulk_export: 'Export much at once; each export is recorded',
      audit: { read: 'Read the record of who did what' },
      conversations: { read: 'Read other people’s conversations; each reading is recorded' },
    },
  },
  {
    permission: {
      chat: {
        use: 'Fragen stellen: im Chat, im Portal und über die API',
        file_upload: 'Dem Assistenten in einem Gespräch eine Datei geben',
        delete: 'Eigene Gespräche löschen',
        temporary: 'Gespräche führen, die nicht aufbewahrt werden',
        export: 'Eigene Gespräche ausgeben',
        controls: 'Die Parameter des Modells für eine Frage einstellen',
      },
      workspace: {
        models: 'Modelle im Arbeitsbereich sehen und beschreiben',
        assistants: 'Assistenten anlegen',
        knowledge: 'Wissensbereiche anlegen',
        prompts: 'Vorlagen anlegen',
        tools: 'Werkzeuge anschließen',
      },
      tools: {
        web_search: 'Den Assistenten im Web suchen lassen',
        extraction: 'Felder aus Dokumenten herausziehen',
        code: 'Code ausführen',
        terminal: 'Ein Terminal benutzen',
        visualizer: 'Diagramme und Schaubilder zeichnen',
        mcp: 'Werkzeuge von MCP-Servern benutzen',
      },
      playground: 'Im Portal fragen wie in Slack oder Teams',
      api_keys: 'Sich selbst API-Schlüssel machen',
      settings: { read: 'Die Einstellungen der Installation sehen' },
      bulk_export: 'Vieles auf einmal ausgeben; jede Ausgabe wird aufgezeichnet',
      audit: { read: 'Die Aufzeichnung lesen, wer was getan hat' },
      conversations: { read: 'Gespräche anderer lesen; jedes Lesen wird aufgezeichnet' },
    },
  },
);
