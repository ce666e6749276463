/** Text from outside as a terminal can show it: control and format characters, which it would obey, are written as escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

/** What the user gave cannot be used: shown as one line on stderr, without a stack trace; the exit code is 2. */
export class InputError extends Error {
  readonly exitCode = 2
}

/** The run itself failed, as when the loss is no longer finite: one line on stderr as well; the exit code is 1. */
export class RunError extends Error {
  readonly exitCode = 1
}
