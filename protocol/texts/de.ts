/** What the edge says, in German. */
import { BUDGET_DE } from "./budget.ts";
import { fenced } from "./fenced.ts";
import { HEARTBEAT_DE } from "./heartbeat.ts";
import { JOBS_DE } from "./jobs-de.ts";
import type { Texts } from "./texts.ts";

const IN_DOUBT = "zweimal war nicht zu erfahren, ob es angekommen ist";
const AGAIN = "Versuch es bitte noch einmal.";
const ANOTHER_WAY = "Versuch es bitte anders.";

export const DE: Texts = {
  language: "de",
  jobs: JOBS_DE,
  heartbeat: HEARTBEAT_DE,
  budget: BUDGET_DE,
  on: {
    telegram: "auf Telegram",
    discord: "auf Discord",
    slack: "auf Slack",
    whatsapp: "auf WhatsApp",
    web: "im Web",
    job: "im Hintergrund",
  },
  more: (count) => `und ${count} weitere`,
  gateway: {
    stopped: (reason, code) =>
      `🔌 Discord hat meine Verbindung geschlossen und nimmt mich so nicht wieder an (${code}): ${reason} ` +
      "Bis dahin höre ich dort keine Nachrichten. `npm run claw -- discord gateway` zeigt den Stand.",
    reasons: {
      authentication:
        "Es kennt den Bot-Token nicht. Setze ihn im Developer Portal zurück und trage ihn als `DISCORD_BOT_TOKEN` ein.",
      shard: "Der Bot ist auf mehr Servern, als eine Verbindung bedienen kann.",
      api_version: "Die Version der Schnittstelle, die ich spreche, gibt es nicht mehr. Aktualisiere mich.",
      invalid_intents: "Es kennt die Intents nicht, um die ich bitte. Aktualisiere mich.",
      disallowed_intents:
        "Der Bot darf Inhalte von Nachrichten nicht lesen. Schalte im Developer Portal Message Content Intent ein oder lösche `DISCORD_MESSAGE_CONTENT`.",
    },
    missed: (messages, chats) =>
      `🔌 Ich war zu lange nicht bei Discord: Mindestens ${messages} Nachrichten in ${chats} Chats wurden nicht gelesen. Wer dort wartet, möge noch einmal schreiben.`,
  },
  jobNotices: {
    onceMissed: (name, at) => `⏰ Ich war nicht da, als ${name} fällig war (${at}), und jetzt ist es dafür zu spät.`,
    onceFailed: (name, why) => `⚠️ ${name} ist fehlgeschlagen und jetzt abgeschaltet. ${why}`,
    hookFailed: (name, why) => `⚠️ Was über den Hook ${name} hereinkam, konnte ich nicht bearbeiten. ${why}`,
    eventsLost: (name, count) =>
      `⚠️ ${name} ist an dem, was dir zu sagen war, immer wieder gescheitert. Ich habe es verworfen; Ereignisse: ${count}.`,
    failing: (name, failures, why) => `⚠️ ${name} ist ${failures}-mal hintereinander fehlgeschlagen. ${why}`,
    recovered: (name, failures) => `✅ ${name} geht wieder, nach ${failures} Fehlschlägen.`,
    switchedOff: (name, failures, why) =>
      `⚠️ ${name} ist ${failures}-mal hintereinander fehlgeschlagen; ich habe es abgeschaltet. ${why}`,
    scheduleBroken: (name) => `⚠️ Ich kann nicht mehr sagen, wann ${name} fällig ist; ich habe es abgeschaltet.`,
    undelivered: (name) => `📭 Was ${name} zu sagen hatte, ließ sich nicht zustellen.`,
    inDoubt: (name) =>
      `📭 Was ${name} zu sagen hatte, ist vielleicht nicht angekommen: Gesendet ist es, aber bestätigt hat es niemand.`,
    kept: "Es sollte einmal geschehen; ich habe es behalten, abgeschaltet.",
    hint: (job) => `\`/cron\` führt es als ${job}.`,
  },
  notices: {
    stopped: "⚙️ Angehalten.",
    nothingRunning: "⚙️ Es lief gerade nichts.",
    answeredElsewhere: "⚙️ Zusammen mit einer anderen Nachricht in diesem Chat beantwortet.",
    newConversation: "🆕 Neues Gespräch. Was ich mir in meinen Dateien notiert habe, bleibt.",
    emptyAnswer: "(Dem ist nichts hinzuzufügen.)",
    choose: "👇 Wähl aus:",
    answerCut: (characters) => `… (gekürzt: die Antwort war ${characters} Zeichen lang)`,
    filesLeftOut: (names) => `📎 Weggelassen, weil es sich hier nicht zeigen lässt: ${names}`,
    joined:
      "👋 Hallo. Erwähnt mich oder antwortet auf eine meiner Nachrichten, wenn ihr etwas von mir wollt; ich habe dann " +
      "gelesen, was vorher gesagt wurde.",
    groupNotHeard: (group) =>
      `🔒 In dieser Gruppe höre ich noch nicht zu. Damit ich es tue, muss ${group} in \`access.groupAllowFrom\` stehen: ` +
      "`/config get access.groupAllowFrom` in unserem Direktchat zeigt die Liste, `/config set` ersetzt sie.",
    pressVoid: "Diese Auswahl ist nicht mehr offen.",
    pressRefused: "Diese Auswahl ist nicht für dich.",
  },
  failures: {
    noAnswer: (why) => `⚠️ Darauf konnte ich nicht antworten. ${why}`,
    brokenOff: (why) => `⚠️ Weiter bin ich nicht gekommen. ${why}`,
    reasons: {
      agent_refused: "Die Laufzeitumgebung des Agenten lehnt uns ab; ihre Einstellungen brauchen einen Blick.",
      agent_stream_broken: `Der Agent ist mehrmals mittendrin abgebrochen. ${ANOTHER_WAY}`,
      agent_unavailable: `Der Agent ist dabei mehrmals abgestürzt. ${ANOTHER_WAY}`,
      agent_throttled: `Der Agent hat gerade zu viel zu tun. ${AGAIN}`,
      agent_answered_nothing: `Der Agent hat ohne Antwort aufgehört. ${AGAIN}`,
      agent_failed: "Beim Agenten ging etwas Unerwartetes schief.",
      access_changed: "Gerade hat sich geändert, wer hier schreiben darf. Schreib das bitte noch einmal.",
      budget_spent: "Was ich verbrauchen darf, ist vorerst aufgebraucht.",
      budget_short: "Was ich verbrauchen darf, hat mehrmals nicht dafür gereicht.",
      fence_lost: `Mehrmals ist ein anderer Durchgang dazwischengekommen. ${AGAIN}`,
      edge_interrupted: `Ich wurde dabei immer wieder unterbrochen. ${ANOTHER_WAY}`,
      turn_too_long: "Es hat länger gedauert, als ein Durchgang dauern darf.",
      deadline: "Es hat zu lange gedauert und wurde abgebrochen.",
      shutting_down: `Der Agent wurde gerade heruntergefahren. ${AGAIN}`,
      storage_unavailable: `Mein Gedächtnis war nicht zu erreichen. ${AGAIN}`,
      storage_damaged: "Etwas in meinem Gedächtnis ist nicht mehr lesbar; noch ein Versuch hilft nicht.",
      storage_schema_newer: "Mein Gedächtnis stammt von einer neueren Version; diese kann es nicht lesen.",
    },
    unknown: `Unterwegs ging etwas schief. ${AGAIN}`,
  },
  deadLetters: {
    one: (letter) => `📭 Nicht angekommen ist ${letter}.`,
    many: (total) => `📭 ${total} Antworten sind nicht angekommen:`,
    times: (count) => `${count} Mal`,
    hint: "Verloren ist nichts: `npm run claw -- ledger --dead` zeigt, was sich noch einmal senden lässt und wie.",
    answer: "eine Antwort",
    part: (part, parts) => `Teil ${part} von ${parts} einer Antwort`,
    toPerson: (chat) => `an ${chat}`,
    inChat: { group: (chat) => `in der Gruppe ${chat}`, channel: (chat) => `im Kanal ${chat}` },
    inThread: { topic: (thread) => `Thema ${thread}`, thread: (thread) => `Thread ${thread}` },
    inSession: (session) => `in ${session}`,
    reasons: {
      channel_refused: "die Plattform lehnt sie ab; vielleicht bin ich dort blockiert oder wurde entfernt",
      channel_unreachable: "die Plattform war nicht zu erreichen, so oft ich es auch versucht habe",
      channel_outcome_unknown: IN_DOUBT,
      interrupted: IN_DOUBT,
    },
    unknown: "ich habe es aufgegeben",
  },
  pairing: {
    stranger: ({ peer, code, minutes, hasOwner }) =>
      [
        "🔒 Dieser Assistent ist privat, und du hast noch keinen Zugang.",
        `Deine ID hier ist ${peer}. Dein Code, er gilt ${minutesText(minutes)}:`,
        fenced(code),
        hasOwner
          ? "Der Besitzer wurde gefragt und muss zustimmen. Ich sage dir Bescheid, sobald du drin bist."
          : "Wer den Assistenten betreibt, muss zustimmen, und zwar dort, wo er läuft. Wer als Erstes reinkommt, ist sein Besitzer.",
        ...(hasOwner ? [] : [fenced(`npm run claw -- pair approve ${code}`)]),
      ].join("\n\n"),
    welcome: {
      owner:
        "👋 Willkommen, du bist drin, und weil du der erste Mensch hier bist, gehöre ich dir. Schreib mir einfach (was du vorher geschrieben hast, habe ich nicht behalten); `/help` zeigt, was es sonst gibt.",
      person:
        "👋 Willkommen, du bist drin. Schreib mir einfach (was du vorher geschrieben hast, habe ich nicht behalten); `/help` zeigt, was es sonst gibt.",
    },
    asked: ({ name, peer, code, minutes }) =>
      `🔔 ${name} (${peer}) möchte Zugang. \`/pair ${code}\` lässt rein, \`/pair dismiss ${code}\` weist ab; ` +
      `nach ${minutesText(minutes)} verfällt der Code.`,
    letIn: "✅ Reinlassen",
    turnAway: "🚫 Abweisen",
    listHeader: "🔔 Zugang möchten:",
    listItem: ({ name, peer, code, minutes }) => `${name} (${peer}): \`${code}\`, gilt noch ${minutesText(minutes)}`,
    listHint: "`/pair CODE` lässt jemanden rein, `/pair dismiss CODE` weist ab.",
    nobodyWaits: "🔔 Niemand möchte gerade Zugang.",
    approved: ({ name, peer }) => `✅ ${name} (${peer}) ist drin; ich habe Bescheid gesagt.`,
    approvedOwner: ({ name, peer }) =>
      `✅ ${name} (${peer}) ist drin, und ab jetzt gehöre ich dieser Person; ich habe Bescheid gesagt.`,
    dismissed: ({ name, peer }) => `🚫 ${name} (${peer}) wurde abgewiesen.`,
    malformed:
      "Ein Code hat 8 Buchstaben und Ziffern: `/pair ABCDEFGH` oder `/pair dismiss ABCDEFGH`. `/pair` allein zeigt, wer Zugang möchte.",
    unknownCode: "Diesen Code kenne ich nicht, oder er ist abgelaufen. `/pair` zeigt, wer Zugang möchte.",
    tooManyTries: (minutes) => `Das waren zu viele falsche Codes. ${minutesText(minutes)} lang sehe ich mir keinen an.`,
    tooManyPeople: "Mehr Leute gehen nicht. `npm run claw -- people remove ID` macht Platz.",
  },
  links: {
    code: ({ code, minutes }) =>
      [
        `🔗 Schreib mir das auf deinem anderen Kanal; es gilt ${minutesText(minutes)}:`,
        fenced(`/link ${code}`),
        "Von da an gehört auch dieser Kanal dir. Gib den Code niemandem.",
      ].join("\n\n"),
    linked: (name) => `🔗 Fertig: dieser Kanal gehört jetzt zu ${name}, und wir setzen dasselbe Gespräch fort.`,
    interrupted: "🔗 Da wurde ich gerade unterbrochen. Schick das bitte noch einmal.",
    alreadyLinked: "🔗 Dieser Kanal gehört schon zu dieser Person.",
    tooManyLinks: "Es sind zu viele Codes offen. Versuch es in ein paar Minuten noch einmal.",
    notAdmitted: "Nur wer Zugang hat, kann einen Kanal verbinden.",
    malformed: "Ein Code hat 8 Buchstaben und Ziffern: `/link ABCDEFGH`. `/link` allein gibt dir einen.",
    unknownCode:
      "Diesen Code kenne ich nicht, oder er ist abgelaufen. `/link` auf deinem anderen Kanal gibt dir einen neuen.",
  },
  commands: {
    hello: "👋 Hallo. Ich bin dein Assistent; schreib mir einfach.",
    helpHint: "`/commands` zeigt alle.",
    all: "Alle Befehle hier:",
    alias: (names) => `auch ${names}`,
    forOwner: "nur für den Besitzer",
    ownerOnly: "🔒 Das kann nur mein Besitzer. `/commands` zeigt, was du tun kannst.",
    onlyInDirect: (command) => `🔒 ${command} geht nur in unserem Direktchat.`,
    onlyInGroups: "⚙️ Das ist für Gruppen: hier höre ich immer zu.",
    whoami: (peer, place) => `🪪 Du bist ${peer} und schreibst ${place}.`,
    whoamiRole: { owner: "Ich gehöre dir.", person: "Du bist Gast meines Besitzers." },
    whoamiPerson: (personId) => `Person: ${personId}`,
    whoamiSession: (session) => `Sitzung: ${session}`,
  },
  settings: {
    name: {
      thinking: "🤔 Nachdenken",
      usage: "🧮 Unter meinen Antworten",
      queue: "🪢 Was kommt, während ich arbeite",
      activation: "👂 In dieser Gruppe",
    },
    meaning: {
      thinking: {
        off: "ich antworte sofort",
        minimal: "ich denke kaum nach, bevor ich antworte",
        low: "ich denke kurz nach, bevor ich antworte",
        medium: "ich denke nach, bevor ich antworte",
        high: "ich denke gründlich nach, das dauert länger und kostet mehr",
        xhigh: "ich denke so gründlich nach, wie ich kann, das dauert am längsten und kostet am meisten",
      },
      usage: {
        off: "da steht nichts",
        tokens: "die Tokens der Antwort",
        full: "die Tokens, das Modell und die Kosten",
      },
      queue: {
        steer: "ich nehme es in das auf, was ich gerade tue",
        collect: "es wartet, und ich beantworte alles zusammen",
      },
      activation: {
        mention: "ich mache mit, wenn mich jemand erwähnt oder mir antwortet",
        always: "ich lese jede Nachricht und antworte, wenn ich etwas zu sagen habe",
      },
    },
    byDefault: "der Standard",
    setHere: "hier eingestellt",
    isNow: ({ name, value, origin }) => `${name}: ${value} (${origin})`,
    change: (command) => `${command} ändert es.`,
    unknown: (command) => `Das steht nicht zur Wahl. Es geht ${command}.`,
  },
  models: {
    header: "🧠 Modelle für diesen Chat:",
    current: "jetzt",
    byKeys: "richtet sich nach den vorhandenen Schlüsseln",
    nowDefault: "der Standard",
    hint: "`/model 2` oder `/model NAME` wählt eins aus, `/model default` geht zurück.",
    hintForOwner: "Du kannst auch jedes andere `anbieter/modell` nennen, für das es einen Schlüssel gibt.",
    defaultButton: "↩️ Standard",
    picked: (model) =>
      `🧠 Ab deiner nächsten Nachricht nehme ich hier ${model}, und kein anderes, falls es ausfällt. \`/model default\` geht zurück.`,
    backToDefault: (model) => `🧠 Zurück zum Standard: ${model}.`,
    unknown: (model) => `Ein Modell ${model} habe ich nicht.`,
    noKey: (model) => `Für ${model} gibt es keinen Schlüssel.`,
  },
  names: {
    named: (name) => `🏷️ Dieses Gespräch heißt ${name}.`,
    unnamed: (name) => `🏷️ Dieses Gespräch hat keinen eigenen Namen; es heißt ${name}.`,
    hint: "`/name TEXT` gibt ihm bis `/new` einen, `/name default` nimmt ihn weg.",
    empty: "In diesem Namen ist nichts, was man sehen könnte. `/name TEXT` gibt diesem Gespräch einen Namen.",
  },
  status: {
    release: (release) => `🦞 agent-claw, Version ${release}`,
    model: (model, origin) => `🧠 Modell: ${model} (${origin})`,
    defaultModel: (model) => `der Standard ist ${model}`,
    fallbacks: (models) => `↪️ Falls es ausfällt: ${models}`,
    thinking: (level, origin) => `🤔 Nachdenken: ${level} (${origin})`,
    noTokens: "🧮 Tokens: noch keine",
    tokens: ({ input, output, cost, model }) =>
      `🧮 Tokens: ${input} rein, ${output} raus, 💵 ${cost} (letzter Durchgang, ${model})`,
    context: ({ tokens, windowTokens, share, compactions }) =>
      `📚 Kontext: ${tokens} von ${windowTokens} Tokens (${share}), 🧹 zusammengefasst: ${compactions} Mal`,
    cache: (share) => `🗄️ Aus dem Cache gelesen: ${share} der Eingabe (letzter Durchgang)`,
    name: (name, origin) => `🏷️ Heißt: ${name} (${origin})`,
    began: (at) => `🕰️ Begonnen: ${at}`,
    fresh: "🕰️ Begonnen: noch ist nichts gesagt",
    conversation: (conversation) => `🧵 Gespräch: ${conversation}`,
    session: (session) => `📍 Sitzung: ${session}`,
    idle: "nichts",
    phase: {
      waiting: (seconds) => `wartet seit ${seconds} s, bis es dran ist`,
      running: (seconds) => `läuft seit ${seconds} s`,
      parked: (seconds) => `pausiert, seit ${seconds} s unterwegs`,
    },
    turn: (doing, waiting) => `⚙️ Gerade: ${doing}, ${waiting} warten`,
    queue: (mode, meaning) => `🪢 Was kommt, während ich arbeite: ${mode}, ${meaning}`,
    footer: (mode) => `🧾 Unter meinen Antworten: ${mode}`,
    languageIs: (name) => `🗣️ Sprache: ${name}`,
    languageName: "Deutsch",
    role: (role) => `🪪 Du: ${role}`,
    roleName: { owner: "mein Besitzer", person: "Gast" },
    activation: (value) => `👂 In dieser Gruppe: ${value}`,
    allow: (what) => `✅ Hier darf ich: ${what}`,
    ask: (what) => `❓ Nur nach Rückfrage: ${what}`,
    deny: (what) => `🚫 Hier nicht: ${what}`,
    does: {
      status: "Zeit und Zustand nennen",
      answer: "Dateien und Knöpfe senden",
      files: "Dateien dieses Bereichs lesen und schreiben",
      web: "im Web suchen und lesen",
      browser: "einen Browser benutzen",
      exec: "Befehle ausführen",
      reach_out: "anderen schreiben, Aufträge planen, in Sitzungen schauen",
    },
  },
  footer: {
    tokens: (input, output) => `🧮 ${input} rein, ${output} raus`,
    cached: (tokens) => `${tokens} aus dem Cache`,
  },
  config: {
    header: (version) => `🛠️ Konfiguration, Version ${version}. Gesetzt ist:`,
    nothingSet: "🛠️ Nichts ist gesetzt: alles ist so, wie die Umgebung es sagt.",
    hint: "`/config get` mit einem Pfad wie `models.default` zeigt einen Wert, auch wenn er nur der Standard ist.",
    isSet: (path) => `🛠️ ${path} ist gesetzt auf:`,
    isDefault: (path) => `🛠️ ${path} ist nicht gesetzt; der Standard ist:`,
    all: "🛠️ Alle Einstellungen dort:",
    setting: ({ path, value, origin }) => `${path}: ${value} (${origin})`,
    originSet: "gesetzt",
    originDefault: "Standard",
    unknownPath: (path) => `Bei ${path} steht nichts. \`/config\` zeigt, was gesetzt ist.`,
    cut: "… (gekürzt; `npm run claw -- config get` zeigt alles)",
    changed: (version) => `✅ Fertig: das ist jetzt Version ${version}.`,
    newOwner: (person) =>
      `⚠️ Besitzer ist jetzt ${person}: mein Gespräch mit dem Besitzer, dessen Dateien und diese Befehle gehören ihm. War das ` +
      "nicht gewollt, nimm es mit `npm run claw -- config rollback` zurück.",
    noOwner: "⚠️ Niemand ist mehr der Besitzer; wer als Nächstes Zugang bekommt, wird es.",
    nextTurn: "Es gilt ab dem nächsten Durchgang. `/config rollback` mit einer Nummer geht zurück.",
    unchanged: (version) => `Das war schon so: es bleibt bei Version ${version}.`,
    invalid: "❌ Nichts wurde geändert:",
    problem: (path, problem) => `${path}: ${problem}`,
    valid: "✅ Keine Probleme.",
    noJson: "Hinter `/config validate` muss ein JSON-Dokument stehen; allein prüft es, was gesetzt ist.",
    otherVersion:
      "Gerade hat jemand anderes die Konfiguration geändert; nichts wurde geändert. `/config` zeigt, was gesetzt ist.",
    unknownVersion: "Diese Version gibt es nicht mehr. `/config history` zeigt die, die noch da sind.",
    tooLarge: "❌ Nichts wurde geändert: das Dokument würde zu groß.",
    howTo:
      "Es geht `/config get [Pfad]`, `set Pfad Wert`, `unset Pfad`, `history`, `diff [von [bis]]`, `rollback Nummer` oder `validate`.",
    history: "🛠️ Versionen, die neueste zuerst:",
    noHistory: "🛠️ Es wurde noch nie etwas gesetzt.",
    version: ({ version, at, note, by }) => `\`${version}\`, ${at}: ${note} (${by})`,
    byAdmin: "über die Admin-API",
    byChat: (session) => `im Chat ${session}`,
    differences: (from, to) => `🛠️ Von Version ${from} zu ${to}:`,
    noDifference: (from, to) => `🛠️ Die Versionen ${from} und ${to} sagen dasselbe.`,
    difference: ({ path, before, after }) => `${path}: ${before} → ${after}`,
    notSet: "nicht gesetzt",
  },
};

function minutesText(minutes: string): string {
  return minutes === "1" ? "1 Minute" : `${minutes} Minuten`;
}
