// A Chromium that talks to this machine only.

import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser that LINKWA_CHROMIUM names, or one of the usual ones; undefined where there is none. */
export const executable = [process.env.LINKWA_CHROMIUM ?? PLACES].flat().find((place) => existsSync(place))

/** Each start has a profile of its own. */
export const startBrowser = () =>
  chromium.launch({
    executablePath: executable,
    timeout: 120_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
