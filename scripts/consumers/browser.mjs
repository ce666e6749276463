// Runs a built page in Chromium: serves it from this machine under a content-security policy, and waits for what it posts.
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { chromium, chromiumOptions } from '../chromium.mjs'

const types = { '.html': 'text/html', '.js': 'text/javascript' }

/**
 * A server for the files of a folder. It passes on what is posted to it.
 *
 * @param {string} folder
 * @param {string} policy
 * @param {(text: string) => void} received
 */
function serve(folder, policy, received) {
  return createServer((request, response) => {
    if (request.method === 'POST') {
      let text = ''
      request.on('data', (chunk) => (text += chunk))
      request.on('end', () => {
        response.end()
        received(text)
      })
      return
    }
    const name = request.url === '/' ? 'index.html' : String(request.url).slice(1)
    const file = join(folder, name)
    if (name.includes('..') || !existsSync(file)) {
      response.writeHead(404).end()
      return
    }
    const type = types[/** @type {'.js'} */ (extname(file))] ?? 'application/octet-stream'
    response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy })
    createReadStream(file).pipe(response)
  })
}

/**
 * @param {string} folder of the page
 * @param {string} policy
 * @returns {Promise<string>} what the page posts
 * @throws if the browser is not there, or nothing is posted within a minute
 */
export async function runPage(folder, policy) {
  const profile = mkdtempSync(join(tmpdir(), 'cotangent-profile-'))
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let browser
  /** @type {import('node:http').Server | undefined} */
  let server
  try {
    return await new Promise((resolve, reject) => {
      const listening = serve(folder, policy, resolve)
      server = listening
      listening.listen(0, '127.0.0.1', () => {
        const { port } = /** @type {import('node:net').AddressInfo} */ (listening.address())
        const options = [...chromiumOptions(profile), `http://127.0.0.1:${port}/`]
        // A group of its own, so that the processes of the browser end with it: they write to the profile.
        browser = spawn(chromium, options, { stdio: 'ignore', detached: true })
        browser.on('error', reject)
      })
      const late = new Error('the page posted nothing within a minute')
      void wait(60_000, undefined, { ref: false }).then(() => reject(late))
    })
  } finally {
    const ended = new Promise((resolve) => (browser?.pid ? browser.on('exit', resolve) : resolve(null)))
    if (browser?.pid) process.kill(-browser.pid, 'SIGKILL')
    server?.closeAllConnections()
    server?.close()
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
