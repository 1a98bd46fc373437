// Nothing is exported that does not say so.
export {}

/** An optional value: `undefined` and `null` count as absent. */
type Optional<T> = T | null | undefined

/** A whole number, or the same as a string of digits. */
type Whole = number | string

/**
 * One message of the type in `type`. Beside `type` stands the body of that name, and no other.
 *
 * More than 24 hours after the recipient's last message only a {@link TemplateMessage} may be sent.
 *
 * @example
 * ```ts
 * import type { Message } from 'linkwa'
 *
 * const message: Message = { type: 'image', image: { link: 'https://example.com/a.png', caption: 'The new door' } }
 * ```
 */
// <generated messages>
export type Message =
  | TextMessage
  | ImageMessage
  | AudioMessage
  | VideoMessage
  | DocumentMessage
  | LocationMessage
  | ContactsMessage
  | TemplateMessage
  | InteractiveMessage

/** A message of the type `text`. */
export interface TextMessage {
  readonly type: 'text'
  /**
   * Whether the recipient sees a preview of the URL in the body. Without it the gateway shows none. `true` without a
   * URL in the body is a warning.
   */
  readonly previewUrl?: Optional<boolean>
  /** The content. */
  readonly text: TextContent
}

/** The content of a text message. */
export interface TextContent {
  /**
   * The text. Not empty. Over 4,096 Unicode code points is a warning, and so is a body of white space only. A URL in it
   * must start with `http://` or `https://`.
   */
  readonly body: string
}

/** A message of the type `image`. */
export interface ImageMessage {
  readonly type: 'image'
  /** What is sent. */
  readonly image: ImageContent
}

/** A picture: JPEG or PNG. */
export type ImageContent =
  | {
      /**
       * The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends
       * in another extension than `.jpeg`, `.jpg` or `.png` is a warning.
       */
      readonly link: string
      /** Not beside `link`. */
      readonly id?: Optional<never>
      /** The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
      readonly caption?: Optional<string>
    }
  | {
      /** Not beside `id`. */
      readonly link?: Optional<never>
      /**
       * The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
       * it needs the setting `extensions`.
       */
      readonly id: string
      /** The text below the picture. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
      readonly caption?: Optional<string>
    }

/** A message of the type `audio`. */
export interface AudioMessage {
  readonly type: 'audio'
  /** What is sent. */
  readonly audio: AudioContent
}

/** A sound: AAC, MP4, AMR, MPEG, or Ogg with Opus inside. It has no caption. */
export type AudioContent =
  | {
      /**
       * The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends
       * in another extension than `.aac`, `.mp4`, `.m4a`, `.amr`, `.mpeg`, `.mp3`, `.ogg` or `.opus` is a warning.
       */
      readonly link: string
      /** Not beside `link`. */
      readonly id?: Optional<never>
    }
  | {
      /** Not beside `id`. */
      readonly link?: Optional<never>
      /**
       * The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
       * it needs the setting `extensions`.
       */
      readonly id: string
    }

/** A message of the type `video`. */
export interface VideoMessage {
  readonly type: 'video'
  /** What is sent. */
  readonly video: VideoContent
}

/** A video: MP4 or 3GPP. */
export type VideoContent =
  | {
      /**
       * The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. A path that ends
       * in another extension than `.mp4`, `.3gpp` or `.3gp` is a warning.
       */
      readonly link: string
      /** Not beside `link`. */
      readonly id?: Optional<never>
      /** The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
      readonly caption?: Optional<string>
    }
  | {
      /** Not beside `id`. */
      readonly link?: Optional<never>
      /**
       * The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
       * it needs the setting `extensions`.
       */
      readonly id: string
      /** The text below the video. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
      readonly caption?: Optional<string>
    }

/** A message of the type `document`. */
export interface DocumentMessage {
  readonly type: 'document'
  /** What is sent. */
  readonly document: DocumentContent
}

/** A document of any MIME type. In a template's header it is a PDF; another extension is a warning there. */
export type DocumentContent =
  | {
      /** The absolute `http` or `https` URL to fetch the file from. It must be reachable from the internet. */
      readonly link: string
      /** Not beside `link`. */
      readonly id?: Optional<never>
      /** The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
      readonly caption?: Optional<string>
      /** The file name that the recipient sees. */
      readonly filename?: Optional<string>
    }
  | {
      /** Not beside `id`. */
      readonly link?: Optional<never>
      /**
       * The id of a file that was uploaded before, in place of `link`. Not empty. Not in version 1.4.1 of LINK's document:
       * it needs the setting `extensions`.
       */
      readonly id: string
      /** The text below the document. Over 1,024 Unicode code points is a warning. Not allowed in a template's header. */
      readonly caption?: Optional<string>
      /** The file name that the recipient sees. */
      readonly filename?: Optional<string>
    }

/** A message of the type `location`. */
export interface LocationMessage {
  readonly type: 'location'
  /** What is sent. */
  readonly location: LocationContent
}

/** A place on the map. */
export interface LocationContent {
  /** Degrees east of Greenwich, −180 to 180. */
  readonly longitude: number
  /** Degrees north of the equator, −90 to 90. */
  readonly latitude: number
  /** The name of the place. */
  readonly name?: Optional<string>
  /** Its address, shown below the name. Without a `name` it is not shown, which is a warning. */
  readonly address?: Optional<string>
}

/** A message of the type `contacts`. */
export interface ContactsMessage {
  readonly type: 'contacts'
  /** What is sent. */
  readonly contacts: readonly Contact[]
}

/** A contact card. Every part is optional, but an empty card is an error. */
export interface Contact {
  /** Postal addresses. */
  readonly addresses?: Optional<readonly ContactAddress[]>
  /** The day of birth, `YYYY-MM-DD`. Another form is a warning. */
  readonly birthday?: Optional<string>
  /** E-mail addresses. */
  readonly emails?: Optional<readonly ContactEmail[]>
  /** The contact's name. */
  readonly name?: Optional<ContactName>
  /** Where the contact works. */
  readonly org?: Optional<ContactOrg>
  /** Phone numbers. */
  readonly phones?: Optional<readonly ContactPhone[]>
  /** Web addresses. */
  readonly urls?: Optional<readonly ContactUrl[]>
}

/** A postal address of a `Contact`. */
export interface ContactAddress {
  /** The city. */
  readonly city?: Optional<string>
  /** The country's name. */
  readonly country?: Optional<string>
  /** The country's two-letter code (ISO 3166). */
  readonly countryCode?: Optional<string>
  /** The state or region. */
  readonly state?: Optional<string>
  /** Street and number. */
  readonly street?: Optional<string>
  /** The kind of address, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
  /** The postal code. */
  readonly zip?: Optional<string>
}

/** An e-mail address of a `Contact`. */
export interface ContactEmail {
  /** The address. */
  readonly email?: Optional<string>
  /** The kind of address, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
}

/** The name of a `Contact`: as shown, and at least one of its parts. */
export interface ContactName {
  /** The given name. */
  readonly firstName?: Optional<string>
  /** The name as shown. */
  readonly formattedName: string
  /** The family name. */
  readonly lastName?: Optional<string>
  /** The middle name. */
  readonly middleName?: Optional<string>
  /** What follows the name, such as `Jr.` */
  readonly suffix?: Optional<string>
  /** What precedes the name, such as `Dr.` */
  readonly prefix?: Optional<string>
}

/** Where a `Contact` works. */
export interface ContactOrg {
  /** The company. */
  readonly company?: Optional<string>
  /** The department. */
  readonly department?: Optional<string>
  /** The person's title. */
  readonly title?: Optional<string>
}

/** A phone number of a `Contact`, written as people write it. */
export interface ContactPhone {
  /** The number: `+1 (650) 555-1234`. */
  readonly phone?: Optional<string>
  /** The kind of number, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
  /** The number's WhatsApp id, digits only. */
  readonly waId?: Optional<string>
}

/** A web address of a `Contact`. */
export interface ContactUrl {
  /** The address. */
  readonly url?: Optional<string>
  /** The kind of address, for example `HOME` or `WORK`. */
  readonly type?: Optional<string>
}

/** A message of the type `template`. */
export interface TemplateMessage {
  readonly type: 'template'
  /** What is sent. */
  readonly template: Template
}

/** A message of the type `interactive`. */
export interface InteractiveMessage {
  readonly type: 'interactive'
  /** What is sent. */
  readonly interactive: InteractiveButtons | InteractiveList
}

/** An interactive message: reply buttons, or a list to choose from. */
export type Interactive = InteractiveButtons | InteractiveList

/**
 * An interactive message with reply buttons. Not in version 1.4.1 of LINK's document: it needs the setting
 * `extensions`.
 */
export interface InteractiveButtons {
  /** The kind of interactive message. */
  readonly type: 'button'
  /**
   * What stands above the text: a text, which is not empty and of which over 60 Unicode code points is a warning, or
   * one picture, video or document.
   */
  readonly header?: Optional<TextParameter | ImageParameter | DocumentParameter | VideoParameter>
  /** The text. Over 1,024 Unicode code points is a warning. */
  readonly body: InteractiveText
  /** The small text below it. Over 60 Unicode code points is a warning. */
  readonly footer?: Optional<InteractiveText>
  /** The buttons. */
  readonly action: InteractiveButtonsAction
}

/** A text of an interactive message. */
export interface InteractiveText {
  /** The text. Not empty. */
  readonly text: string
}

/** The buttons of an interactive message. */
export interface InteractiveButtonsAction {
  /** The buttons, at least one. Over 3 is a warning, and so is an id that is used twice. */
  readonly buttons: readonly InteractiveReplyButton[]
}

/** A button of an interactive message. */
export interface InteractiveReplyButton {
  /** The kind of button. */
  readonly type: 'reply'
  /** Its id and its text. */
  readonly reply: InteractiveReply
}

/** What a button of an interactive message says. */
export interface InteractiveReply {
  /**
   * The id, which comes back when the user presses the button. Not empty. Over 256 Unicode code points is a warning.
   */
  readonly id: string
  /** The text on the button. Not empty. Over 20 Unicode code points is a warning. */
  readonly title: string
}

/**
 * An interactive message with a list to choose from. Not in version 1.4.1 of LINK's document: it needs the setting
 * `extensions`.
 */
export interface InteractiveList {
  /** The kind of interactive message. */
  readonly type: 'list'
  /** The text above the body: not empty. Over 60 Unicode code points is a warning. A list has no other header. */
  readonly header?: Optional<TextParameter>
  /** The text. Over 4,096 Unicode code points is a warning. */
  readonly body: InteractiveText
  /** The small text below it. Over 60 Unicode code points is a warning. */
  readonly footer?: Optional<InteractiveText>
  /** The list. */
  readonly action: InteractiveListAction
}

/** The list of an interactive message. */
export interface InteractiveListAction {
  /** The text on the button that opens the list. Not empty. Over 20 Unicode code points is a warning. */
  readonly button: string
  /** The sections of the list, at least one. Over 10 rows in all is a warning, and so is an id that is used twice. */
  readonly sections: readonly InteractiveSection[]
}

/** A section of a list. */
export interface InteractiveSection {
  /** The title. Not empty, unless it is the only section. Over 24 Unicode code points is a warning. */
  readonly title?: Optional<string>
  /** The rows, at least one. */
  readonly rows: readonly InteractiveRow[]
}

/** A row of a list: what the user chooses. */
export interface InteractiveRow {
  /** The id, which comes back when the user chooses the row. Not empty. Over 200 Unicode code points is a warning. */
  readonly id: string
  /** The text of the row. Not empty. Over 24 Unicode code points is a warning. */
  readonly title: string
  /** The small text below it. Over 72 Unicode code points is a warning. */
  readonly description?: Optional<string>
}
// </generated>

/**
 * A text that WhatsApp approved beforehand, with its parameters filled in. Name, namespace, language and the number of parameters
 * must be those of the approved template; only the gateway can check that.
 *
 * @example
 * ```ts
 * import type { Template } from 'linkwa'
 *
 * const order: Template = {
 *   name: 'order_update',
 *   namespace: 'namespace',
 *   language: { code: 'en' },
 *   components: [
 *     { type: 'header', parameters: [{ type: 'document', document: { link: 'https://example.com/17.pdf' } }] },
 *     { type: 'body', parameters: [{ type: 'text', text: 'Anna' }] },
 *     { type: 'button', subType: 'url', index: 0, parameters: [{ type: 'text', text: 'track/17' }] },
 *   ],
 * }
 * ```
 */
export interface Template {
  /** The template's name. */
  readonly name: string
  /**
   * Its namespace. Not empty. Version 1.4.1 of LINK's document requires it; with the client's setting `extensions` it may be left
   * out.
   */
  readonly namespace?: Optional<string>
  /** Its language. */
  readonly language: TemplateLanguage
  /**
   * Its components, in order: at most one header and one body, and the buttons. Leaving it out is a warning, and an empty list is
   * sent.
   */
  readonly components?: Optional<readonly TemplateComponent[]>
}

/** The language of a {@link Template}. */
export interface TemplateLanguage {
  /** A language that is not among the 68 of the API's list is a warning, because WhatsApp adds languages. */
  readonly code: LanguageCode | (string & Record<never, never>)
}

// <generated languages>
/** The languages of the API's list. WhatsApp adds others. */
export type LanguageCode =
  | 'af'
  | 'ar'
  | 'az'
  | 'bg'
  | 'bn'
  | 'ca'
  | 'cs'
  | 'da'
  | 'de'
  | 'el'
  | 'en'
  | 'en_GB'
  | 'en_US'
  | 'es'
  | 'es_AR'
  | 'es_ES'
  | 'es_MX'
  | 'et'
  | 'fa'
  | 'fi'
  | 'fil'
  | 'fr'
  | 'ga'
  | 'gu'
  | 'ha'
  | 'he'
  | 'hi'
  | 'hr'
  | 'hu'
  | 'id'
  | 'it'
  | 'ja'
  | 'kk'
  | 'kn'
  | 'ko'
  | 'lo'
  | 'lt'
  | 'lv'
  | 'mk'
  | 'ml'
  | 'mr'
  | 'ms'
  | 'nb'
  | 'nl'
  | 'pa'
  | 'pl'
  | 'pt_BR'
  | 'pt_PT'
  | 'ro'
  | 'ru'
  | 'sk'
  | 'sl'
  | 'sq'
  | 'sr'
  | 'sv'
  | 'sw'
  | 'ta'
  | 'te'
  | 'th'
  | 'tr'
  | 'uk'
  | 'ur'
  | 'uz'
  | 'vi'
  | 'zh_CN'
  | 'zh_HK'
  | 'zh_TW'
  | 'zu'
// </generated>

/** A component of a {@link Template}, discriminated by `type`, and buttons also by `subType`. */
export type TemplateComponent = HeaderComponent | BodyComponent | QuickReplyButton | UrlButton

/** The header of a template. */
export interface HeaderComponent {
  readonly type: 'header'
  /** Texts, and at most one medium; text beside a medium is a warning. */
  readonly parameters: readonly HeaderParameter[]
}

/** The body of a template. */
export interface BodyComponent {
  readonly type: 'body'
  /** Texts, amounts of money, and date-times, in order. */
  readonly parameters: readonly BodyParameter[]
}

/** A quick-reply button. */
export interface QuickReplyButton {
  readonly type: 'button'
  readonly subType: 'quickReply'
  /** Its index among the buttons. The first is 0, and each index is used once. */
  readonly index: Whole
  /** At most one: the payload, which comes back in the received message when the user presses the button. */
  readonly parameters: readonly [] | readonly [PayloadParameter]
}

/** A button that opens a URL. */
export interface UrlButton {
  readonly type: 'button'
  readonly subType: 'url'
  /** Its index among the buttons. The first is 0, and each index is used once. */
  readonly index: Whole
  /** At most one: the text that completes the URL of the approved template. */
  readonly parameters: readonly [] | readonly [TextParameter]
}

/** A parameter of a header. */
export type HeaderParameter = TextParameter | ImageParameter | VideoParameter | DocumentParameter

/** A parameter of a body. */
export type BodyParameter = TextParameter | CurrencyParameter | DateTimeParameter

/** A text, as a parameter. */
export interface TextParameter {
  readonly type: 'text'
  /** Not empty. */
  readonly text: string
}

/** The payload of a quick-reply button. */
export interface PayloadParameter {
  readonly type: 'payload'
  /** Not empty. */
  readonly payload: string
}

/** A picture in a header. */
export interface ImageParameter {
  readonly type: 'image'
  /** Without a caption. */
  readonly image: HeaderMedia
}

/** A video in a header. */
export interface VideoParameter {
  readonly type: 'video'
  /** Without a caption. */
  readonly video: HeaderMedia
}

/** A document in a header. */
export interface DocumentParameter {
  readonly type: 'document'
  /** Without a caption. */
  readonly document: HeaderDocument
}

/** A picture or video in a header. */
export type HeaderMedia = HeaderMediaByLink | HeaderMediaById

/** A picture or video in a header that is fetched from a link. */
export interface HeaderMediaByLink {
  /** The absolute `http` or `https` URL to fetch it from; it must be reachable from the internet. */
  readonly link: string
  /** Not beside `link`. */
  readonly id?: Optional<never>
  /** Not allowed here. */
  readonly caption?: Optional<never>
}

/**
 * A picture or video in a header that was uploaded before. Not in version 1.4.1 of LINK's document: it needs the client's setting
 * `extensions`.
 */
export interface HeaderMediaById {
  /** The id of the file. Not empty. */
  readonly id: string
  /** Not beside `id`. */
  readonly link?: Optional<never>
  /** Not allowed here. */
  readonly caption?: Optional<never>
}

/** A document in a header. */
export type HeaderDocument = HeaderDocumentByLink | HeaderDocumentById

/** A document in a header that is fetched from a link. */
export interface HeaderDocumentByLink extends HeaderMediaByLink {
  /** The file name that the recipient sees. */
  readonly filename?: Optional<string>
}

/** A document in a header that was uploaded before. */
export interface HeaderDocumentById extends HeaderMediaById {
  /** The file name that the recipient sees. */
  readonly filename?: Optional<string>
}

/** An amount of money, as a parameter. */
export interface CurrencyParameter {
  readonly type: 'currency'
  /** The amount. */
  readonly currency: Currency
}

/** An amount of money, which the recipient sees in the format of their locale. */
export interface Currency {
  /** The text to show where it cannot be formatted: `$100.99`. */
  readonly fallbackValue: string
  /** The ISO 4217 code, three capital letters: `USD`. */
  readonly code: string
  /** The amount **times 1000**, as an integer in a string: `100990`. */
  readonly amount1000: string
}

/** A date and time, as a parameter. */
export interface DateTimeParameter {
  readonly type: 'dateTime'
  /** The date and time. */
  readonly dateTime: DateTime
}

/** A date and time, which the recipient sees in the format of their locale: either its six parts or a timestamp. */
export type DateTime = DateTimeParts | DateTimeMoment

/** A date and time without a time zone: all six parts. A day that does not exist, or is another weekday, is a warning. */
export interface DateTimeParts {
  /** The text to show where it cannot be formatted: `February 25, 1977 03:33PM`. */
  readonly fallbackValue: string
  /** Monday 1 to Sunday 7. */
  readonly dayOfWeek: Whole
  /** 1 to 31. */
  readonly dayOfMonth: Whole
  /** The year. */
  readonly year: Whole
  /** 1 to 12. */
  readonly month: Whole
  /** 0 to 23. */
  readonly hour: Whole
  /** 0 to 59. */
  readonly minute: Whole
  /** Not beside the parts. */
  readonly timestamp?: Optional<never>
}

/** A point in time. */
export interface DateTimeMoment {
  /** The text to show where it cannot be formatted: `February 25, 1977 03:33PM`. */
  readonly fallbackValue: string
  /** Milliseconds since 1970-01-01 UTC. */
  readonly timestamp: Whole
  /** Not beside a timestamp. */
  readonly dayOfWeek?: Optional<never>
  /** Not beside a timestamp. */
  readonly dayOfMonth?: Optional<never>
  /** Not beside a timestamp. */
  readonly year?: Optional<never>
  /** Not beside a timestamp. */
  readonly month?: Optional<never>
  /** Not beside a timestamp. */
  readonly hour?: Optional<never>
  /** Not beside a timestamp. */
  readonly minute?: Optional<never>
}

// <generated priority>
/** The priority of a message. */
export type Priority = 'LOW' | 'NORMAL' | 'HIGH'
// </generated>

/** A whole request in wire form. Missing fields are not filled in. */
export interface MessageRequest {
  /** The account's platform; from LINK. */
  readonly platformId: string
  /** The account's partner id; from LINK. */
  readonly platformPartnerId: string
  /** The id of the service on the platform. */
  readonly platformServiceId?: Optional<string>
  /** The type of the service on the platform. */
  readonly platformServiceType?: Optional<string>
  /** The id of the transaction on the platform. */
  readonly platformTransactionId?: Optional<string>
  /** The priority. */
  readonly priority: Priority
  /** How long the gateway may try to deliver, in whole milliseconds above 0. An absolute time overrides it. */
  readonly relativeValidityTime?: Optional<number>
  /**
   * Until when the gateway may try to deliver: RFC 3339 with an offset, `2030-03-18T16:49:21Z`. A time in the past is a warning.
   * With neither time the gateway tries for 48 hours.
   */
  readonly absoluteValidityTime?: Optional<string>
  /** The gates that event reports go to. A repeated one is a warning. */
  readonly eventReportGates?: Optional<readonly string[]>
  /** Your reference, which every event report repeats; {@link newRefId} makes a unique one. Not empty. */
  readonly refId: string
  /** Names and texts that every event report repeats. */
  readonly customParameters?: Optional<Readonly<Record<string, Optional<string>>>>
  /** The business number to send from: 3 to 15 digits, with or without `+`. */
  readonly source: string
  /** At least one number: 3 to 15 digits, with or without `+`. A repeated one is a warning. */
  readonly destinations: readonly string[]
  /** At least one message; each goes to each destination. */
  readonly messages: readonly Message[]
}

declare const rawMessage: unique symbol

/** A message that is sent as it is; {@link raw} makes it. */
export interface RawMessage {
  /** Its JSON text. */
  readonly json: string
  /** Only {@link raw} makes it. */
  readonly [rawMessage]: true
}

/**
 * Makes a message that is sent as it is. Use it for message types and fields that are newer than version 1.4.1 of the API.
 *
 * Sending or building checks only that it is one JSON object of at most 1 MiB and 64 levels; otherwise that fails with
 * `invalid_request`. Its content is not validated. The object is written as JSON at once; later changes to it have no effect.
 *
 * @param message the object, or the text of one in JSON
 * @throws `TypeError` for anything else, and for what JSON does not have: a bigint, a cycle, `NaN`, an infinity.
 *
 * @example
 * ```ts
 * import { raw } from 'linkwa'
 *
 * const message = raw({ type: 'interactive', interactive: { type: 'list' } })
 * ```
 */
export declare function raw(message: object | string): RawMessage

/** An error or warning that validation found in a request. */
export interface Finding {
  /**
   * The path in the names of the JSON that is sent: `messages[0].template.components[1].parameters[2].dateTime`. The whole
   * request has the empty path.
   */
  readonly path: string
  /** The kind of finding. Codes are stable; base decisions on them. */
  readonly code: FindingCode
  /** A sentence for people; the wording may change. It never repeats a value of the request, which may be a phone number. */
  readonly message: string
  /** `error`: the request is not sent. `warning`: it is sent, and the finding is on the result. */
  readonly severity: Severity
  /**
   * A suggested value: the nearest known name, the number without its separators, `en_GB`. Absent if there is no suggestion.
   */
  readonly suggestion?: string | undefined
}

/** The severity of a {@link Finding}. A strict client treats warnings as errors. */
export type Severity = 'error' | 'warning'

/** The kinds of findings. */
export type FindingCode =
  /** An error: a needed field is absent; the path is the field's. */
  | 'required'
  /** An error: an empty string or list where something is needed, or a contact with nothing in it. */
  | 'empty'
  /** An error: a value of another JSON type than the field's. */
  | 'wrong_type'
  /** An error: no JSON, no object at the top, more than 64 levels deep, or over 1 MiB; the path is empty. */
  | 'invalid_json'
  /** An error: a key that stands twice in one object. */
  | 'duplicate_key'
  /** An error: a name that version 1.4.1 of the API does not have at that place. */
  | 'unknown_field'
  /**
   * An error: a message, component or parameter `type` that the API does not have. Nothing else of that object is
   * checked.
   */
  | 'unknown_type'
  /** An error: a `priority` or `subType` that the API does not have. */
  | 'unknown_value'
  /**
   * An error: a part that may not stand there: a caption in a template's media, a parameter that its component
   * does not take, a second medium in a header, a second parameter of a button, `subType` or `index` outside a
   * button, the body of another message type.
   */
  | 'not_allowed'
  /** An error: a number outside its bounds. */
  | 'out_of_range'
  /** An error: neither an MSISDN (3 to 15 digits, with or without `+`) nor a business-scoped user id. */
  | 'invalid_msisdn'
  /** An error: no absolute `http` or `https` URL with a host. */
  | 'invalid_url'
  /** An error: no RFC 3339 date-time with an offset, or a day or time that does not exist. */
  | 'invalid_date_time'
  /**
   * An error: an id, `refId` or gate with control characters, or with blanks around it; a currency code, `amount1000`,
   * `timestamp`, index or date part that is not written as it must be.
   */
  | 'invalid_format'
  /**
   * An error: some, none or too many of an either-or: the parts of a `dateTime`, a name with `formattedName` alone, `link` and
   * `id` of a medium.
   */
  | 'incomplete'
  /** An error: two buttons with one index; the path is the later index. */
  | 'duplicate_index'
  /**
   * An error: something that version 1.4.1 of LINK's document does not have, without the setting `extensions`. Nothing else of it
   * is checked.
   */
  | 'extension'
  /**
   * A warning: a destination or gate twice, a second header or body, an id twice in an interactive message; the path is the later
   * one.
   */
  | 'duplicate'
  /** A warning: a business-scoped user id as destination. */
  | 'not_msisdn'
  /** A warning: text and media in one header. */
  | 'mixed_header'
  /** A warning: a link whose path ends in an extension that the message type does not support. */
  | 'unsupported_media_type'
  /** A warning: a template language that is not among the 68 of the API's list. */
  | 'unsupported_language'
  /** A warning: `components` was absent in JSON input; an empty list is sent. */
  | 'missing_components'
  /**
   * A warning: a text body over 4,096 Unicode code points, a caption over 1,024, a quick-reply payload over 256, or a text or id
   * of an interactive message over its limit.
   */
  | 'too_long'
  /** A warning: more than 3 buttons, or more than 10 rows in all, in an interactive message. */
  | 'too_many'
  /** A warning: `previewUrl` is true and the body has no `http://` or `https://` URL. */
  | 'no_url_to_preview'
  /** A warning: a location's address without a name: it is not shown. */
  | 'address_without_name'
  /** A warning: an absolute validity time that is over. */
  | 'in_past'
  /** A warning: a `dateTime` whose day does not exist or falls on another weekday. */
  | 'impossible_date'
  /** A warning: a birthday that is no real `YYYY-MM-DD`. */
  | 'invalid_birthday'
  /** A warning: a template's text parameter with a newline, a tab, or more than four blanks in a row. */
  | 'unsupported_whitespace'
  /** A warning: a text body of blank or invisible characters only. */
  | 'blank'
  /** A warning: a number that begins with `00`. */
  | 'international_prefix'
  /** A warning: a link to this machine, or to a private or link-local address. */
  | 'unreachable_link'
  /** A warning: a `dateTime` whose timestamp is before the year 2000: seconds where milliseconds belong? */
  | 'suspicious_time'

/**
 * Checks a whole request in wire form and returns all errors and warnings, in the order of the input. A request without a finding
 * of the severity `error` would be sent.
 *
 * @param request a {@link MessageRequest} or any other object, or JSON as text or bytes, of at most 1 MiB and 64 levels. A text
 * that is not such JSON has the finding `invalid_json`. `NaN` and infinities are out of range.
 * @param options `extensions: true` allows what version 1.4.1 of LINK's document does not have: interactive messages, media by
 * their id, and templates without a namespace. A client sends them only with its setting `extensions`.
 * @throws `TypeError` for anything else, and for an object with a bigint or a cycle in it.
 *
 * @example
 * ```ts
 * import { validate } from 'linkwa'
 *
 * for (const { path, code, message } of validate({ destinations: ['+46 70 123'], prioritty: 'HIGH' })) {
 *   console.log(path, code, message)
 * }
 * ```
 */
export declare function validate(
  request: object | string | Uint8Array | ArrayBuffer,
  options?: ValidationOptions,
): Finding[]

/** The options of {@link validate}. */
export interface ValidationOptions {
  /** Whether to allow what version 1.4.1 of LINK's document does not have. By default it is not allowed. */
  readonly extensions?: boolean | undefined
}

/**
 * Returns a new reference, unique across processes and machines (a random UUID). Store it before sending: then you can reconcile
 * a send whose outcome is unknown, even after a crash.
 */
export declare function newRefId(): string

/**
 * Returns the reference of a job, an order or another thing that is sent once, by its id: the same namespace and id give the same
 * reference, on every machine and in every language, and others give others. It is a UUID made with SHA-256: the id, which may be
 * personal data, cannot be read in it. A number counts as its decimal digits.
 *
 * ```ts
 * import { refIdFor } from 'linkwa'
 *
 * console.log(refIdFor('orders', 17)) // fb89d2ef-7008-8218-8e74-ab2bfa22e52f
 * ```
 */
export declare function refIdFor(namespace: string, id: string | number): string

/**
 * Checks one destination, as {@link validate} checks those of a request: 3 to 15 digits with or without `+`, or a business-scoped
 * user id. Returns its errors and warnings. It can be sent to if none of them is an error (a strict client refuses warnings too).
 * Their path is empty; a suggestion is the cleaned number.
 *
 * @throws `TypeError` if the number is not a string.
 *
 * @example
 * ```ts
 * import { checkDestination } from 'linkwa'
 *
 * const [finding] = checkDestination('+46 70 000 00 01')
 * console.log(finding?.code, finding?.suggestion) // invalid_msisdn +46700000001
 * ```
 */
export declare function checkDestination(number: string): Finding[]

/**
 * Makes a parameter from an amount of money: a decimal number in a string, with at most three decimals. It is converted exactly.
 *
 * @param fallbackValue - The text to show where the amount cannot be formatted: `$100.99`.
 * @param code - The ISO 4217 code, three capital letters: `USD`.
 * @param amount - An optional `-`, digits, and at most three decimals behind a `.`: `100.99`.
 * @throws {@link LinkwaError} `invalid_request` with a finding at `amount`, if it is not such a number or too large; `TypeError` for
 * an argument that is not a string.
 *
 * @example
 * ```ts
 * import { currency } from 'linkwa'
 *
 * const parameters = [currency('$100.99', 'USD', '100.99')]
 * ```
 */
export declare function currency(fallbackValue: string, code: string, amount: string): CurrencyParameter

/**
 * Makes a parameter from a `Date`: a date and time without a time zone, the fields of the `Date` in local time.
 *
 * @param fallbackValue - The text to show where it cannot be formatted: `February 25, 1977 03:33PM`.
 * @throws `TypeError` if the text is not a string, or `date` is not a valid `Date`.
 *
 * @example
 * ```ts
 * import { dateTime } from 'linkwa'
 *
 * const parameters = [dateTime('February 25, 2030 03:33PM', new Date(2030, 1, 25, 15, 33))]
 * ```
 */
export declare function dateTime(fallbackValue: string, date: Date): DateTimeParameter
