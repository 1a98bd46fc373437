'use strict'

const binding = require('./lib/binding.js')
const { parseCallback } = require('./lib/callback.js')
const { careWindow, isGatewayAddress } = require('./lib/care.js')
const { Client } = require('./lib/client.js')
const defaultClient = require('./lib/default-client.js')
const errors = require('./lib/error.js')
const { CallbackGuard } = require('./lib/guard.js')
const { checkDestination, currency, dateTime } = require('./lib/helpers.js')
const { setLogger } = require('./lib/log.js')
const { raw } = require('./lib/raw.js')
const { ResultCode, describeResultCode } = require('./lib/result-code.js')
const { StatusTracker } = require('./lib/tracker.js')
const { newRefId, refIdFor, validate } = require('./lib/validate.js')

// Each has its own export, which is how ES modules find them.
exports.CallbackGuard = CallbackGuard
exports.Client = Client
exports.InternalError = errors.InternalError
exports.InvalidCallback = errors.InvalidCallback
exports.InvalidConfig = errors.InvalidConfig
exports.InvalidRequest = errors.InvalidRequest
exports.LinkwaError = errors.LinkwaError
exports.NotSent = errors.NotSent
exports.OutcomeUnknown = errors.OutcomeUnknown
exports.Rejected = errors.Rejected
exports.ResultCode = ResultCode
exports.StatusTracker = StatusTracker
exports.careWindow = careWindow
exports.checkDestination = checkDestination
exports.configure = defaultClient.configure
exports.currency = currency
exports.dateTime = dateTime
exports.describeResultCode = describeResultCode
exports.isGatewayAddress = isGatewayAddress
exports.newRefId = newRefId
exports.parseCallback = parseCallback
exports.raw = raw
exports.refIdFor = refIdFor
exports.setLogger = setLogger
exports.validate = validate
exports.version = binding.version()
// <generated verbs>
exports.send = defaultClient.send
exports.sendText = defaultClient.sendText
exports.sendImage = defaultClient.sendImage
exports.sendAudio = defaultClient.sendAudio
exports.sendVideo = defaultClient.sendVideo
exports.sendDocument = defaultClient.sendDocument
exports.sendLocation = defaultClient.sendLocation
exports.sendContacts = defaultClient.sendContacts
exports.sendTemplate = defaultClient.sendTemplate
exports.sendInteractive = defaultClient.sendInteractive
exports.sendRequest = defaultClient.sendRequest
exports.sendRaw = defaultClient.sendRaw
exports.request = defaultClient.request
exports.sendMany = defaultClient.sendMany
exports.build = defaultClient.build
// </generated>

// Everything as one object, also for `import linkwa from 'linkwa'` in a program that is compiled to CommonJS.
Object.defineProperty(exports, 'default', { value: exports })
