/** What the edge says, in English. */
import { BUDGET_EN } from "./budget.ts";
import { fenced } from "./fenced.ts";
import { HEARTBEAT_EN } from "./heartbeat.ts";
import { JOBS_EN } from "./jobs-en.ts";
import type { Texts } from "./texts.ts";

const IN_DOUBT = "twice nothing told whether it arrived";
const AGAIN = "Please try again.";
const ANOTHER_WAY = "Please try it another way.";

export const EN: Texts = {
  language: "en",
  jobs: JOBS_EN,
  heartbeat: HEARTBEAT_EN,
  budget: BUDGET_EN,
  on: {
    telegram: "on Telegram",
    discord: "on Discord",
    slack: "on Slack",
    whatsapp: "on WhatsApp",
    web: "on the web",
    job: "in the background",
  },
  more: (count) => `and ${count} more`,
  gateway: {
    stopped: (reason, code) =>
      `🔌 Discord has closed its connection to me and will not have me back as things are (${code}): ${reason} ` +
      "Until then I hear no messages there. `npm run claw -- discord gateway` shows the state.",
    reasons: {
      authentication: "it does not know the bot token. Reset it in the Developer Portal and set `DISCORD_BOT_TOKEN`.",
      shard: "the bot is in more servers than one connection can serve.",
      api_version: "it no longer speaks the version of its interface that I use. Update me.",
      invalid_intents: "it does not know the intents that I asked for. Update me.",
      disallowed_intents:
        "the bot may not read message content. Switch on Message Content Intent in the Developer Portal, or unset `DISCORD_MESSAGE_CONTENT`.",
    },
    missed: (messages, chats) =>
      `🔌 I was away from Discord for too long: at least ${messages} messages in ${chats} chats were not read. Whoever waits there should write again.`,
  },
  jobNotices: {
    onceMissed: (name, at) => `⏰ I was away when ${name} was due (${at}), and now it is too late for it.`,
    onceFailed: (name, why) => `⚠️ ${name} failed and is switched off. ${why}`,
    hookFailed: (name, why) => `⚠️ I could not work on what came in through the hook ${name}. ${why}`,
    eventsLost: (name, count) =>
      `⚠️ ${name} failed with what it was to tell you, over and over. I have dropped that; events: ${count}.`,
    failing: (name, failures, why) => `⚠️ ${name} failed ${failures} times in a row. ${why}`,
    recovered: (name, failures) => `✅ ${name} works again, after ${failures} failures.`,
    switchedOff: (name, failures, why) =>
      `⚠️ ${name} failed ${failures} times in a row; I have switched it off. ${why}`,
    scheduleBroken: (name) => `⚠️ I can no longer tell when ${name} is due; I have switched it off.`,
    undelivered: (name) => `📭 What ${name} had to say could not be delivered.`,
    inDoubt: (name) =>
      `📭 What ${name} had to say was perhaps not delivered: it was sent, and nobody said whether it has arrived.`,
    kept: "It was to happen once; I have kept it, switched off.",
    hint: (job) => `\`/cron\` lists it as ${job}.`,
  },
  notices: {
    stopped: "⚙️ Stopped.",
    nothingRunning: "⚙️ Nothing was running.",
    answeredElsewhere: "⚙️ Answered together with another message in this chat.",
    newConversation: "🆕 New conversation. What I wrote down in my files stays.",
    emptyAnswer: "(There was nothing to add.)",
    choose: "👇",
    answerCut: (characters) => `… (cut: the answer was ${characters} characters long)`,
    filesLeftOut: (names) => `📎 Left out, since it cannot be shown here: ${names}`,
    joined:
      "👋 Hello. Mention me or reply to one of my messages when you want something from me; I will then have read " +
      "what was said before.",
    groupNotHeard: (group) =>
      `🔒 I do not listen to this group yet. To let it in, add ${group} to \`access.groupAllowFrom\`: ` +
      "`/config get access.groupAllowFrom` in our direct chat shows the list, and `/config set` replaces it.",
    pressVoid: "This choice is no longer open.",
    pressRefused: "This choice is not yours.",
  },
  failures: {
    noAnswer: (why) => `⚠️ I could not answer that. ${why}`,
    brokenOff: (why) => `⚠️ I could not go on. ${why}`,
    reasons: {
      agent_refused: "The agent runtime refuses our requests; its settings need a look.",
      agent_stream_broken: `The agent stopped in the middle, several times. ${ANOTHER_WAY}`,
      agent_unavailable: `The agent crashed on it, several times. ${ANOTHER_WAY}`,
      agent_throttled: `The agent runtime has too much to do. ${AGAIN}`,
      agent_answered_nothing: `The agent ended without an answer. ${AGAIN}`,
      agent_failed: "The agent failed unexpectedly.",
      access_changed: "Who may write here has just changed. Please write that again.",
      budget_spent: "What I may use is used up for now.",
      budget_short: "What I may use was not enough for it, several times.",
      fence_lost: `Another turn took over, several times. ${AGAIN}`,
      edge_interrupted: `I was interrupted in it, over and over. ${ANOTHER_WAY}`,
      turn_too_long: "It took longer than a turn may take.",
      deadline: "The turn took too long and was stopped.",
      shutting_down: `The agent was just shutting down. ${AGAIN}`,
      storage_unavailable: `My memory could not be reached. ${AGAIN}`,
      storage_damaged: "Something in my memory cannot be read; trying again will not help.",
      storage_schema_newer: "A newer release wrote my memory; this one cannot read it.",
    },
    unknown: `Something went wrong on the way. ${AGAIN}`,
  },
  deadLetters: {
    one: (letter) => `📭 I could not deliver ${letter}.`,
    many: (total) => `📭 I could not deliver ${total} answers:`,
    times: (count) => `${count} times`,
    hint: "Nothing is lost: `npm run claw -- ledger --dead` lists what can be sent again, and how.",
    answer: "an answer",
    part: (part, parts) => `part ${part} of ${parts} of an answer`,
    toPerson: (chat) => `to ${chat}`,
    inChat: { group: (chat) => `in the group ${chat}`, channel: (chat) => `in the channel ${chat}` },
    inThread: { topic: (thread) => `topic ${thread}`, thread: (thread) => `thread ${thread}` },
    inSession: (session) => `in ${session}`,
    reasons: {
      channel_refused: "the platform refuses it; perhaps I am blocked or was removed there",
      channel_unreachable: "the platform could not be reached, however often I tried",
      channel_outcome_unknown: IN_DOUBT,
      interrupted: IN_DOUBT,
    },
    unknown: "it was given up",
  },
  pairing: {
    stranger: ({ peer, code, minutes, hasOwner }) =>
      [
        "🔒 This assistant is private, and you have no access yet.",
        `Your id here is ${peer}. Your code, good for ${minutesText(minutes)}:`,
        fenced(code),
        hasOwner
          ? "The owner was asked and must approve it. I will tell you when you are in."
          : "Whoever runs the assistant must approve it, where it runs. The first one to be let in is its owner.",
        ...(hasOwner ? [] : [fenced(`npm run claw -- pair approve ${code}`)]),
      ].join("\n\n"),
    welcome: {
      owner:
        "👋 Welcome, you are in, and since you are the first one, you are my owner. Just write to me (what you wrote before was not kept); `/help` shows what else there is.",
      person:
        "👋 Welcome, you are in. Just write to me (what you wrote before was not kept); `/help` shows what else there is.",
    },
    asked: ({ name, peer, code, minutes }) =>
      `🔔 ${name} (${peer}) asks to be let in. \`/pair ${code}\` lets them in, \`/pair dismiss ${code}\` turns them away; ` +
      `after ${minutesText(minutes)} the code is over.`,
    letIn: "✅ Let in",
    turnAway: "🚫 Turn away",
    listHeader: "🔔 They ask to be let in:",
    listItem: ({ name, peer, code, minutes }) =>
      `${name} (${peer}): \`${code}\`, good for another ${minutesText(minutes)}`,
    listHint: "`/pair CODE` lets somebody in, `/pair dismiss CODE` turns them away.",
    nobodyWaits: "🔔 Nobody asks to be let in.",
    approved: ({ name, peer }) => `✅ ${name} (${peer}) is in; I have told them.`,
    approvedOwner: ({ name, peer }) => `✅ ${name} (${peer}) is in and is my owner; I have told them.`,
    dismissed: ({ name, peer }) => `🚫 ${name} (${peer}) was turned away.`,
    malformed:
      "A code has 8 letters and digits: `/pair ABCDEFGH`, or `/pair dismiss ABCDEFGH`. `/pair` alone lists who asks.",
    unknownCode: "I do not know that code, or it is over. `/pair` lists who asks.",
    tooManyTries: (minutes) => `There were too many wrong codes. I look at none for ${minutesText(minutes)}.`,
    tooManyPeople: "There are as many people as there may be. `npm run claw -- people remove ID` makes room.",
  },
  links: {
    code: ({ code, minutes }) =>
      [
        `🔗 Write this to me on your other channel; it is good for ${minutesText(minutes)}:`,
        fenced(`/link ${code}`),
        "From then on that channel is yours too. Give the code to nobody.",
      ].join("\n\n"),
    linked: (name) => `🔗 Done: this channel belongs to ${name} now, and we go on with the same conversation.`,
    interrupted: "🔗 I was interrupted just then. Please send that once more.",
    alreadyLinked: "🔗 This channel belongs to that person already.",
    tooManyLinks: "There are too many open codes. Please try again in some minutes.",
    notAdmitted: "Only somebody who is let in can link a channel.",
    malformed: "A code has 8 letters and digits: `/link ABCDEFGH`. `/link` alone gives you one.",
    unknownCode: "I do not know that code, or it is over. `/link` on your other channel gives a new one.",
  },
  commands: {
    hello: "👋 Hello. I am your assistant; just write to me.",
    helpHint: "`/commands` lists all of them.",
    all: "All commands here:",
    alias: (names) => `also ${names}`,
    forOwner: "owner only",
    ownerOnly: "🔒 Only my owner can do that. `/commands` shows what you can do.",
    onlyInDirect: (command) => `🔒 ${command} works in our direct chat only.`,
    onlyInGroups: "⚙️ That is for groups: here I always listen.",
    whoami: (peer, place) => `🪪 You are ${peer}, writing ${place}.`,
    whoamiRole: { owner: "You are my owner.", person: "You are a guest of my owner." },
    whoamiPerson: (personId) => `Person: ${personId}`,
    whoamiSession: (session) => `Session: ${session}`,
  },
  settings: {
    name: {
      thinking: "🤔 Thinking",
      usage: "🧮 Below my answers",
      queue: "🪢 What comes while I work",
      activation: "👂 In this group",
    },
    meaning: {
      thinking: {
        off: "I answer right away",
        minimal: "I hardly think before I answer",
        low: "I think a little before I answer",
        medium: "I think before I answer",
        high: "I think hard before I answer, which takes longer and costs more",
        xhigh: "I think as hard as I can, which takes longest and costs most",
      },
      usage: {
        off: "nothing stands there",
        tokens: "the tokens of the answer",
        full: "the tokens, the model and what it cost",
      },
      queue: {
        steer: "I take it into what I am doing",
        collect: "it waits, and I answer all that came in one go",
      },
      activation: {
        mention: "I take part when somebody mentions me or replies to me",
        always: "I read every message and answer when I have something to say",
      },
    },
    byDefault: "the default",
    setHere: "set here",
    isNow: ({ name, value, origin }) => `${name}: ${value} (${origin})`,
    change: (command) => `${command} changes it.`,
    unknown: (command) => `That is none of the choices. It is ${command}.`,
  },
  models: {
    header: "🧠 Models for this chat:",
    current: "now",
    byKeys: "chosen by the keys that are set",
    nowDefault: "the default",
    hint: "`/model 2` or `/model NAME` picks one, `/model default` goes back.",
    hintForOwner: "You can also name any `provider/model` that there is a key for.",
    defaultButton: "↩️ Default",
    picked: (model) =>
      `🧠 From your next message on I use ${model} here, and no other if it fails. \`/model default\` goes back.`,
    backToDefault: (model) => `🧠 Back to the default: ${model}.`,
    unknown: (model) => `I have no model ${model}.`,
    noKey: (model) => `There is no key for ${model}.`,
  },
  names: {
    named: (name) => `🏷️ This conversation is called ${name}.`,
    unnamed: (name) => `🏷️ This conversation has no name of its own; it is called ${name}.`,
    hint: "`/name TEXT` gives it one until `/new`, `/name default` takes it away.",
    empty: "There is nothing in that name that could be shown. `/name TEXT` gives this conversation a name.",
  },
  status: {
    release: (release) => `🦞 agent-claw, release ${release}`,
    model: (model, origin) => `🧠 Model: ${model} (${origin})`,
    defaultModel: (model) => `the default is ${model}`,
    fallbacks: (models) => `↪️ If it fails: ${models}`,
    thinking: (level, origin) => `🤔 Thinking: ${level} (${origin})`,
    noTokens: "🧮 Tokens: none yet",
    tokens: ({ input, output, cost, model }) =>
      `🧮 Tokens: ${input} in, ${output} out, 💵 ${cost} (last turn, ${model})`,
    context: ({ tokens, windowTokens, share, compactions }) =>
      `📚 Context: ${tokens} of ${windowTokens} tokens (${share}), 🧹 summed up: ${compactions === "1" ? "once" : `${compactions} times`}`,
    cache: (share) => `🗄️ Read from the cache: ${share} of the input (last turn)`,
    name: (name, origin) => `🏷️ Name: ${name} (${origin})`,
    began: (at) => `🕰️ Began: ${at}`,
    fresh: "🕰️ Began: nothing was said in it yet",
    conversation: (conversation) => `🧵 Conversation: ${conversation}`,
    session: (session) => `📍 Session: ${session}`,
    idle: "idle",
    phase: {
      waiting: (seconds) => `waiting for its turn for ${seconds} s`,
      running: (seconds) => `running for ${seconds} s`,
      parked: (seconds) => `paused, since ${seconds} s under way`,
    },
    turn: (doing, waiting) => `⚙️ Turn: ${doing}, ${waiting} waiting`,
    queue: (mode, meaning) => `🪢 What comes while I work: ${mode}, ${meaning}`,
    footer: (mode) => `🧾 Below my answers: ${mode}`,
    languageIs: (name) => `🗣️ Language: ${name}`,
    languageName: "English",
    role: (role) => `🪪 You: ${role}`,
    roleName: { owner: "my owner", person: "a guest" },
    activation: (value) => `👂 In this group: ${value}`,
    allow: (what) => `✅ Here I may: ${what}`,
    ask: (what) => `❓ Only after asking: ${what}`,
    deny: (what) => `🚫 Not here: ${what}`,
    does: {
      status: "tell time and state",
      answer: "send files and buttons",
      files: "read and write files of this space",
      web: "search and read the web",
      browser: "use a browser",
      exec: "run commands",
      reach_out: "message others, plan jobs, look into sessions",
    },
  },
  footer: {
    tokens: (input, output) => `🧮 ${input} in, ${output} out`,
    cached: (tokens) => `${tokens} from cache`,
  },
  config: {
    header: (version) => `🛠️ Configuration, version ${version}. What is set:`,
    nothingSet: "🛠️ Nothing is set: all is as the environment says.",
    hint: "`/config get` and a path, such as `models.default`, shows one value, also where it is only the default.",
    isSet: (path) => `🛠️ ${path} is set to:`,
    isDefault: (path) => `🛠️ ${path} is not set; the default is:`,
    all: "🛠️ All settings there:",
    setting: ({ path, value, origin }) => `${path}: ${value} (${origin})`,
    originSet: "set",
    originDefault: "default",
    unknownPath: (path) => `Nothing is there at ${path}. \`/config\` shows what is set.`,
    cut: "… (cut; `npm run claw -- config get` shows all of it)",
    changed: (version) => `✅ Done: this is version ${version} now.`,
    newOwner: (person) =>
      `⚠️ The owner is ${person} now: my conversation with the owner, its files and these commands are theirs. If that was ` +
      "not meant, roll back with `npm run claw -- config rollback`.",
    noOwner: "⚠️ Nobody is the owner any more; whoever is let in next will be.",
    nextTurn: "It counts from the next turn on. `/config rollback` and a number goes back.",
    unchanged: (version) => `It was so already: version ${version} stays.`,
    invalid: "❌ Nothing was changed:",
    problem: (path, problem) => `${path}: ${problem}`,
    valid: "✅ No problems.",
    noJson: "What follows `/config validate` must be a JSON document; alone it checks what is set.",
    otherVersion:
      "Somebody else has changed the configuration just now; nothing was changed. `/config` shows what is set.",
    unknownVersion: "There is no such version any more. `/config history` lists those that are kept.",
    tooLarge: "❌ Nothing was changed: the document would become too large.",
    howTo:
      "It is `/config get [path]`, `set path value`, `unset path`, `history`, `diff [from [to]]`, `rollback number` or `validate`.",
    history: "🛠️ Versions, the newest first:",
    noHistory: "🛠️ Nothing was ever set.",
    version: ({ version, at, note, by }) => `\`${version}\`, ${at}: ${note} (${by})`,
    byAdmin: "by the admin API",
    byChat: (session) => `in ${session}`,
    differences: (from, to) => `🛠️ From version ${from} to ${to}:`,
    noDifference: (from, to) => `🛠️ Versions ${from} and ${to} say the same.`,
    difference: ({ path, before, after }) => `${path}: ${before} → ${after}`,
    notSet: "not set",
  },
};

function minutesText(minutes: string): string {
  return minutes === "1" ? "1 minute" : `${minutes} minutes`;
}
