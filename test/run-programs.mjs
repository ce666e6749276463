// Imports programs one after the other, and prints what each of them printed, as JSON: `node run-programs.mjs FILE ...`.
import { pathToFileURL } from 'node:url'

const write = process.stdout.write.bind(process.stdout)
/** @type {string[]} */
const printed = []
for (const file of process.argv.slice(2)) {
  let text = ''
  process.stdout.write = (/** @type {string | Uint8Array} */ chunk) => {
    text += chunk
    return true
  }
  await import(pathToFileURL(file).href)
  process.stdout.write = write
  printed.push(text)
}
write(JSON.stringify(printed))
