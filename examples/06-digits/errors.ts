/**
 * Text from outside in a form that is safe to print: control and format characters, which a terminal would obey, are
 * escaped.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** An unusable input of the user. It is shown as one line on stderr, without a stack trace; the exit code is 2. */
export class InputError extends Error {
  readonly exitCode = 2
}

/**
 * A failure of the run itself, such as a loss that is no longer finite. It is one line on stderr as well; the exit
 * code is 1.
 */
export class RunError extends Error {
  readonly exitCode = 1
}

/** The reason that the system reports, in words if it is one of the usual ones. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words: Record<string, string> = {
    ENOENT: 'it does not exist',
    ENOTDIR: 'it is no folder',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  }
  return words[code ?? ''] ?? message
}
