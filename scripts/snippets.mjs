// The programs in the documents: every `ts` block is a whole one, and prints the `text` block that follows it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ name: string, document: string, file: string, code: string, prints: string | undefined }} Snippet */

/** The documents that hold programs, as paths below the root. @param {string} root of the repository */
export function documentsOf(root) {
  return [
    ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
    ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name.replaceAll('\\', '/')}`),
  ]
}

/**
 * @param {string} root of the repository
 * @returns {Snippet[]} `file` is the name of a file for it
 */
export function snippetsOf(root) {
  return documentsOf(root).flatMap((document) => {
    const text = readFileSync(join(root, document), 'utf8')
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)]
    return blocks.map(([, code, prints], i) => {
      const name = `${document} ${i + 1}`
      return { name, document, file: `${name.replaceAll(/[^\w]+/g, '-')}.ts`, code, prints }
    })
  })
}
