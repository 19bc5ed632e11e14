declare module 'virtual:calls' {
  /** Method and path of every call of the contract, by name. */
  export const paths: Readonly<Record<string, readonly [method: string, path: string]>>;
}
