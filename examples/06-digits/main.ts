// Reads handwritten digits: `npm start`, or `npm start -- --data FOLDER` for MNIST; `npm start -- --help` for more.

import { InputError, printable, RunError } from './errors'
import { parseOptions } from './options'
import type { Progress } from './progress'
import { run } from './run'

let progress: Progress | undefined

// Ctrl-C and SIGTERM first end the progress bar, which shows the cursor again. The exit code is 128 + the signal's
// number, by convention.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  // prettier-ignore
  process.on(signal, () => {
    progress?.stop()
    process.exit(code)
  })

// A reader that closes the pipe early, as in `npm start | head`, is not an error.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1))

try {
  const parsed = parseOptions(process.argv.slice(2))
  if ('help' in parsed) process.stdout.write(parsed.help)
  else await run(parsed.options, process.stdout, (started) => (progress = started))
} catch (error) {
  if (!(error instanceof InputError || error instanceof RunError)) throw error
  process.stderr.write(`error: ${printable(error.message.replaceAll(/\s*\n\s*/g, ' '))}\n`)
  process.exitCode = error.exitCode
}
