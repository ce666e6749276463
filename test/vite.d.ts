// What the test runner adds to modules.
interface ImportMeta {
  glob<T = unknown>(
    pattern: string | string[],
    options: { eager: true; query?: string; import?: string },
  ): Record<string, T>
}
