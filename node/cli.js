#!/usr/bin/env node
'use strict'

// The command `linkwa`: see `npx linkwa --help`.

process.exitCode = require('./lib/binding.js').runCommand(process.argv.slice(2))
