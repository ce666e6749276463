// Makes the source maps in `dist` independent of the machine. Where tsup splits a CommonJS bundle, its maps name a part
// of the bundle by an absolute path: here it becomes the name of the bundle, which lies beside its map.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'

for (const name of readdirSync('dist').filter((file) => file.endsWith('.map'))) {
  const map = JSON.parse(readFileSync(join('dist', name), 'utf8'))
  const sources = map.sources.map((/** @type {string} */ source) => (isAbsolute(source) ? basename(source) : source))
  writeFileSync(join('dist', name), JSON.stringify({ ...map, sources }))
}
