// privacy.ts: what is hidden before anything leaves a source: titles, ignored applications, file
// names.
import type { AppCategory, FileClass } from "@skelly-jelly/events";

const TITLE_MAX = 120;
const HIDDEN = "•••";

/** What a title must not give away. Order matters: the long forms before their parts. */
const SECRETS: readonly RegExp[] = [
  /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, // addresses
  /[\p{L}\d._%+-]+@[\p{L}\d.-]+\.\p{L}{2,}/gu, // e-mail
  /(?=[\w-]*\d)(?=[\w-]*[a-z])\b[\w-]{16,}\b/gi, // keys and tokens
  /\b(?:\d{1,3}\.){3}\d{1,3}\b/g, // IPv4
  /\b(?:[0-9a-f]{0,4}:){3,}[0-9a-f]{0,4}\b/gi, // IPv6
  /(?<!\d)\+?\d(?:[ ().-]?\d){5,}(?!\d)/g, // cards, phones, account and social security numbers
  /\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b/g, // dates, such as that of a birth
  /(?:~|\/(?:home|Users|root))\/\S*/g, // paths that name a user
];

/** Words after which the rest is nobody's business. */
const PRIVATE =
  /\b(password|passwort|secret|private|incognito|bank|payroll|salary|medical|health)/i;

/** A title one may keep, or `null` when nothing of it may be kept. */
export function maskTitle(title: string): string | null {
  if (PRIVATE.test(title)) return null;
  const masked = SECRETS.reduce((text, secret) => text.replace(secret, HIDDEN), title)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: titles come from any program
    .replace(/[\u0000-\u001f\u007f]/g, " ")
    .trim()
    .slice(0, TITLE_MAX);
  return masked === "" ? null : masked;
}

/** True when the user wants nothing captured while this application is in front. */
export const isIgnored = (app: string, ignored: readonly string[]): boolean =>
  ignored.some((name) => app.toLowerCase().includes(name.toLowerCase()));

// biome-ignore format: a table is read by column
const APPS: readonly (readonly [AppCategory, RegExp])[] = [
  ["development",   /^(code|codium|cursor|zed|vim|nvim|emacs|sublime|idea|jetbrains|pycharm|webstorm|clion|goland|node|npm|tsc|esbuild|python|ruby|go|java|gradle|rustc|cargo|gcc|cc1|clang|ld|make|ninja|cmake|git|docker|bash|zsh|fish|sh|tmux|screen|gnome-terminal|konsole|xterm|alacritty|kitty|wezterm|foot|gdb)/],
  ["browser",       /(firefox|chrom|brave|vivaldi|opera|epiphany|falkon|edge|webkit|librewolf)/],
  ["communication", /(slack|discord|teams|telegram|signal|whatsapp|thunderbird|evolution|mutt|element|zoom|skype|hexchat|weechat|irssi)/],
  ["design",        /(gimp|inkscape|blender|krita|figma|darktable|scribus|freecad|kdenlive)/],
  ["entertainment", /(spotify|vlc|mpv|steam|lutris|rhythmbox|totem|kodi|minecraft|retroarch|celluloid)/],
  ["productivity",  /(libreoffice|soffice|writer|calc|obsidian|logseq|notion|zotero|okular|evince|calendar|todo|joplin|anki|xournal)/],
  ["system",        /^(systemd|kworker|dbus|x(org|wayland)|gnome-shell|kwin|plasma|pulse|pipewire|wireplumber|init|sshd|cron|udev|nautilus|dolphin|thunar)/],
];

/** What an application or a process is for, by its short name. */
export function categoryOf(name: string): AppCategory {
  const short = name.toLowerCase();
  return APPS.find(([, pattern]) => pattern.test(short))?.[0] ?? "other";
}

// biome-ignore format: a table is read by column
const FILES: readonly (readonly [FileClass, readonly string[]])[] = [
  ["code",     ["ts", "tsx", "js", "jsx", "mjs", "cjs", "py", "rs", "go", "java", "c", "h", "cc", "cpp", "hpp", "cs", "rb", "php", "swift", "kt", "sh", "zig", "html", "css", "scss", "vue", "svelte", "sql", "lua"]],
  ["text",     ["md", "txt", "rst", "tex", "adoc", "org", "log"]],
  ["document", ["odt", "ods", "odp", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "pdf", "epub"]],
  ["data",     ["json", "yaml", "yml", "toml", "csv", "xml", "ini", "db", "sqlite", "parquet", "jsonl"]],
  ["image",    ["png", "jpg", "jpeg", "gif", "svg", "webp", "xcf", "psd", "ico", "heic"]],
  ["media",    ["mp3", "mp4", "mkv", "webm", "ogg", "wav", "flac", "mov", "opus"]],
  ["archive",  ["zip", "tar", "gz", "xz", "bz2", "zst", "7z", "deb", "rpm", "iso"]],
];

/** What a file is. Its name goes in, and nothing of it comes out. */
export function fileClassOf(name: string): FileClass {
  const extension = /\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return FILES.find(([, extensions]) => extensions.includes(extension))?.[0] ?? "other";
}
